"""A log written by hand, item by item, as tests of the pure core need it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import Field

from bot.core import items
from bot.core.decide import decide
from bot.core.fold import Thread, apply
from bot.core.items import Entry, Item
from bot.core.policy import Policy
from bot.core.steps import Append, Step
from tools.spec import Context, OnFailure, Risk, Tool, tool

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)

ALEX, SAM, DANA, OMAR = "U0ALEX", "U0SAM", "U0DANA", "U0OMAR"

SAM_RECORD = items.Subject(record="U-456", name="Sam Patel", privileged=False, slack_user=SAM)

POLICY = Policy(approvers=(DANA, OMAR))


@tool(risk=Risk.LOW, read_only=True)
async def look(query: str) -> str:
    """Look something up."""
    return query


@tool(risk=Risk.LOW, idempotent=True, on_failure=OnFailure.RETRY)
async def note_down(text: str) -> str:
    """Write something down."""
    return text


@tool(risk=Risk.LOW, on_failure=OnFailure.GIVE_UP)
async def send(text: str) -> str:
    """Send something that cannot be unsent."""
    return text


@tool(risk=Risk.MEDIUM, subject="user_id", idempotent=True)
async def unlock(user_id: str) -> str:
    """Unlock."""
    return user_id


@tool(risk=Risk.HIGH, subject="user_id", idempotent=True)
async def reset(user_id: str, *, context: Context) -> str:
    """Reset."""
    return f"{user_id} {context.key}"


@tool(risk=Risk.HIGH, subject="user_id")
async def write_report(user_id: str, text: Annotated[str, Field(max_length=20_000)]) -> str:
    """Write a long report about somebody."""
    return user_id + text


@tool(risk=Risk.CRITICAL, resource="device_id")
async def wipe(device_id: str) -> str:
    """Wipe."""
    return device_id


MENU: Mapping[str, Tool] = {each.name: each for each in (look, note_down, send, unlock, reset, write_report, wipe)}


class Story:
    """A conversation in the making; each method appends what it is named after and returns its seq."""

    def __init__(self, *, private: bool = False) -> None:
        self.now = NOON
        self.entries: list[Entry] = []
        self.thread = Thread()
        self.add(items.Opened(tenant="T1", channel="C1", thread_ts="1.1", private=private))

    def add(self, item: Item) -> int:
        entry = Entry(seq=self.thread.head + 1, at=self.now, item=item)
        self.thread = apply(self.thread, entry)
        self.entries.append(entry)
        return entry.seq

    def pass_time(self, **delta: float) -> None:
        self.now += timedelta(**delta)

    def step(self, policy: Policy = POLICY) -> Step:
        """What decide says."""
        return decide(self.thread, MENU, policy, self.now)

    def take(self, policy: Policy = POLICY) -> tuple[Item, ...]:
        """Append what decide wants appended, once; fails where it wants something else."""
        step = self.step(policy)
        assert isinstance(step, Append), step
        for item in step.items:
            self.add(item)
        return step.items

    def say(self, text: str = "help", author: str = ALEX) -> int:
        return self.add(items.UserMessage(author=author, text=text, ts="1.2", joins=self.thread.joins(author)))

    def turn(self, text: str = "help", author: str = ALEX, record: str | None = "U-123") -> int:
        """A message that starts a turn, and the facts about it."""
        seq = self.say(text, author)
        self.add(items.Facts(ref=seq, known=items.TurnKnown(record=record)))
        return seq

    def answer(self, turn: int, text: str = "done", seen: int | None = None) -> int:
        return self.add(_output(turn, seen or self.thread.head, (items.Text(text=text),)))

    def calls(self, turn: int, *wanted: tuple[str, str], seen: int | None = None, text: str = "") -> list[int]:
        """A model output with calls (tool, JSON arguments); the calls' seqs."""
        parts = (*((items.Text(text=text),) if text else ()), *(items.CallHere() for _ in wanted))
        self.add(_output(turn, seen or self.thread.head, parts))
        return [self.add(items.Call(turn=turn, tool=name, arguments=arguments)) for name, arguments in wanted]

    def know(self, call: int, subject: items.Subject | None = SAM_RECORD, **changes: Any) -> int:
        """The facts about a call: Sam is its subject, Dana and Omar may approve."""
        facts = {"subject": subject, "requester_record": "U-123", "approvers": (DANA, OMAR)} | changes
        return self.add(items.Facts(ref=call, known=items.CallKnown(**facts)))

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

    def asked(self) -> tuple[int, int]:
        """Alex asks for a reset of Sam, and the card is up: the call and the request's number."""
        (call,) = self.calls(self.turn(), ("reset", '{"user_id":"U-456"}'))
        self.know(call)
        self.take()
        return call, self.thread.head

    def click(self, number: int, actor: str = DANA, action: Any = "approve", **changes: Any) -> int:
        ask = self.thread.asks.get(number)
        values = {"id": ask.request.id if ask else "?", "pressed_at": self.now, "channel": "C1"} | changes
        return self.add(items.Click(request=number, action=action, actor=actor, **values))

    def vouch(self, click: int, refusal: str | None = None) -> int:
        """The facts about a click: the clicker is an approver, or not."""
        return self.add(items.Facts(ref=click, known=items.ClickKnown(refusal=refusal)))

    def approve(self, number: int, actor: str = DANA) -> None:
        """The click that counts."""
        self.vouch(self.click(number, actor))
        self.take()

    def hold(self, call: int, refusal: str | None = None) -> int:
        """The facts right before a start."""
        return self.add(items.Facts(ref=call, known=items.StartKnown(refusal=refusal)))


def _output(turn: int, seen: int, parts: tuple[Any, ...]) -> items.ModelOutput:
    return items.ModelOutput(turn=turn, seen=seen, model="m", prompt="p-1", status="complete", parts=parts)
