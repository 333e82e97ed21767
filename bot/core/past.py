"""What the model is shown of the log, read item by item; and what each of its requests showed beyond the last."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, assert_never

from bot.core import items, results
from bot.core.exchange import Answered, Called, Opaque, Output, PromptItem, Said
from bot.core.files import FileRead
from bot.core.known import TurnKnown
from bot.core.material import material
from bot.core.quotes import Message, asked_about, quotes, says_nothing, without

#: told of a call that ran when its worker died, and once the truth is known
UNKNOWN = "The worker died while this ran; whether it took effect is unknown. It is not repeated. Tell the person."
LEARNT = "What came of it was unknown; this is what it was."

#: told of a hand-over by the button below an answer
HANDED = "Somebody pressed Get a human below your answer."


@dataclass(frozen=True, slots=True)
class Spoken:
    """The model's own output, with its calls."""

    seq: int
    item: items.ModelOutput
    calls: list[tuple[int, items.Call]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """What a call waits for from item `since` on."""

    since: int
    number: int
    request: items.Request


@dataclass(slots=True)
class Past:
    """What was read, indexed; `news` is asked in the order of the model's outputs and forgets what it has shown."""

    #: those that were not shown yet
    outputs: list[Spoken] = field(default_factory=list)
    calls: dict[int, items.Call] = field(default_factory=dict)
    #: of each call the requests it waited for, in the order of the log
    requests: dict[int, list[_Waiting]] = field(default_factory=dict)
    closes: dict[int, items.Close] = field(default_factory=dict)
    settled: dict[int, tuple[int, str]] = field(default_factory=dict)
    records: dict[int, str | None] = field(default_factory=dict)
    #: turns of people from outside, who may be shown less than this (outsiders.py)
    visits: set[int] = field(default_factory=set)
    #: messages, and what became of them, that the model has not been shown: seq, turn
    messages: list[tuple[int, int, Message]] = field(default_factory=list)
    #: messages that the model was or will be shown: only of these it is told that they were edited
    said: set[int] = field(default_factory=set)
    #: what was read of the files of a message, and the item that says so
    read: dict[int, tuple[int, tuple[FileRead, ...]]] = field(default_factory=dict)
    #: the batch that awaits its outputs, and the calls that were shown as waiting
    batch: list[tuple[int, items.Call]] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)
    #: calls of a button, and the hand-overs that came of them
    commands: dict[int, items.Call] = field(default_factory=dict)
    handed: list[tuple[int, items.HandedOver]] = field(default_factory=list)
    #: what calls did after all whose outcome was told as unknown
    learnt: list[tuple[int, items.ToolResult]] = field(default_factory=list)

    def index(self, seq: int, item: items.Item) -> None:
        """Read the next item."""
        match item:
            case items.UserMessage() | items.Edited() | items.Earlier() | items.Deleted() | items.TurnOver():
                self._index_said(seq, item)
            case items.Attached(ref=ref, files=files):
                self.read.setdefault(ref, (seq, files))
            case items.Facts(known=TurnKnown() as known):
                self.records[item.ref] = known.record
                self.visits |= {item.ref} if known.visitor else set()
            case items.ModelOutput():
                self.outputs.append(Spoken(seq, item))
            case items.Call(origin="model"):
                self.calls[seq] = item
                self.outputs[-1].calls.append((seq, item))
            case items.Call(origin="command"):
                self.commands[seq] = item
            case items.HandedOver(untold=False) if item.call in self.commands:
                self.handed.append((seq, item))
            case items.Request() | items.Joined():
                self._index_request(seq, item)
            case _:
                self._index_outcome(seq, item)

    def _index_said(self, seq: int, item: Message | items.Deleted | items.TurnOver) -> None:
        match item:
            case items.UserMessage():
                self.messages.append((seq, item.joins or seq, item))
                self.said.add(seq)
            case items.Edited(ref=ref):
                if ref in self.said:
                    self.messages.append((seq, item.turn, item))
            case items.Earlier() if not says_nothing(item):
                self.messages.append((seq, item.turn, item))
            case items.Deleted():
                self.messages = [each for each in map(partial(without, item), self.messages) if each]
            case items.TurnOver(why="refused", turn=turn):
                # nobody is shown the words of somebody who may not ask
                self.said -= {each[0] for each in self.messages if each[1] == turn}
                self.messages = [each for each in self.messages if each[1] != turn]

    def _index_request(self, seq: int, item: items.Request | items.Joined) -> None:
        """The request of the call, and of those that joined the one whose place it takes."""
        if isinstance(item, items.Joined):
            asked = self._asked(item.request)
            self.requests[item.call] = [_Waiting(seq, item.request, asked.request)]
            return
        waiting = _Waiting(seq, item.number or seq, item)
        self.requests.setdefault(item.call, [])
        replaced = item.number or item.renews
        for call, requests in self.requests.items():
            if call == item.call or (requests and requests[-1].number == replaced):
                requests.append(waiting)

    def _asked(self, number: int) -> _Waiting:
        return next(each for each in self._newest() if each.number == number)

    def _newest(self) -> Iterator[_Waiting]:
        return (requests[-1] for requests in self.requests.values() if requests)

    def _index_outcome(self, seq: int, item: items.Item) -> None:
        match item:
            case items.Close(verdict=verdict):
                self.closes[item.request] = item
                if verdict != "approved":
                    self._settle(seq, self._asked(item.request).request.call, _json(**_closed(item)))
            case items.Refused():
                self._settle(seq, item.call, _json(status="refused", reason=item.reason))
            case items.ToolResult(late=True):
                if item.call in self.calls and self.requests.get(item.call):
                    self.learnt.append((seq, item))
            case items.ToolResult(outcome=outcome) if outcome != "passing":
                self._settle(seq, item.call, _result(item))
            case items.ToolUnknown():
                self._settle(seq, item.call, _json(status="unknown", reason=UNKNOWN))

    def _settle(self, seq: int, call: int, text: str) -> None:
        """What came of the call, and of those that joined its request."""
        mine = self.requests.get(call)
        together = [each for each, requests in self.requests.items() if mine and requests[-1].number == mine[-1].number]
        for each in together or [call]:
            self.settled[each] = (seq, text)

    def news(self, seen: int, turn: int) -> Iterator[PromptItem]:
        """What a request at `seen` for `turn` shows beyond the requests before it."""
        for seq, call in self.batch:
            yield Output(f"c{seq}", self._direct(seq, call, seen))
        self.batch = []
        new = [self._said(*each, seen) for each in self.messages if each[0] <= seen and each[1] <= turn]
        new += [
            (float(self.settled[call][0]), self._late(call)) for call in self.waiting if self._is_settled(call, seen)
        ]
        new += [(seq, self._truth(seq, item)) for seq, item in self.learnt if seq <= seen]
        new += [(seq, self._handed(seq, item)) for seq, item in self.handed if seq <= seen]
        self.learnt = [each for each in self.learnt if each[0] > seen]
        self.handed = [each for each in self.handed if each[0] > seen]
        self.messages = [each for each in self.messages if not (each[0] <= seen and each[1] <= turn)]
        self.waiting = [call for call in self.waiting if not self._is_settled(call, seen)]
        for _, shown in sorted(new, key=lambda each: each[0]):
            yield from shown

    def _is_settled(self, call: int, seen: int) -> bool:
        return call in self.settled and self.settled[call][0] <= seen

    def _direct(self, seq: int, call: items.Call, seen: int) -> str:
        if self._is_settled(seq, seen):
            return self.settled[seq][1]
        self.waiting.append(seq)
        waiting = self._waited(seq, seen)
        return _json(status="waiting_for_approval", request=waiting.number, tool=call.tool, note=_note(waiting.request))

    def _waited(self, call: int, seq: int) -> _Waiting:
        """What the call waited for last, at item `seq`."""
        return [each for each in self.requests[call] if each.since <= seq][-1]

    def _said(self, seq: int, turn: int, message: Message, seen: int) -> tuple[float, tuple[PromptItem, ...]]:
        """What is shown, and where: what was there before a turn comes before its first message."""
        if isinstance(message, items.Earlier):
            return turn - 0.5, (Said(quotes(message)),)
        who = self.records.get(turn) or f"Slack user {message.author}"
        says = f"from {who}" if isinstance(message, items.UserMessage) else f"{who} edited an earlier message to"
        quoted = message.quoted if isinstance(message, items.UserMessage) else None
        about = f"\n\n{asked_about(quoted)}" if quoted else ""
        at, files = self.read.get(seq, (0, None))
        sent = material(message, files if at <= seen else None) if isinstance(message, items.UserMessage) else ()
        return seq, (Said(f"[{says}]\n{message.text}{about}"), *sent)

    def forget_opaque(self) -> None:
        """Nobody can say what a provider's own items hold of what was erased, and no other model can read them."""
        for i, output in enumerate(self.outputs):
            parts = tuple(part for part in output.item.parts if not isinstance(part, items.Opaque))
            self.outputs[i] = replace(output, item=output.item.model_copy(update={"parts": parts}))

    def _late(self, call: int) -> tuple[PromptItem, ...]:
        """A result that came after its call was shown as waiting: as if the model had asked for it."""
        seq, text = self.settled[call]
        waiting = self._waited(call, seq)
        told = _closed(self.closes[waiting.number]) | {"tool": self.calls[call].tool, "result": results.value(text)}
        if (version := waiting.request).edited_by:
            told |= {"edited": True, "arguments": results.value(version.arguments)}
        # two calls that share a request are told one after the other
        name = f"r{seq}" if call == version.call else f"r{seq}_{call}"
        return Called(name, "request_status", _json(request=waiting.number)), Output(name, _json(**told))

    def _truth(self, seq: int, item: items.ToolResult) -> tuple[PromptItem, ...]:
        """What a call did after all; its own output said that nobody knows, and stays as it is."""
        number = self._waited(item.call, seq).number
        told = _closed(self.closes[number]) | {
            "tool": item.tool,
            "result": results.value(_result(item)),
            "note": LEARNT,
        }
        return Called(f"r{seq}", "request_status", _json(request=number)), Output(f"r{seq}", _json(**told))

    def _handed(self, seq: int, item: items.HandedOver) -> tuple[PromptItem, ...]:
        """What a person did with a button, as if the model had."""
        call = self.commands[item.call]
        url = {"url": item.url} if item.url else {}
        told = _json(ticket_id=item.ticket, **url, people_told=bool(item.to), note=HANDED)
        return Called(f"h{seq}", call.tool, call.arguments), Output(f"h{seq}", told)

    def spoken(self, output: Spoken) -> Iterator[PromptItem]:
        """The model's own output, its parts in its own order."""
        calls = iter(output.calls)
        for part in output.item.parts:
            match part:
                case items.Text():
                    yield Answered(part.text)
                case items.Opaque():
                    yield Opaque(output.item.model, part.item)
                case items.CallHere():
                    seq, call = next(calls)
                    yield Called(f"c{seq}", call.tool, call.arguments)
                case never:
                    assert_never(never)
        self.batch = list(output.calls)


def _result(item: items.ToolResult) -> str:
    if item.outcome != "done":
        return _json(status=item.outcome, reason=item.output)
    return results.shown(item)


def _closed(close: items.Close) -> dict[str, Any]:
    told: dict[str, Any] = {"status": close.verdict, "request": close.request}
    if close.reason:
        told["reason"] = close.reason
    return told


def _note(request: items.Request) -> str:
    people = "one of the approvers" if request.needs == 1 else f"{request.needs} approvers"
    return f"It runs only after {people} pressed Approve on its card, which the person sees. Do not ask for it again."


def _json(**told: Any) -> str:
    return json.dumps(told, ensure_ascii=False)
