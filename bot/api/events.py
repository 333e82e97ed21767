"""What happens, as events of a stream (SSE). Pure; numbered as in the log, so that a stream can go on after a break."""

from collections.abc import Iterator

from pydantic import BaseModel

from bot.api import state
from bot.api.shapes import Answer, Approval, Outcome, Status
from bot.api.state import Told
from bot.core import items
from bot.core.items import Entry
from bot.core.thread import Thread


class StatusEvent(BaseModel):
    """How things stand now."""

    conversation_id: str
    status: Status


class AnswerEvent(BaseModel):
    """Something was said; the last one is the answer."""

    answer: str


class ApprovalEvent(BaseModel):
    """People are asked, or have decided."""

    call: int
    state: Outcome
    #: while they are asked
    approval: Approval | None = None


def written(name: str, content: BaseModel, seq: int | None = None) -> str:
    """One event on the wire."""
    number = f"id: {seq}\n" if seq is not None else ""
    return f"event: {name}\n{number}data: {content.model_dump_json()}\n\n"


def status(answer: Answer) -> str:
    """The event that says how things stand."""
    return written("status", StatusEvent(conversation_id=answer.conversation_id, status=answer.status))


def of(told: Told, entry: Entry, thread: Thread) -> Iterator[str]:
    """What the entry, which follows `told`, is worth telling; the last event of an entry has its number."""
    after = told.after(entry)
    found = [*_changes(told, after, entry, thread)]
    yield from (written(name, content) for name, content in found[:-1])
    yield from (written(name, content, entry.seq) for name, content in found[-1:])


def _changes(told: Told, after: Told, entry: Entry, thread: Thread) -> Iterator[tuple[str, BaseModel]]:
    for number, call in after.calls.items():
        if told.calls.get(number) != call:
            yield "tool_call", call
            if isinstance(entry.item, items.Request | items.Joined | items.Close):
                yield "approval", ApprovalEvent(call=number, state=call.outcome, approval=_open(thread, after, number))
    if after.text != told.text and (said := state.text(thread, after)):
        yield "answer", AnswerEvent(answer=said)


def _open(thread: Thread, told: Told, call: int) -> Approval | None:
    return next((each for each in state.approvals(thread, told) if each.call == call), None)
