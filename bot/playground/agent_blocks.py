"""The blocks that came with Slack's surface for agents: cards, tables, tasks, plans, alerts.

Limits are those of the blocks' reference pages and of slack_sdk.models.blocks (3.47); what they leave open is left open
here.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.playground.block_elements import BUTTON, ID, IMAGE
from bot.playground.messages import Json
from bot.playground.schema import (
    Anything,
    Chars,
    Flag,
    Kinds,
    Many,
    Nullable,
    Number,
    OneOf,
    Rule,
    Shape,
    Text,
    complaint,
)

#: all cells of a message's table together, characters
TABLE_CHARACTERS = 10_000

_RICH_TEXT = Shape({"elements": Many(Anything(), 1_000)}, {"block_id": ID})
_RICH = Kinds({"rich_text": _RICH_TEXT})
_CELL = Kinds(
    {
        "raw_text": Shape({"text": Chars(TABLE_CHARACTERS)}),
        "raw_number": Shape({"value": Number(), "text": Chars(TABLE_CHARACTERS)}),
        "rich_text": _RICH_TEXT,
    }
)
_COLUMN = Shape({}, {"align": OneOf(("left", "center", "right")), "is_wrapped": Flag()})
_PICTURE = Kinds({"image": IMAGE})
_TASK = Shape(
    {
        "task_id": Chars(255),
        "title": Chars(3_000),
        "status": OneOf(("pending", "in_progress", "complete", "error")),
    },
    {
        "block_id": ID,
        "details": _RICH,
        "output": _RICH,
        "sources": Many(Kinds({"url": Shape({"url": Chars(3_000), "text": Chars(3_000)})}), 1_000),
    },
)
AGENT_BLOCKS: Mapping[str, Rule] = {
    "alert": Shape(
        {"text": Text(200)},
        {"block_id": ID, "level": OneOf(("default", "info", "warning", "error", "success"))},
    ),
    "card": Shape(
        {},
        {
            "block_id": ID,
            "hero_image": _PICTURE,
            "icon": _PICTURE,
            "title": Text(150),
            "subtitle": Text(150),
            "body": Text(200),
            "actions": Many(Kinds({"button": BUTTON}), 25),
        },
    ),
    "plan": Shape({"title": Chars(3_000)}, {"block_id": ID, "tasks": Many(Kinds({"task_card": _TASK}), 1_000)}),
    "table": Shape(
        {"rows": Many(Many(_CELL, 20), 100)}, {"block_id": ID, "column_settings": Many(Nullable(_COLUMN), 20)}
    ),
    "task_card": _TASK,
}

#: where a block may stand that may not stand everywhere: message, modal, home (https://docs.slack.dev/blocks.json)
SURFACES: Mapping[str, tuple[str, ...]] = {
    "alert": ("modal",),
    "context_actions": ("message",),
    "markdown": ("message",),
    "plan": ("message",),
    "table": ("message",),
    "task_card": ("message",),
}


def out_of_place(blocks: Any, surface: str, at: str) -> Iterator[str]:
    """What is wrong with blocks that this surface does not have."""
    for i, block in enumerate(blocks):
        if surface not in SURFACES.get(block["type"], (surface,)):
            yield complaint(f"unsupported type: {block['type']}", f"{at}/{i}/type")


def agent_complaints(blocks: list[Json], at: str) -> Iterator[str]:
    """What is wrong between the fields of these blocks although each is well-formed."""
    for i, block in enumerate(blocks):
        match block["type"]:
            case "card" if not {"hero_image", "title", "actions", "body"} & block.keys():
                yield complaint("must provide at least one of hero_image, title, actions, body", f"{at}/{i}")
            case "table" if sum(len(cell.get("text", "")) for row in block["rows"] for cell in row) > TABLE_CHARACTERS:
                yield complaint(f"must be less than {TABLE_CHARACTERS + 1} characters", f"{at}/{i}/rows")
