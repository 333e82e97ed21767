"""What is private in a thread that other companies read, checked on the log alone."""

import json
from collections.abc import Sequence

from bot.core import items
from bot.core.exchange import Answered, Called, PromptItem
from bot.core.items import Entry


def author_of(entries: Sequence[Entry], seq: int) -> str | None:
    """Whose turn the item belongs to, where it says that."""
    turn = getattr(entries[seq - 1].item, "turn", None)
    first = entries[turn - 1].item if isinstance(turn, int) else None
    return first.author if isinstance(first, items.UserMessage) else None


def own(shown: Sequence[PromptItem], entries: Sequence[Entry], author: str) -> None:
    """Fails where something is shown that the model said to somebody else, or did for them."""
    mine = [entry for entry in entries if author_of(entries, entry.seq) == author]
    calls = {entry.seq for entry in mine if isinstance(entry.item, items.Call)}
    said = [entry for entry in mine if isinstance(entry.item, items.ModelOutput) and entry.item.text]
    assert len([each for each in shown if isinstance(each, Answered)]) <= len(said)
    handed = [e.seq for e in entries if isinstance(e.item, items.HandedOver) and e.item.call in calls]
    asked = [e for e in entries if isinstance(e.item, items.Request) and e.item.call in calls]
    numbers = {entry.item.number or entry.seq for entry in asked if isinstance(entry.item, items.Request)}
    for each in [each for each in shown if isinstance(each, Called)]:
        if each.call_id.startswith("r"):
            assert json.loads(each.arguments)["request"] in numbers
        else:
            assert each.call_id in {*(f"c{seq}" for seq in calls), *(f"h{seq}" for seq in handed)}
