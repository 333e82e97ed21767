"""A message as Slack stores it, and its shape on the wire."""

from typing import Any

from pydantic import BaseModel

from bot.playground.seed import APP_ID, BOT_ID, BOT_USER_ID, TEAM_ID

Json = dict[str, Any]

#: elements that hold what a person entered or chose
STATEFUL = ("plain_text_input", "number_input", "static_select", "checkboxes")


class Message(BaseModel):
    """One message in one conversation; `ts` is its identity there."""

    channel: str
    ts: str
    user: str
    text: str = ""
    thread_ts: str | None = None
    blocks: list[Json] | None = None
    metadata: Json | None = None
    #: `{user, ts}` of the last change
    edited: Json | None = None
    deleted: bool = False
    #: such as `tombstone`, which Slack leaves in place of a deleted message that had replies
    subtype: str | None = None
    #: it grows: chat.startStream made it, and nothing ended it yet
    streaming: bool = False
    #: only this person sees it (chat.postEphemeral, response_url)
    to: str | None = None
    reactions: dict[str, list[str]] = {}
    #: file objects, as they were when it was sent
    files: list[Json] | None = None

    @property
    def root(self) -> str:
        """The ts of the thread it belongs to or would start."""
        return self.thread_ts or self.ts

    @property
    def bot_id(self) -> str | None:
        """The bot's id if the bot wrote it."""
        return BOT_ID if self.user == BOT_USER_ID else None

    def wire(self, *, metadata: bool = True) -> Json:
        """The message object of events, `conversations.history` and `chat.postMessage`."""
        wire: Json = {"type": "message", "user": self.user, "ts": self.ts, "text": self.text, "team": TEAM_ID}
        if self.bot_id:
            wire |= {"bot_id": BOT_ID, "app_id": APP_ID}
        optional = {
            "subtype": "file_share" if self.files else self.subtype,
            "thread_ts": self.thread_ts,
            "blocks": self.blocks,
            "files": self.files,
            "edited": self.edited,
            "streaming_state": "in_progress" if self.streaming else None,
            "metadata": self.metadata if metadata else None,
        }
        if self.reactions:
            named = [{"name": name, "users": users, "count": len(users)} for name, users in self.reactions.items()]
            wire["reactions"] = named
        return wire | {key: value for key, value in optional.items() if value is not None}


def elements(blocks: list[Json] | None) -> list[tuple[str, Json]]:
    """Every interactive element with the id of its block, in reading order."""
    found = []
    for block in blocks or []:
        parts = [*block.get("elements", []), *block.get("actions", []), block.get("accessory"), block.get("element")]
        found += [(block.get("block_id", ""), part) for part in parts if part and part.get("action_id")]
    return found


def with_block_ids(blocks: list[Json] | None) -> list[Json] | None:
    """The blocks as Slack keeps them: each has a block_id, and each interactive element an action_id."""
    if not blocks:
        return None
    interactive = {"button", "feedback_buttons", "icon_button", *STATEFUL}

    def named(part: Json, name: str) -> Json:
        return {"action_id": name, **part} if part.get("type") in interactive else part

    result = []
    for i, block in enumerate(blocks):
        kept = {**block, "block_id": block.get("block_id") or f"b{i}"}
        for key in ("accessory", "element"):
            if key in kept:
                kept[key] = named(kept[key], f"a{i}")
        for key in {"elements", "actions"} & kept.keys():
            kept[key] = [named(part, f"a{i}-{j}") for j, part in enumerate(kept[key])]
        result.append(kept)
    return result
