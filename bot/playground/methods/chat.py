"""chat.* and reactions.*: what the bot says, changes and takes back."""

import json
import re

from bot.playground.arguments import Arguments
from bot.playground.blocks import check_message
from bot.playground.errors import ApiError
from bot.playground.messages import Json, Message, with_block_ids
from bot.playground.seed import BOT_USER_ID, WORKSPACE_URL
from bot.playground.workspace import Workspace

#: characters of `text` in chat.postMessage
POST_CHARACTERS = 40_000
#: characters of `text` in chat.update
UPDATE_CHARACTERS = 4_000
#: characters of `markdown_text`
MARKDOWN_CHARACTERS = 12_000
#: bytes of `metadata` as JSON
METADATA_BYTES = 8_000
_TS = re.compile(r"\d{10}\.\d{6}")


def post_message(workspace: Workspace, args: Arguments) -> Json:
    """Post to a channel, an IM, or a person (which opens the IM)."""
    channel = where_bot_speaks(workspace, args.text("channel"))
    said = _content(args, POST_CHARACTERS)
    thread_ts = thread_of(workspace, channel, args.text("thread_ts"))
    message = Message(channel=channel, ts=workspace.next_ts(), user=BOT_USER_ID, thread_ts=thread_ts, **said)
    _clear_thinking(workspace, message)
    workspace.post(message)
    return {"channel": channel, "ts": message.ts, "message": message.wire()}


def post_ephemeral(workspace: Workspace, args: Arguments) -> Json:
    """Post for one person's eyes, who must be in the channel."""
    channel = where_bot_speaks(workspace, args.text("channel"))
    user = args.text("user")
    if user not in workspace.users:
        raise ApiError("user_not_found")
    if user not in workspace.members(channel):
        raise ApiError("user_not_in_channel")
    said = _content(args, POST_CHARACTERS)
    thread_ts = thread_of(workspace, channel, args.text("thread_ts"))
    ts = workspace.next_ts()
    workspace.post(Message(channel=channel, ts=ts, user=BOT_USER_ID, thread_ts=thread_ts, to=user, **said))
    return {"message_ts": ts}


def update(workspace: Workspace, args: Arguments) -> Json:
    """Change one of the bot's own messages; blocks and metadata stay unless others are given, `[]` removes blocks."""
    channel, before = own_message(workspace, args, "cant_update_message")
    if before.streaming:
        raise ApiError("streaming_state_conflict")
    said = _content(args, UPDATE_CHARACTERS)
    if "metadata" not in args.values:
        said["metadata"] = before.metadata
    if not {"blocks", "markdown_text"} & args.values.keys():
        said["blocks"] = before.blocks
    edited = {"user": BOT_USER_ID, "ts": workspace.next_ts()}
    after = workspace.change(before, said | {"edited": edited})
    return {"channel": channel, "ts": after.ts, "text": after.text, "message": after.wire()}


def delete(workspace: Workspace, args: Arguments) -> Json:
    """Delete one of the bot's own messages."""
    channel, message = own_message(workspace, args, "cant_delete_message")
    workspace.remove(message)
    return {"channel": channel, "ts": message.ts}


def get_permalink(workspace: Workspace, args: Arguments) -> Json:
    """The address of a message, as people would share it."""
    channel, ts = args.text("channel"), args.text("message_ts")
    workspace.members(channel)
    message = workspace.message(channel, ts)
    if message.to is not None:
        raise ApiError("message_not_found")
    address = f"{WORKSPACE_URL}archives/{channel}/p{ts.replace('.', '')}"
    in_thread = f"?thread_ts={message.thread_ts}&cid={channel}" if message.thread_ts else ""
    return {"channel": channel, "permalink": address + in_thread}


def add_reaction(workspace: Workspace, args: Arguments) -> Json:
    """React as the bot, once per emoji."""
    channel, ts, name = args.text("channel"), args.text("timestamp"), args.text("name").strip(":")
    where_bot_speaks(workspace, channel)
    message = workspace.message(channel, ts)
    users = message.reactions.get(name, [])
    if BOT_USER_ID in users:
        raise ApiError("already_reacted")
    workspace.store(message.model_copy(update={"reactions": message.reactions | {name: [*users, BOT_USER_ID]}}))
    workspace.changed()
    return {}


def where_bot_speaks(workspace: Workspace, channel: str) -> str:
    if channel in workspace.users and channel != BOT_USER_ID:
        return workspace.open_im(channel)
    if BOT_USER_ID not in workspace.members(channel):
        raise ApiError("not_in_channel")
    return channel


def thread_of(workspace: Workspace, channel: str, thread_ts: str) -> str | None:
    """The root's ts; Slack answers a malformed one so, and makes a thread of an unknown one."""
    if not thread_ts:
        return None
    if not _TS.fullmatch(thread_ts):
        raise ApiError("invalid_thread_ts")
    root = workspace.messages.get(channel, {}).get(thread_ts)
    if root is None:
        raise ApiError("thread_not_found")
    return root.root


def own_message(workspace: Workspace, args: Arguments, not_own: str) -> tuple[str, Message]:
    channel = args.text("channel")
    workspace.members(channel)
    message = workspace.message(channel, args.text("ts"))
    if message.to is not None:
        raise ApiError("message_not_found")
    if message.user != BOT_USER_ID:
        raise ApiError(not_own)
    return channel, message


def _content(args: Arguments, most: int) -> Json:
    """Text, blocks and metadata of a message, all within Slack's limits."""
    text, markdown = args.text("text"), args.text("markdown_text")
    blocks = args.structure("blocks", "invalid_blocks_format")
    if markdown and (text or blocks):
        raise ApiError("markdown_text_conflict")
    if blocks:
        check_message(blocks)
    if markdown:
        blocks = [{"type": "markdown", "text": markdown}]
    if not (text or blocks):
        raise ApiError("no_text")
    if len(text) > most or len(markdown) > MARKDOWN_CHARACTERS:
        raise ApiError("msg_too_long")
    return {"text": text or markdown, "blocks": with_block_ids(blocks), "metadata": metadata_of(args)}


def metadata_of(args: Arguments) -> Json | None:
    metadata = args.structure("metadata", "invalid_metadata_format")
    if not metadata:
        return None
    well_formed = isinstance(metadata, dict) and set(metadata) == {"event_type", "event_payload"}
    if not (well_formed and isinstance(metadata["event_type"], str) and isinstance(metadata["event_payload"], dict)):
        raise ApiError("invalid_metadata_format")
    if len(json.dumps(metadata).encode()) > METADATA_BYTES:
        raise ApiError("metadata_too_large")
    assert isinstance(metadata, dict)
    return metadata


def _clear_thinking(workspace: Workspace, message: Message) -> None:
    """assistant.threads.setStatus ends with the next post in its thread; agents.sessions.setStatus does not."""
    key = f"{message.channel}/{message.root}"
    status = workspace.statuses.get(key)
    if status and status.get("text"):
        workspace.keep("status", key, {**status, "text": ""}, workspace.statuses)
