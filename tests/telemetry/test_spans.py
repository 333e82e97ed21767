"""Whatever happens in a conversation, its spans make whole traces, and say nothing of what was said."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize

from bot.core import items
from bot.core.items import Entry, Item
from bot.core.thread import Thread
from bot.telemetry.spans import Span
from bot.telemetry.traces import Traces
from bot.telemetry.turns import beginnings, spans_of
from tests.core.story import ALEX, DANA, NOON, SAM, Story
from tests.core.test_histories import Histories

PLACE = "T1:C1:1.1"

#: what is made of what arrived; and the end of a turn whose message was deleted
ARRIVES = (items.UserMessage, items.Click, items.Stop, items.Edited, items.Deleted, items.TurnOver, items.Facts)


class _Committed(Story):
    """Notes what is committed, so many items at a time."""

    size = 1

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.traces = Traces(None, self.spans.append)  # type: ignore[arg-type]  # nothing is delivered
        self.waiting: list[Entry] = []
        super().__init__()

    def add(self, item: Item) -> int:
        # a worker takes up what arrived only where nothing that it did waits to be committed
        if isinstance(item, items.UserMessage) and any(not isinstance(e.item, ARRIVES) for e in self.waiting):
            self.commit()
        seq = super().add(item)
        self.waiting.append(self.entries[-1])
        if len(self.waiting) >= self.size:
            self.commit()
        return seq

    def commit(self) -> None:
        """What waits is in the log now."""
        if self.waiting:
            self.traces.committed(PLACE, self.thread, self.waiting)
        self.waiting = []


class Traced(Histories):
    """The same histories, with somebody who looks on."""

    def __init__(self) -> None:
        super().__init__()
        self.story: _Committed = _Committed()

    @initialize(size=st.sampled_from([1, 1, 2, 3]))
    def it_is_committed_in_pieces(self, size: int) -> None:
        self.story.size = size

    def _stop(self, actor: str) -> None:
        """By the button: of two words at once, which Slack has never at the same time, there would be one trace."""
        self.story.add(items.Stop(actor=actor, pressed_at=self.story.now, channel="C1"))

    def teardown(self) -> None:
        super().teardown()
        self.story.commit()
        spans, thread = self.story.spans, self.story.thread
        whole(spans, unfinished=unfinished(thread))
        told = repr(spans)
        assert not any(private in told for private in (ALEX, SAM, DANA, "U-456", "please", "hello", "Sam Patel"))


def unfinished(thread: Thread) -> set[int]:
    """The traces of turns that still owe something."""
    begun = beginnings((), thread)
    return {begun[seq].place(PLACE).trace for seq, turn in thread.turns.items() if not turn.completed and seq in begun}


def whole(spans: list[Span], unfinished: set[int]) -> None:
    """Fails where an id is there twice, a parent is missing, or something ended before it began."""
    ids = Counter((span.trace, span.id) for span in spans)
    assert [span for span in spans if ids[span.trace, span.id] > 1] == []
    tops = {span.trace: span.id for span in spans if span.parent is None}
    for span in spans:
        assert span.end >= span.start
        assert span.parent is None or tops.get(span.trace) == span.parent or span.trace in unfinished, span
        assert span.error == span.attributes.get("error.type")


Traced.TestCase.settings = settings(max_examples=50, stateful_step_count=30, deadline=None)
TestTraced = Traced.TestCase


def spans(story: Story) -> dict[str, Span]:
    """By name, of the whole conversation in one commit."""
    made = spans_of(PLACE, story.entries, story.thread, beginnings(story.entries, story.thread))
    return {span.name: span for span in made}


def test_a_turn_with_an_approval() -> None:
    story = Story()
    call, request = story.asked()
    story.pass_time(hours=2)
    story.approve(request)
    story.hold(call)
    story.ran(call)
    found = spans(story)
    assert {*found} == {"admit", "facts", "chat m", "wait_for_approval", "execute_tool reset"}
    waited = found["wait_for_approval"]
    assert (waited.end - waited.start).total_seconds() == 7_200
    assert waited.attributes["helpdesk.verdict"] == "approved"
    assert waited.attributes["helpdesk.approvals"] == 1
    assert found["execute_tool reset"].attributes["gen_ai.tool.call.id"] == f"c{call}"
    story.answer(2)
    found = spans(story)
    top = found["invoke_agent helpdesk"]
    assert (top.parent, top.start, top.end) == (None, NOON, story.now)
    assert {span.parent for span in found.values()} == {None, top.id}
    assert found["chat m"].attributes["gen_ai.response.finish_reasons"] == ("stop",)


def test_what_a_model_call_took() -> None:
    story = Story()
    turn, took = (
        story.turn(),
        {"model": "m", "tokens_in": 100, "tokens_cached": 60, "tokens_out": 7, "cost": 5, "ms": 900},
    )
    story.pass_time(seconds=5)
    story.add(items.ModelFailed(turn=turn, why="unavailable", retry_at=story.now, **took))
    failed = spans(story)["chat m"]
    assert failed.error == "unavailable"
    assert (failed.end - failed.start).total_seconds() == 0.9
    expected: dict[str, Any] = {
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.cache_read.input_tokens": 60,
        "gen_ai.usage.output_tokens": 7,
        "helpdesk.cost_usd": 0.000005,
    }
    assert failed.attributes.items() >= expected.items()


def test_each_attempt_is_a_span_also_one_that_nobody_hears_of_again() -> None:
    story = Story()
    (call,) = story.calls(story.turn(), ("note_down", '{"text":"a"}'))
    for outcome in ("passing", "done"):
        story.start(call)
        story.result(call, outcome)
    attempts = [span for span in all_spans(story) if span.name == "execute_tool note_down"]
    assert [span.error for span in attempts] == ["passing", None]


def test_an_attempt_that_was_cut_short_is_told() -> None:
    story = Story()
    (call,) = story.calls(story.turn(), ("note_down", '{"text":"a"}'))
    story.start(call)
    story.pass_time(seconds=3)
    story.add(items.Interrupted(calls=(call,)))
    (cut,) = [span for span in all_spans(story) if span.name == "execute_tool note_down"]
    assert cut.error == "interrupted"
    assert (cut.end - cut.start).total_seconds() == 3


def all_spans(story: Story) -> list[Span]:
    """All of them, in order."""
    return [*spans_of(PLACE, story.entries, story.thread, beginnings(story.entries, story.thread))]


def test_a_message_that_joins_a_turn_has_a_trace_of_its_own_that_leads_there() -> None:
    story = Story()
    turn = story.turn()
    story.say("and this")
    story.answer(turn)
    found = spans(story)
    join, top = found["join"], found["invoke_agent helpdesk"]
    assert join.parent is None
    assert join.trace != top.trace
    assert join.link
    assert (join.link.trace, join.link.root) == (top.trace, top.id)
    assert sum(span.name == "admit" and span.trace == top.trace for span in all_spans(story)) == 2


@pytest.mark.parametrize(("why", "error"), [("failed", "failed"), ("steps", "steps"), ("stopped", None)])
def test_how_a_turn_ended(why: items.OverReason, error: str | None) -> None:
    story = Story()
    story.add(items.TurnOver(turn=story.turn(), why=why, text=""))
    top = spans(story)["invoke_agent helpdesk"]
    assert top.error == error
    assert top.attributes["helpdesk.over"] == why


def test_ids_follow_from_the_log_alone() -> None:
    one, two = Story(), Story()
    for story in (one, two):
        story.answer(story.turn())
    assert all_spans(one) == all_spans(two)
