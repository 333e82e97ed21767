"""Block Kit as Slack accepts it: shapes, limits and uniqueness; what we do not send is an unsupported type.

Limits are those of Slack's reference pages (Block Kit, blocks and block elements).
"""

from typing import Any

from bot.playground.agent_blocks import AGENT_BLOCKS, agent_complaints, out_of_place
from bot.playground.block_elements import (
    CONTEXT_ACTION,
    CONTEXT_ELEMENT,
    ID,
    IMAGE,
    INPUTS,
    INTERACTIVE,
    own_complaints,
)
from bot.playground.errors import ApiError
from bot.playground.messages import Json, elements
from bot.playground.schema import Chars, Flag, Kinds, Many, Rule, Shape, Text, complaint

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
#: all markdown blocks of one message together, characters
MARKDOWN_CHARACTERS = 12_000
#: all text of a message that has a markdown block (slackapi/bolt-js issue 2509), characters
BLOCK_CHARACTERS = 13_200


def _block(required: dict[str, Rule], optional: dict[str, Rule] | None = None) -> Rule:
    return Shape(required, {"block_id": ID, **(optional or {})})


BLOCK = Kinds(
    {
        "section": _block(
            {},
            {
                "text": Text(3000),
                "fields": Many(Text(2000), 10),
                "accessory": Kinds({**INTERACTIVE, "image": IMAGE}),
                "expand": Flag(),
            },
        ),
        "divider": _block({}),
        "header": _block({"text": Text(150, plain=True)}),
        "context": _block({"elements": Many(CONTEXT_ELEMENT, 10)}),
        "context_actions": _block({"elements": Many(CONTEXT_ACTION, 5)}),
        "actions": _block({"elements": Many(Kinds(INTERACTIVE), 25)}),
        "markdown": _block({"text": Chars(12_000)}),
        "image": _block({"alt_text": Chars(2000), "image_url": Chars(3000)}, {"title": Text(2000, plain=True)}),
        "input": _block(
            {"label": Text(2000, plain=True), "element": INPUTS},
            {"hint": Text(2000, plain=True), "optional": Flag(), "dispatch_action": Flag()},
        ),
        **AGENT_BLOCKS,
    }
)


def complaints(blocks: Any, most: int, at: str = "/blocks", surface: str = "message") -> list[str]:
    """All that is wrong with a list of blocks on a surface; at most `most` are allowed, none is allowed too."""
    found = list(Many(BLOCK, most, least=0).check(blocks, at))
    return found or [
        *out_of_place(blocks, surface, at),
        *agent_complaints(blocks, at),
        *_section_complaints(blocks, at),
        *_identity_complaints(blocks, at),
        *(line for i, block in enumerate(blocks) for line in own_complaints(block, f"{at}/{i}")),
        *_focus_complaints(blocks, at),
    ]


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


def _focus_complaints(blocks: list[Json], at: str) -> list[str]:
    focused = [element for _, element in elements(blocks) if element.get("focus_on_load")]
    return [complaint("only one element can have focus_on_load", at)] if len(focused) > 1 else []


def check_message(blocks: Any) -> None:
    """Refuse what Slack would not post as a message.

    The codes are `invalid_blocks`, `msg_blocks_too_long`, and `invalid_attachments` for a second table.
    """
    if found := complaints(blocks, MESSAGE_BLOCKS):
        raise ApiError("invalid_blocks", found)
    if sum(block["type"] == "table" for block in blocks) > 1:
        raise ApiError("invalid_attachments", [complaint("only_one_table_allowed", "/blocks")])
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
