"""Modals and App Home: what Slack accepts as a view, and a view as it is kept while a person has it open."""

import json
from typing import Any

from pydantic import BaseModel

from bot.playground.blocks import VIEW_BLOCKS, complaints
from bot.playground.errors import ApiError
from bot.playground.messages import Json, elements, with_block_ids
from bot.playground.schema import Anything, Chars, Flag, OneOf, Shape, Text, complaint
from bot.playground.seed import APP_ID, BOT_ID, TEAM_ID

#: Slack keeps at most three modals on top of each other.
STACK = 3
#: bytes of a view as JSON
VIEW_BYTES = 250_000

_COMMON = {"private_metadata": Chars(3000, 0), "callback_id": Chars(255), "external_id": Chars(255)}
_MODAL = Shape(
    {"type": OneOf(("modal",)), "title": Text(24, plain=True), "blocks": Anything()},
    # submit_disabled is for configuration views of workflow steps only (nicklambourne/slackblocks issue 36)
    {
        "submit": Text(24, plain=True),
        "close": Text(24, plain=True),
        "clear_on_close": Flag(),
        "notify_on_close": Flag(),
        **_COMMON,
    },
)
_HOME = Shape({"type": OneOf(("home",)), "blocks": Anything()}, _COMMON)


def check_view(view: Any, kind: str) -> None:
    """Refuse what Slack would not open: `view_too_large`, or `invalid_arguments` with pointers under /view."""
    if len(json.dumps(view).encode()) > VIEW_BYTES:
        raise ApiError("view_too_large")
    rule = _HOME if kind == "home" else _MODAL
    found = list(rule.check(view, "/view"))
    found = found or complaints(view["blocks"], VIEW_BLOCKS, "/view/blocks", kind)
    if not found and kind == "modal" and "submit" not in view and any(b["type"] == "input" for b in view["blocks"]):
        found = [complaint("submit is required when an input is in the blocks array", "/view/submit")]
    if found:
        raise ApiError("invalid_arguments", found)


class View(BaseModel):
    """An open modal or a published home, of one person."""

    id: str
    user: str
    #: changes with every update, so that two updates cannot cross (`hash_conflict`)
    hash: str
    #: the view as the app sent it, with block ids filled in
    payload: Json
    root_view_id: str
    previous_view_id: str | None = None
    #: `state.values`, while a person types or after a submit
    values: Json = {}

    def wire(self) -> Json:
        """The view object of responses and interaction payloads."""
        blank = {"private_metadata": "", "callback_id": "", "external_id": "", "submit": None, "close": None}
        ids = {"id": self.id, "team_id": TEAM_ID, "app_id": APP_ID, "bot_id": BOT_ID, "hash": self.hash}
        stack = {"root_view_id": self.root_view_id, "previous_view_id": self.previous_view_id}
        flags = {"clear_on_close": False, "notify_on_close": False, "state": {"values": self.values}}
        return blank | flags | self.payload | ids | stack

    def replace(self, payload: Json, new_hash: str) -> None:
        """Show another payload in the same place; typed values of vanished blocks are forgotten."""
        self.payload, self.hash = kept(payload), new_hash
        present = {(block_id, element["action_id"]) for block_id, element in elements(self.payload["blocks"])}
        old = self.values.items()
        pairs = {block: {a: v for a, v in typed.items() if (block, a) in present} for block, typed in old}
        self.values = {block: typed for block, typed in pairs.items() if typed}


def kept(payload: Json) -> Json:
    """The view's payload as Slack keeps it."""
    return {**payload, "blocks": with_block_ids(payload["blocks"]) or []}
