"""The smallest part of a message that can ask for something, and what it can ask for. Promise: values, nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.model.demo import phrases
from bot.model.demo.record import Record, Words


@dataclass(frozen=True, slots=True)
class Wish:
    """A call to make; without a tool, `ask` is what to tell or ask the person instead."""

    tool: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    ask: str = ""


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of one message, with the message and the thread it stands in."""

    text: str
    words: Words
    record: Record

    def person(self) -> str | None:
        """Whom the clause is about: the id in it, else the writer where it says so."""
        if found := phrases.PERSON.search(self.text):
            return found[0].upper()
        return self.record.person_of(self.words) if phrases.OWN.search(self.text) else None
