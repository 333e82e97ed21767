"""chat.startStream, chat.appendStream, chat.stopStream: messages of the bot that grow.

Only an open stream grows; Slack itself ends one that is left idle for minutes, which is `LocalSlack.end_streams`.
"""

from typing import Any

from bot.playground.arguments import Arguments
from bot.playground.blocks import check_message
from bot.playground.errors import ApiError
from bot.playground.messages import Json, Message, with_block_ids
from bot.playground.methods.agents import SESSION_STATUSES
from bot.playground.methods.chat import MARKDOWN_CHARACTERS, metadata_of, own_message, thread_of, where_bot_speaks
from bot.playground.schema import Anything, Chars, Kinds, Many, OneOf, Shape, complaint
from bot.playground.seed import BOT_USER_ID
from bot.playground.workspace import Workspace

TASK_STATUSES = ("pending", "in_progress", "complete", "error")
#: chunks in one call
MOST_CHUNKS = 100

_TASK = Shape(
    {"id": Chars(255), "title": Chars(256), "status": OneOf(TASK_STATUSES)},
    {"details": Chars(256), "output": Chars(256), "sources": Many(Anything(), 20, least=0)},
)
CHUNK = Kinds(
    {
        "markdown_text": Shape({"text": Chars(MARKDOWN_CHARACTERS)}),
        "task_update": _TASK,
        "plan_update": Shape({"title": Chars(256)}),
        "blocks": Shape({"blocks": Many(Anything(), 50)}),
    }
)


def start(workspace: Workspace, args: Arguments) -> Json:
    """Post a message that grows, as a reply; in a channel it is live for one person."""
    channel = where_bot_speaks(workspace, args.text("channel"))
    thread_ts = thread_of(workspace, channel, args.text("thread_ts"))
    if not channel.startswith("D"):
        _recipient(workspace, args)
    if args.text("task_display_mode") not in ("", "timeline", "plan"):
        raise ApiError("invalid_arguments", [complaint("must be a valid enum value", "/task_display_mode")])
    empty = Message(channel=channel, ts=workspace.next_ts(), user=BOT_USER_ID, thread_ts=thread_ts, streaming=True)
    message = empty.model_copy(update=_grown(empty, args))
    workspace.post(message)
    return {"channel": channel, "ts": message.ts}


def append(workspace: Workspace, args: Arguments) -> Json:
    """Add to an open stream."""
    channel, message = _open_stream(workspace, args)
    if not (args.text("markdown_text") or args.structure("chunks", "invalid_chunks")):
        raise ApiError("no_text")
    workspace.store(message.model_copy(update=_grown(message, args)))
    workspace.changed()
    return {"channel": channel, "ts": message.ts}


def stop(workspace: Workspace, args: Arguments) -> Json:
    """Add the last of it, with blocks at its bottom, and end the stream."""
    channel, message = _open_stream(workspace, args)
    if args.text("session_status") not in ("", *SESSION_STATUSES):
        raise ApiError("invalid_arguments", [complaint("must be a valid enum value", "/session_status")])
    grown = _grown(message, args)
    if bottom := args.structure("blocks", "invalid_blocks_format"):
        check_message(bottom)
        grown["blocks"] = with_block_ids([*(grown["blocks"] or []), *bottom])
    if "metadata" in args.values:
        grown["metadata"] = metadata_of(args)
    after = workspace.change(message, grown | {"streaming": False})
    return {"channel": channel, "ts": after.ts, "message": after.wire()}


def _recipient(workspace: Workspace, args: Arguments) -> None:
    user = args.text("recipient_user_id")
    if not user:
        raise ApiError("missing_recipient_user_id")
    if not args.text("recipient_team_id"):
        raise ApiError("missing_recipient_team_id")
    known = workspace.users.get(user)
    if known is None or args.text("recipient_team_id") != workspace.team.of(known.team_id):
        raise ApiError("invalid_arguments", [complaint("recipient not found", "/recipient_user_id")])


def _open_stream(workspace: Workspace, args: Arguments) -> tuple[str, Message]:
    channel, message = own_message(workspace, args, "message_not_owned_by_app")
    if not message.streaming:
        raise ApiError("message_not_in_streaming_state")
    return channel, message


def _grown(message: Message, args: Arguments) -> Json:
    """Text and blocks of the message with what is added."""
    text, blocks = message.text, [dict(block) for block in message.blocks or []]
    for chunk in _chunks(args):
        match chunk["type"]:
            case "markdown_text":
                text += chunk["text"]
                _write(blocks, chunk["text"])
            case "task_update":
                _do(blocks, chunk)
            case "plan_update":
                blocks.insert(0, {"type": "plan", "title": chunk["title"]})
            case "blocks":
                check_message(chunk["blocks"])
                blocks += chunk["blocks"]
    if len(text) > MARKDOWN_CHARACTERS:
        raise ApiError("msg_too_long")
    return {"text": text, "blocks": with_block_ids(blocks)}


def _chunks(args: Arguments) -> list[Json]:
    chunks: Any = args.structure("chunks", "invalid_chunks") or []
    if found := list(Many(CHUNK, MOST_CHUNKS, least=0).check(chunks, "/chunks")):
        raise ApiError("invalid_chunks", found)
    text = args.text("markdown_text")
    if text and chunks:
        raise ApiError("markdown_text_conflict")
    if len(text) > MARKDOWN_CHARACTERS:
        raise ApiError("msg_too_long")
    return [{"type": "markdown_text", "text": text}] if text else list(chunks)


def _write(blocks: list[Json], text: str) -> None:
    """More of the same text grows its block; after a task a new one begins."""
    if blocks and blocks[-1]["type"] == "markdown":
        blocks[-1]["text"] += text
    else:
        blocks.append({"type": "markdown", "text": text})


def _do(blocks: list[Json], task: Json) -> None:
    card = {"type": "task_card", "task_id": task["id"], "title": task["title"], "status": task["status"]}
    for place, block in enumerate(blocks):
        if block.get("task_id") == task["id"]:
            blocks[place] = block | card
            return
    blocks.append(card)
