"""Slack's messages as lines of plain text: mentions as names, times as they read in UTC, buttons in brackets."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.playground.messages import Message

#: the emoji that cards use
EMOJI = {
    ":white_check_mark:": "✅",
    ":no_entry:": "⛔",
    ":hourglass:": "⌛",
    ":wastebasket:": "🗑",
    ":warning:": "⚠",
    ":x:": "❌",
    ":rotating_light:": "🚨",
    ":raising_hand:": "🙋",
}


def lines(message: Message, names: Mapping[str, str]) -> Iterator[str]:
    """What a reader sees; `names` are people by id."""
    for block in message.blocks or []:
        for text in _texts(block):
            yield readable(text, names)
        parts = [*block.get("elements", []), block.get("accessory", {})]
        buttons = [each["text"]["text"] for each in parts if each.get("type") == "button"]
        if buttons:
            yield "  ".join(f"[{label}]" for label in buttons)


def _texts(block: dict[str, Any]) -> Iterator[str]:
    for holder in (block, *(each for each in block.get("elements", []) if each.get("type") == "mrkdwn")):
        text = holder.get("text")
        if text:
            yield text["text"] if isinstance(text, dict) else text


def readable(text: str, names: Mapping[str, str]) -> str:
    text = re.sub(r"<@(\w+)>", lambda found: f"@{names.get(found[1], found[1])}", text)
    text = re.sub(r"<!date\^[^|>]*\|([^>]*)>", r"\1", text)
    text = re.sub(r"<(https?://[^|>]+)\|([^>]*)>", r"\2 (\1)", text)
    for name, character in EMOJI.items():
        text = text.replace(name, character)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
