"""What was said and done, in the log of the process, where the settings want that. Nothing is redacted here: each line
that is logged is, and cut (logs.py)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog

from bot.core import items
from bot.core.items import Entry, Item
from bot.core.thread import Thread
from bot.store.deliveries import Delivery

log = structlog.get_logger()


class Contents:
    """See bot/run/watch.py."""

    def committed(self, conversation: str, _: Thread, entries: Sequence[Entry]) -> None:
        """Each item with what it says."""
        for entry in entries:
            log.info("item", conversation=conversation, seq=entry.seq, kind=entry.item.kind, said=_said(entry.item))

    def delivered(self, delivery: Delivery, at: datetime) -> None:
        """What is shown was committed before."""


def _said(item: Item) -> dict[str, Any]:
    said = item.model_dump(mode="json", exclude={"kind"}, exclude_defaults=True)
    if isinstance(item, items.ModelOutput):
        # what only the provider can read says nothing to anybody else
        said["parts"] = [part.model_dump() for part in item.parts if not isinstance(part, items.Opaque)]
    return said
