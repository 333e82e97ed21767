"""A log written by hand, item by item, as tests of the pure core need it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core import items
from bot.core.decide import decide
from bot.core.fold import apply
from bot.core.items import Entry, Item
from bot.core.known import CallKnown, ClickKnown, Person, StartKnown, TurnKnown
from bot.core.policy import Policy
from bot.core.steps import Append, Step, Summarise
from bot.core.thread import Thread
from bot.run.amended import amended
from bot.store.arrivals import DeletionArrived, EditArrived
from bot.store.log import without_words
from tests.core.toolbox import MENU
from tools.spec import Resource, Tool

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)

ALEX, SAM, DANA, OMAR, KIM, EVE = "U0ALEX", "U0SAM", "U0DANA", "U0OMAR", "U0KIM", "U0EVE"

SAM_RECORD = Person(record="U-456", name="Sam Patel", privileged=False, slack_user=SAM)
ALEX_RECORD = Person(record="U-123", name="Alex Chen", privileged=False, slack_user=ALEX)
LAPTOP = Resource(kind="device", id="L-1", name="MacBook Pro M3")
REPORTS = Resource(kind="group", id="G-1", name="reports")
ADMIN = SAM_RECORD.model_copy(update={"privileged": True})
ADMINS = Resource(kind="group", id="G-2", name="admins", privileged=True)

RESET = '{"user_id":"U-456"}'
GIVE = '{"user_id":"U-456","group":"reports","hours":8}'

POLICY = Policy(approvers=(DANA, OMAR))

#: one group approves
GROUP = Policy(approvers=("S1",))
IN_GROUP = {"S1": (DANA, OMAR, KIM)}


class Story:
    """A conversation in the making; each method appends what it is named after and returns its seq."""

    #: the model that speaks, each time with reasoning that no other one can read; empty: one without any
    mind = ""

    #: the tools that are on offer
    tools: Mapping[str, Tool] = MENU

    def __init__(self, *, private: bool = False, shared: bool = False, thread_ts: str = "1.1") -> None:
        self.now = NOON
        self.entries: list[Entry] = []
        self.thread = Thread()
        place = {"tenant": "T1", "channel": "C1", "thread_ts": thread_ts}
        self.add(items.Opened(**place, private=private, shared=shared))

    def add(self, item: Item) -> int:
        entry = Entry(seq=self.thread.head + 1, at=self.now, item=item)
        self.thread = apply(self.thread, entry)
        self.entries.append(entry)
        return entry.seq

    def pass_time(self, **delta: float) -> None:
        self.now += timedelta(**delta)

    def step(self, policy: Policy = POLICY) -> Step:
        """What decide says."""
        return decide(self.thread, self.tools, policy, self.now)

    def take(self, policy: Policy = POLICY) -> tuple[Item, ...]:
        """Append what decide wants appended, once; fails where it wants something else. Nobody sums up."""
        step = self.step(policy)
        if isinstance(step, Summarise):
            step = Append((self.rebase(step.since),))
        assert isinstance(step, Append), step
        for item in step.items:
            self.add(item)
        return step.items

    def rebase(self, since: int, summary: str = "") -> items.Rebase:
        """What the worker makes of a summary, or of none; it is not appended."""
        covers = (self.thread.covers if self.thread.summary else self.thread.since) if summary else 0
        return items.Rebase(reason="compaction", since=since, summary=summary, covers=covers, actor=ALEX)

    def say(self, text: str = "help", author: str = ALEX) -> int:
        ts = f"1.{self.thread.head}"
        return self.add(items.UserMessage(author=author, text=text, ts=ts, joins=self.thread.joins(author)))

    def amend(self, arrived: EditArrived | DeletionArrived) -> list[Item]:
        """What the worker makes of an edit or a deletion; what is deleted is erased."""
        new = list(amended(self.thread, arrived, (), self.entries))
        for item in new:
            self.add(item)
            gone = item.erases if isinstance(item, items.Deleted) else ()
            self.entries = [
                replace(entry, item=without_words(entry.item)) if entry.seq in gone else entry for entry in self.entries
            ]
        return new

    def edit_message(self, seq: int, text: str) -> list[Item]:
        """The author of the message changes it."""
        message = self._message(seq)
        return self.amend(EditArrived(ts=message.ts, author=message.author, text=text))

    def delete_message(self, seq: int) -> list[Item]:
        """The message is deleted."""
        return self.amend(DeletionArrived(ts=self._message(seq).ts))

    def delete_quoted(self, ts: str) -> list[Item]:
        """A message that was only quoted is deleted."""
        return self.amend(DeletionArrived(ts=ts))

    def _message(self, seq: int) -> items.UserMessage:
        item = self.entries[seq - 1].item
        assert isinstance(item, items.UserMessage)
        return item

    def turn(self, text: str = "help", author: str = ALEX, record: str | None = "U-123") -> int:
        """A message that starts a turn, and the facts about it."""
        seq = self.say(text, author)
        self.add(items.Facts(ref=seq, known=TurnKnown(record=record)))
        return seq

    def answer(self, turn: int, text: str = "done", seen: int | None = None, *, tokens_in: int = 0) -> int:
        output = self._output(turn, seen or self.thread.head, (items.Text(text=text),))
        return self.add(output.model_copy(update={"tokens_in": tokens_in}))

    def cut_off(self, turn: int, seen: int) -> int:
        """A model output of which somebody did not want to hear the end."""
        return self.add(self._output(turn, seen, (items.Text(text="do"),)).model_copy(update={"status": "stopped"}))

    def calls(self, turn: int, *wanted: tuple[str, str], seen: int | None = None, text: str = "") -> list[int]:
        """A model output with calls (tool, JSON arguments); the calls' seqs."""
        parts = (*((items.Text(text=text),) if text else ()), *(items.CallHere() for _ in wanted))
        self.add(self._output(turn, seen or self.thread.head, parts))
        return [self.add(items.Call(turn=turn, tool=name, arguments=arguments)) for name, arguments in wanted]

    def know(self, call: int, subject: Person | None = SAM_RECORD, **changes: Any) -> int:
        """The facts about a call: Alex asks, Sam is its subject, Dana and Omar may approve."""
        return self.add(items.Facts(ref=call, known=known_call(subject=subject, **changes)))

    def _output(self, turn: int, seen: int, parts: tuple[Any, ...]) -> items.ModelOutput:
        if self.mind:
            parts = (items.Opaque(item={"type": "reasoning", "of": self.mind}), *parts)
        model = self.mind or "m"
        return items.ModelOutput(turn=turn, seen=seen, model=model, prompt="p-1", status="complete", parts=parts)

    def start(self, call: int) -> int:
        work = self.thread.works[call]
        return self.add(items.ToolStart(call=call, tool=work.call.tool, attempt=work.attempts + 1))

    def result(self, call: int, outcome: items.Outcome = "done", output: str = '"ok"') -> int:
        tool_name = self.thread.works[call].call.tool
        return self.add(items.ToolResult(call=call, tool=tool_name, outcome=outcome, output=output))

    def ran(self, call: int, output: str = '"ok"') -> int:
        """The call was started and is done."""
        self.start(call)
        return self.result(call, output=output)

    def asked(
        self, tool: str = "reset", arguments: str = RESET, *, policy: Policy = POLICY, author: str = ALEX, **facts: Any
    ) -> tuple[int, int]:
        """Alex asks for a reset of Sam, or for something else; the card is up: the call, the request's number."""
        (call,) = self.calls(self.turn(author=author), (tool, arguments))
        self.know(call, **facts)
        (request,) = self.take(policy)
        assert isinstance(request, items.Request), request
        return call, self.thread.head

    def given(self, policy: Policy = POLICY, **facts: Any) -> tuple[int, int]:
        """The same for access to the reports for eight hours."""
        return self.asked("give", GIVE, policy=policy, **({"resource": REPORTS} | facts))

    def refused(self, policy: Policy = POLICY) -> str:
        """The reason of the refusal that decide wants, of a call or of a click."""
        (item,) = self.take(policy)
        assert isinstance(item, items.Refused | items.ClickRefused), item
        return item.reason

    def click(self, number: int, actor: str = DANA, action: Any = "approve", **changes: Any) -> int:
        ask = self.thread.asks.get(number)
        values = {"id": ask.request.id if ask else "?", "pressed_at": self.now, "channel": "C1"} | changes
        return self.add(items.Click(request=number, action=action, actor=actor, **values))

    def vouch(self, click: int, refusal: str | None = None, **changes: Any) -> int:
        """The facts about a click: the clicker is still all they were when asked, or not."""
        item = self.thread.clicks[click]
        asked = self.thread.asks[item.request].entitled
        sources = tuple(source for source, users in asked.items() if item.actor in users)
        facts = {"refusal": refusal, "sources": sources} | changes
        return self.add(items.Facts(ref=click, known=ClickKnown(**facts)))

    def approve(self, number: int, actor: str = DANA, *, policy: Policy = POLICY, **facts: Any) -> None:
        """The click that counts."""
        self.vouch(self.click(number, actor), **facts)
        assert isinstance(self.take(policy)[0], items.Decision)

    def edit(self, number: int, arguments: str, actor: str = DANA, *, policy: Policy = POLICY, **facts: Any) -> Item:
        """Somebody changes the arguments, of the newest card; what came of it: another version, or a refusal."""
        click = self.click(number, actor, "edit", arguments=arguments)
        work = self.thread.works[self.thread.asks[number].request.call]
        self.vouch(click, call=(work.known or known_call()).model_copy(update=facts))
        (item,) = self.take(policy)
        return item

    def hold(self, call: int, /, refusal: str | None = None, **changes: Any) -> int:
        """The facts right before a start: everything is as it was, or what has changed."""
        work = self.thread.works[call]
        ask = self.thread.asks.get(work.request or 0)
        facts = {"refusal": refusal, "call": work.known, "voters": ask.voted if ask else {}} | changes
        return self.add(items.Facts(ref=call, known=StartKnown(**facts)))


def known_call(**changes: Any) -> CallKnown:
    """What is known of a call that Alex asks for: Sam is its subject, Dana and Omar may approve."""
    facts = {"subject": SAM_RECORD, "requester": ALEX_RECORD, "sources": {DANA: (DANA,), OMAR: (OMAR,)}} | changes
    return CallKnown(**facts)
