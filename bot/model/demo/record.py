"""What a prompt tells the demo model: who said what, what it called and what came of it.

Promise: reads any text a tool may return; what is not there is simply not known.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.core import results
from bot.core.exchange import Answered, Called, Opaque, Output, Picture, PromptItem, Said
from bot.core.prompt import NOTHING_NEW
from bot.core.quotes import BEFORE, UNREAD
from bot.model.demo import phrases

_ABOUT_REQUESTS = ("request_status", "withdraw_request")

#: fields of a result that is a thing, not the word of a call
_THINGS = {"ticket_id", "id", "ticket", "device_id", "devices", "group"}

_PLAIN = str.maketrans({"\u2019": "'", "\u00d7": "*", "\u00f7": "/"})

#: what an output may say instead of a result
NOT_DONE = {"refused", "failed", "error", "wrong", "unknown", "denied", "expired", "withdrawn", "void", "stopped"}


#: how an edit is told; it counts as said by the same person
_EDITED = re.compile(r"\A\[([^\]]*) edited an earlier message to\]")

#: the message that somebody asks about, below their own words
_QUOTED = re.compile(r"\n\n\[they ask about [^\]]*\]\n(.*)\Z", re.DOTALL)

#: what there is to say to files
NO_SIGHT = "I cannot see pictures in the demo: the language model here is a small offline stand-in."
NO_FILES = "I cannot work with what stands in files in the demo: the language model here is a small offline stand-in."


@dataclass(frozen=True, slots=True)
class Words:
    """One message: who wrote it (the `[from …]` line as it stands), what, and at which place of the prompt."""

    place: int
    speaker: str
    text: str
    #: the message it is about: something to look up, and nothing to do
    quoted: str = ""


@dataclass(frozen=True, slots=True)
class Deed:
    """A call with what came of it; `result` is the output's JSON, or its text where it is none."""

    place: int
    tool: str
    arguments: Mapping[str, Any]
    result: Any

    @property
    def status(self) -> str:
        """What the output says became of the call; "" where it is a plain result."""
        status = self.result.get("status") if isinstance(self.result, Mapping) else None
        # tickets and devices have a status of their own
        thing = status and "request" not in self.result and _THINGS & set(self.result)
        return str(status) if status and not thing else ""


@dataclass(frozen=True, slots=True)
class Record:
    """A prompt, read. `fresh` is the place where the part begins that no answer was given to yet."""

    words: tuple[Words, ...]
    deeds: tuple[Deed, ...]
    fresh: int
    #: files that were sent: at which place, and what there is to say to that
    files: tuple[tuple[int, str], ...] = ()

    def new_files(self) -> list[str]:
        return [said for place, said in self.files if place >= self.fresh]

    def new_words(self) -> list[Words]:
        return [each for each in self.words if each.place >= self.fresh]

    def new_deeds(self) -> list[Deed]:
        return [each for each in self.deeds if each.place >= self.fresh]

    def person_of(self, words: Words) -> str | None:
        """The directory id of who wrote `words`, as far as he or his `[from …]` line said it up to then."""
        own = [each for each in self.words if each.speaker == words.speaker and each.place <= words.place]
        for each in reversed(own):
            if found := phrases.IDENTITY.search(each.text):
                return found[1].upper()
        found = phrases.PERSON.search(words.speaker)
        return found[0].upper() if found else None

    def people(self) -> dict[str, Mapping[str, Any]]:
        """What lookup_user found, by id."""
        found = (deed for deed in self.deeds if deed.tool == "lookup_user" and isinstance(deed.result, Mapping))
        return {str(each.arguments.get("user_id")).upper(): each.result for each in found if not each.status}

    def requests(self, before: int | None = None) -> dict[int, Deed]:
        """By number, the call each approval request was made for, among the first `before` items."""
        asked = (deed for deed in self._until(before) if deed.tool not in _ABOUT_REQUESTS)
        numbered = {number(deed): deed for deed in asked if deed.status.startswith("waiting")}
        return {n: deed for n, deed in numbered.items() if n is not None}

    def waiting(self, before: int | None = None) -> list[int]:
        """Numbers of the requests nobody decided yet, oldest first."""
        over = {number(deed) for deed in self._until(before) if deed.status and not deed.status.startswith("waiting")}
        over |= {number(deed) for deed in self._until(before) if deed.tool == "withdraw_request" and succeeded(deed)}
        return [n for n in sorted(self.requests(before)) if n not in over]

    def _until(self, before: int | None) -> list[Deed]:
        return [deed for deed in self.deeds if before is None or deed.place < before]


def read(items: Iterable[PromptItem]) -> Record:
    """The record of a prompt's items, in their order."""
    words: list[Words] = []
    calls: dict[str, tuple[int, Called]] = {}
    deeds: list[Deed] = []
    files: list[tuple[int, str]] = []
    fresh = 0
    for place, item in enumerate(items):
        match item:
            case Picture():
                files.append((place, NO_SIGHT))
            case Said(file=True):
                files.append((place, NO_FILES))
            case Said(text) if not text.startswith((BEFORE, UNREAD, NOTHING_NEW.text)):
                words.append(_words(place, _EDITED.sub(r"[from \1]", text.translate(_PLAIN))))
            case Answered():
                fresh = place + 1
            case Called(call_id):
                calls[call_id] = (place, item)
            case Output(call_id, text) if call_id in calls:
                at, called = calls[call_id]
                deeds.append(Deed(at, called.tool, results.mapping(called.arguments), _result(text)))
            case Said() | Output() | Opaque():
                pass
    return Record(tuple(words), tuple(sorted(deeds, key=lambda deed: deed.place)), fresh, tuple(files))


def number(deed: Deed) -> int | None:
    """The request a deed is about, in its output or its arguments."""
    said = deed.result.get("request") if isinstance(deed.result, Mapping) else None
    value = said if said is not None else deed.arguments.get("request")
    return value if isinstance(value, int) else int(value) if isinstance(value, str) and value.isdigit() else None


def succeeded(deed: Deed) -> bool:
    return deed.status not in NOT_DONE


def first(found: Any, *names: str) -> str:
    """The first of these fields that holds a text or a number; "" where none does."""
    if not isinstance(found, Mapping):
        return ""
    values = (found.get(name) for name in names)
    return next((str(value) for value in values if isinstance(value, str | int) and str(value).strip()), "")


def mappings(found: Any) -> list[Mapping[str, Any]]:
    """The objects of a list; none where it is none."""
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def _words(place: int, text: str) -> Words:
    found = phrases.FROM.match(text)
    speaker, said = (found[1], text[found.end() :]) if found else ("", text)
    about = _QUOTED.search(said)
    own = said[: about.start()] if about else said
    return Words(place, speaker, phrases.ADDRESS.sub("", own), about[1] if about else "")


def _result(text: str) -> Any:
    """What came of a call, without the marks for models that could be told anything."""
    found = results.unmarked(results.value(text))
    if isinstance(found, dict) and "result" in found:
        return {**found, "result": results.unmarked(found["result"])}
    return found
