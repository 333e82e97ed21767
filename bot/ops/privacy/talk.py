"""What a conversation holds of a person, item by item, without what others said. Pure.

Promise: nobody else's words are handed out, though the AI repeated them: its answers are left out from the moment it
had read any; and whoever else is in the directory is named by id alone.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from bot.core import items
from bot.core.files import FileRead
from bot.core.items import ITEM, Item
from bot.ops.audit.chain import Record
from bot.store.persons import Somebody

#: why something is not there
LEFT_OUT = "left out, because other people's words may be in it"

_WORD = re.compile(r"\w+")

Line = dict[str, Any]


class Mask:
    """Names and addresses of other people become their ids."""

    def __init__(self, people: Iterable[tuple[str, str]]) -> None:
        """`people` are ids, each with a name or an address."""
        #: by their first word, so that a text is not searched for everybody
        self._by_word: dict[str, list[tuple[str, str]]] = {}
        for record, name in people:
            if first := _WORD.search(name.lower()):
                self._by_word.setdefault(first[0], []).append((record, name))

    def over(self, text: str) -> str:
        """The text without them."""
        for word in {each.lower() for each in _WORD.findall(text)} & self._by_word.keys():
            for record, name in sorted(self._by_word[word], key=lambda each: -len(each[1])):
                text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", record, text, flags=re.IGNORECASE)
        return text


class Talk:
    """One conversation while its records are read, in order."""

    def __init__(self, who: Somebody, mask: Mask) -> None:
        self._who = who
        self._mask = mask
        self._turns = set[int]()
        #: the AI has read what others said
        self._others = False

    def read(self, record: Record) -> Iterator[Line]:
        """What the next record says of the person."""
        at = datetime.fromtimestamp(record.at, UTC).isoformat()
        place = {"conversation": record.conversation, "item": record.seq, "at": at}
        if record.body is None:
            if record.actor in self._who.users:
                yield {"about": record.kind, **place, "erased": True}
            return
        for line in self.said(record.seq, ITEM.validate_json(record.body)):
            yield {"about": line.pop("about"), **place, **line}

    def said(self, seq: int, item: Item) -> Iterator[Line]:
        """The same of an item whose content is there."""
        match item:
            case items.UserMessage():
                yield from self._message(seq, item)
            case items.Edited(author=author, text=text):
                if self._is_other(author):
                    return
                yield {"about": "edited", "message": item.ref, "text": self._mask.over(text)}
            case items.Earlier(messages=messages):
                for each in messages:
                    if not self._is_other(each.author):
                        yield {"about": "earlier_message", "text": self._mask.over(each.text)}
            case items.Attached(author=author, files=files):
                for file in files:
                    if not self._is_other(file.by or author):
                        yield {"about": "file", **_file(file)}
            case _:
                yield from self._answered(seq, item)

    def _answered(self, seq: int, item: Item) -> Iterator[Line]:
        match item:
            case items.Commanded(actor=str(actor)) if actor in self._who.users:
                # in their name, and in words of whoever was at the command line
                self._turns.add(seq)
                self._others = True
                yield {"about": "commanded"}
            case items.ModelOutput(turn=turn) if turn in self._turns and item.text:
                yield {"about": "answer", "turn": turn, "model": item.model, **self._unless_others("text", item.text)}
            case items.Call(turn=turn) if turn in self._turns:
                yield {"about": "call", "tool": item.tool, **self._unless_others("arguments", item.arguments)}
            case items.ToolResult(authors=authors, speakers=speakers):
                self._others |= bool({*authors} - {self._who.record} or {*speakers} - {*self._who.users})
            case _:
                yield from self._decided(item)

    def _message(self, seq: int, item: items.UserMessage) -> Iterator[Line]:
        quoted, theirs = item.quoted, not self._is_other(item.author)
        if quoted and not self._is_other(quoted.author):
            yield {"about": "quoted", "by": item.author, "text": self._mask.over(quoted.text)}
        if theirs:
            self._turns.add(item.joins or seq)
            about = {"quotes": quoted.author} if quoted else {}
            files = {"files": [each.name for each in item.files]} if item.files else {}
            yield {"about": "message", "text": self._mask.over(item.text), **about, **files}

    def _decided(self, item: Item) -> Iterator[Line]:
        match item:
            case items.Request(requester=requester) if requester in self._who.users:
                arguments = self._unless_others("arguments", item.arguments)
                yield {"about": "request", "role": "requester", "tool": item.tool, **arguments}
            case items.Request(subject=subject) if subject and subject.record == self._who.record:
                yield {"about": "request", "role": "subject", "tool": item.tool}
            case items.Click(actor=actor) | items.Decision(actor=actor) | items.Feedback(actor=actor):
                if actor in self._who.users:
                    pressed = item.model_dump(mode="json", exclude={"kind", "id"}, exclude_none=True)
                    yield {"about": item.kind, **pressed}
                elif not isinstance(item, items.Feedback):
                    self._others |= bool(item.reason)
            case items.Close(by=str(by), verdict=verdict, reason=reason):
                self._others |= bool(reason) and by not in self._who.users
                if by in self._who.users:
                    yield {"about": "close", "request": item.request, "verdict": verdict, "reason": reason}
            case items.HandedOver(by=by, ticket=ticket) if by in self._who.users:
                yield {"about": "handed_over", "ticket": ticket}

    def _is_other(self, user: str) -> bool:
        """Whether these are somebody else's words; then the AI has read such."""
        other = user not in self._who.users
        self._others |= other
        return other

    def _unless_others(self, name: str, text: str) -> Line:
        return {name: None, "why": LEFT_OUT} if self._others else {name: self._mask.over(text)}


def _file(file: FileRead) -> Line:
    return {"name": file.name, "content": file.content, "sha256": file.sha256, "size": file.size, "text": file.text}
