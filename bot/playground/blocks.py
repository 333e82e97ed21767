"""Block Kit as Slack accepts it: shapes, limits and uniqueness; what we do not send is an unsupported type.

Limits are those of Slack's reference pages (Block Kit, blocks and block elements).
"""

from typing import Any

from bot.playground.errors import ApiError
from bot.playground.messages import Json, elements
from bot.playground.schema import Anything, Chars, Flag, Kinds, Many, OneOf, Rule, Shape, Text, complaint

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
#: all markdown blocks of one message together, characters
MARKDOWN_CHARACTERS = 12_000
#: all text of a message that has a markdown block (slackapi/bolt-js issue 2509), characters
BLOCK_CHARACTERS = 13_200

_ID = Chars(255)
_CONFIRM = Shape(
    {"title": Text(100, plain=True), "text": Text(300), "confirm": Text(30, plain=True), "deny": Text(30, plain=True)},
    {"style": OneOf(("primary", "danger"))},
)
_OPTION = Shape({"text": Text(75), "value": Chars(150)}, {"description": Text(75), "url": Chars(3000)})
_PLACEHOLDER: dict[str, Rule] = {"placeholder": Text(150, plain=True), "focus_on_load": Flag()}
_IMAGE = Shape({"image_url": Chars(3000), "alt_text": Chars(2000)})
_BUTTON = Shape(
    {"text": Text(75, plain=True)},
    {
        "action_id": _ID,
        "value": Chars(2000),
        "url": Chars(3000),
        "style": OneOf(("primary", "danger")),
        "confirm": _CONFIRM,
        "accessibility_label": Chars(75),
    },
)
_SELECT = Shape(
    {"options": Many(_OPTION, 100)},
    {"action_id": _ID, "initial_option": _OPTION, "confirm": _CONFIRM, **_PLACEHOLDER},
)
_FEEDBACK = Shape({"text": Text(75, plain=True), "value": Chars(2000)}, {"accessibility_label": Chars(75)})
_INTERACTIVE: dict[str, Rule] = {"button": _BUTTON, "static_select": _SELECT}
_PLAIN_TEXT_INPUT = Shape(
    {},
    {
        "action_id": _ID,
        "initial_value": Chars(3000, 0),
        "multiline": Flag(),
        "min_length": Anything(),
        "max_length": Anything(),
        "dispatch_action_config": Anything(),
        **_PLACEHOLDER,
    },
)
_NUMBER_INPUT = Shape(
    {"is_decimal_allowed": Flag()},
    {
        "action_id": _ID,
        "initial_value": Chars(50),
        "min_value": Chars(50),
        "max_value": Chars(50),
        **_PLACEHOLDER,
    },
)
_INPUTS = Kinds({"plain_text_input": _PLAIN_TEXT_INPUT, "static_select": _SELECT, "number_input": _NUMBER_INPUT})
_CONTEXT_ELEMENT = Kinds(
    {
        "image": _IMAGE,
        "plain_text": Shape({"text": Chars(2000)}, {"emoji": Flag()}),
        "mrkdwn": Shape({"text": Chars(2000)}, {"verbatim": Flag()}),
    }
)
_CONTEXT_ACTION = Kinds(
    {
        "feedback_buttons": Shape({"positive_button": _FEEDBACK, "negative_button": _FEEDBACK}, {"action_id": _ID}),
        "icon_button": Anything(),
    }
)


def _block(required: dict[str, Rule], optional: dict[str, Rule] | None = None) -> Rule:
    return Shape(required, {"block_id": _ID, **(optional or {})})


BLOCK = Kinds(
    {
        "section": _block(
            {},
            {
                "text": Text(3000),
                "fields": Many(Text(2000), 10),
                "accessory": Kinds({**_INTERACTIVE, "image": _IMAGE}),
                "expand": Flag(),
            },
        ),
        "divider": _block({}),
        "header": _block({"text": Text(150, plain=True)}),
        "context": _block({"elements": Many(_CONTEXT_ELEMENT, 10)}),
        "context_actions": _block({"elements": Many(_CONTEXT_ACTION, 5)}),
        "actions": _block({"elements": Many(Kinds(_INTERACTIVE), 25)}),
        "markdown": _block({"text": Chars(12_000)}),
        "image": _block({"alt_text": Chars(2000), "image_url": Chars(3000)}, {"title": Text(2000, plain=True)}),
        "input": _block(
            {"label": Text(2000, plain=True), "element": _INPUTS},
            {"hint": Text(2000, plain=True), "optional": Flag(), "dispatch_action": Flag()},
        ),
    }
)


def complaints(blocks: Any, most: int, at: str = "/blocks") -> list[str]:
    """All that is wrong with a list of blocks; at most `most` are allowed, none is allowed too."""
    found = list(Many(BLOCK, most, least=0).check(blocks, at))
    return found or _section_complaints(blocks, at) + _identity_complaints(blocks, at)


def _section_complaints(blocks: list[Json], at: str) -> list[str]:
    return [
        complaint("must provide either text or fields", f"{at}/{i}")
        for i, block in enumerate(blocks)
        if block["type"] == "section" and not {"text", "fields"} & block.keys()
    ]


def _identity_complaints(blocks: list[Json], at: str) -> list[str]:
    found = []
    seen: set[str] = set()
    for i, block in enumerate(blocks):
        if (block_id := block.get("block_id")) in seen:
            found.append(complaint(f"block_id needs to be unique: {block_id}", f"{at}/{i}/block_id"))
        seen |= {block_id} if block_id else set()
        ids = [element["action_id"] for _, element in elements([block])]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        found += [complaint(f"action_id needs to be unique: {name}", f"{at}/{i}/elements") for name in twice]
    return found


def check_message(blocks: Any) -> None:
    """Refuse what Slack would not post as a message: `invalid_blocks` or `msg_blocks_too_long`."""
    if found := complaints(blocks, MESSAGE_BLOCKS):
        raise ApiError("invalid_blocks", found)
    markdown = [len(block["text"]) for block in blocks if block["type"] == "markdown"]
    if sum(markdown) > MARKDOWN_CHARACTERS or (markdown and _characters(blocks) > BLOCK_CHARACTERS):
        raise ApiError("msg_blocks_too_long")


def _characters(value: Any) -> int:
    """Characters of all texts inside, wherever they are."""
    if isinstance(value, list):
        return sum(_characters(inner) for inner in value)
    if not isinstance(value, dict):
        return 0
    own = len(value["text"]) if isinstance(value.get("text"), str) else 0
    return own + sum(_characters(inner) for inner in value.values())
