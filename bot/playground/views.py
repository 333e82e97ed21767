"""Modals and App Home: what Slack accepts as a view, and a view as it is kept while a person has it open."""

from typing import Any

from pydantic import BaseModel

from bot.playground.blocks import VIEW_BLOCKS, complaints
from bot.playground.errors import ApiError
from bot.playground.messages import Json, elements, with_block_ids
from bot.playground.schema import Anything, Chars, Flag, OneOf, Shape, Text, complaint
from bot.playground.seed import APP_ID, BOT_ID, TEAM_ID

#: Slack keeps at most three modals on top of each other.
STACK = 3

_COMMON = {"private_metadata": Chars(3000, 0), "callback_id": Chars(255), "external_id": Chars(255)}
_MODAL = Shape(
    {"type": OneOf(("modal",)), "title": Text(24, plain=True), "blocks": Anything()},
    {
        "submit": Text(24, plain=True),
        "close": Text(24, plain=True),
        "clear_on_close": Flag(),
        "notify_on_close": Flag(),
        "submit_disabled": Flag(),
        **_COMMON,
    },
)
_HOME = Shape({"type": OneOf(("home",)), "blocks": Anything()}, _COMMON)


def check_view(view: Any, kind: str) -> None:
    """Refuse what Slack would not open: `invalid_arguments` with pointers under /view."""
    rule = _HOME if kind == "home" else _MODAL
    found = list(rule.check(view, "/view"))
    found = found or complaints(view["blocks"], VIEW_BLOCKS, "/view/blocks")
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


def typed(view: View, values: Json) -> tuple[Json, dict[str, str]]:
    """What a person filled in as `state.values`, and the errors Slack's own client shows before it submits.

    `values` is `{block_id: value}` or `{block_id: {action_id: value}}`; a select's value is its option's value.
    """
    state: Json = {}
    errors = {}
    for block in view.payload["blocks"]:
        if block["type"] != "input":
            continue
        element, block_id = block["element"], block["block_id"]
        given = values.get(block_id, element.get("initial_value"))
        given = given.get(element["action_id"]) if isinstance(given, dict) else given
        if problem := _problem(block, given):
            errors[block_id] = problem
        state[block_id] = {element["action_id"]: _entered(element, given)}
    return state, errors


def _problem(block: Json, given: str | None) -> str | None:
    element = block["element"]
    if not given:
        return None if block.get("optional") else "Please complete this required field."
    if len(given) > element.get("max_length", 3000):
        return f"Please shorten this to {element.get('max_length', 3000)} characters or fewer."
    if len(given) < element.get("min_length", 0):
        return f"Please lengthen this to {element['min_length']} characters or more."
    return None


def _entered(element: Json, given: str | None) -> Json:
    if element["type"] != "static_select":
        return {"type": element["type"], "value": given or None}
    chosen = [option for option in element["options"] if option["value"] == given]
    return {"type": "static_select", "selected_option": chosen[0] if chosen else element.get("initial_option")}
