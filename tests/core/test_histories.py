"""Random histories of people, clicks, a whimsical model and dying workers keep the promises of design.md."""

from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.core import items
from bot.core.exchange import Called, Output, PromptItem, Said
from bot.core.fold import Thread, fold
from bot.core.prompt import History, history
from bot.core.steps import Append, CallModel, Resolve, Run, Wait
from tests.core.story import ALEX, DANA, MENU, OMAR, SAM, SAM_RECORD, Story

PEOPLE = st.sampled_from([ALEX, SAM, DANA, OMAR, "U0EVE"])
PRIVILEGED = SAM_RECORD.model_copy(update={"privileged": True})

CALLS = st.sampled_from(
    [
        ("look", '{"query":"a"}'),
        ("look", '{"query":"b"}'),
        ("note_down", '{"text":"a"}'),
        ("send", '{"text":"a"}'),
        ("unlock", '{"user_id":"U-123"}'),
        ("unlock", '{"user_id":"U-456"}'),
        ("reset", '{"user_id":"U-456"}'),
        ("reset", '{"user_id":"U-999"}'),
        ("wipe", '{"device_id":"L-1"}'),
        ("nonsense", "{}"),
        ("look", "not json"),
    ]
)


class Histories(RuleBasedStateMachine):
    """Whatever happens is done to a Story; `decide` alone chooses what is done about it."""

    def __init__(self) -> None:
        super().__init__()
        self.story = Story()
        #: the input of the last request, and calls in flight
        self.shown: tuple[PromptItem, ...] = ()
        self.flying: tuple[int, ...] = ()
        self.kept = History()
        self.folds: list[tuple[int, Thread]] = []

    @rule(author=PEOPLE)
    def somebody_writes(self, author: str) -> None:
        self.story.say("hello", author)

    @precondition(lambda self: self.story.thread.asks)
    @rule(data=st.data(), actor=PEOPLE, action=st.sampled_from(["approve", "approve", "deny", "withdraw"]))
    def somebody_clicks(self, data: st.DataObject, actor: str, action: str) -> None:
        number = data.draw(st.sampled_from([*self.story.thread.asks, 999]))
        stale = {"id": "0" * 32} if data.draw(st.integers(0, 4)) == 0 else {}
        self.story.click(number, actor, action, **stale)

    @rule(hours=st.sampled_from([0, 1, 25]))
    def time_passes(self, hours: int) -> None:
        self.story.pass_time(hours=hours, seconds=3)

    @precondition(lambda self: self.flying)
    @rule()
    def the_worker_dies(self) -> None:
        self.story.add(items.Interrupted(calls=self.flying))
        self.flying = ()

    @precondition(lambda self: self.flying)
    @rule(data=st.data())
    def the_tools_answer(self, data: st.DataObject) -> None:
        for call in self.flying:
            outcomes: tuple[items.Outcome, ...] = ("done", "wrong", "failed")
            again = MENU[self.story.thread.works[call].call.tool].on_failure.value == "retry"
            attempts = self.story.thread.works[call].attempts
            outcome = data.draw(st.sampled_from((*outcomes, "passing") if again and attempts < 3 else outcomes))
            self.story.result(call, outcome)
        self.flying = ()

    @rule(data=st.data(), steps=st.integers(1, 6))
    def the_worker_steps(self, data: st.DataObject, steps: int) -> None:
        for _ in range(steps):
            self.folds.append((self.story.thread.head, self.story.thread))
            match self.story.step():
                case Append(new):
                    for item in new:
                        self.story.add(item)
                case Resolve(about, ref):
                    self.story.add(items.Facts(ref=ref, known=self._facts(data, about, ref)))
                case Run(calls) if not self.flying:
                    for call in calls:
                        self.story.start(call)
                    self.flying = calls
                case CallModel() as step if not self.flying:
                    self._model(data, step)
                case Run() | CallModel() | Wait():
                    return

    def _facts(self, data: st.DataObject, about: str, ref: int) -> Any:
        no = data.draw(st.sampled_from([None, None, None, "no"]))
        match about:
            case "turn":
                return items.TurnKnown(record="U-123", refusal=no)
            case "call":
                arguments = self.story.thread.works[ref].call.arguments
                someone = data.draw(st.sampled_from([SAM_RECORD, SAM_RECORD, PRIVILEGED]))
                subject = someone if "U-456" in arguments else None
                approvers = data.draw(st.sampled_from([(DANA, OMAR), (DANA, ALEX), ()]))
                return items.CallKnown(subject=subject, requester_record="U-123", approvers=approvers)
            case "click":
                return items.ClickKnown(refusal=no)
            case _:
                return items.StartKnown(refusal=no)

    def _model(self, data: st.DataObject, step: CallModel) -> None:
        seen = self.story.thread.head
        asked = history(self.story.entries, step.turn, seen)
        assert self.kept.input(self.story.entries, step.turn, seen) == asked, "what is kept is what would be computed"
        assert asked[: len(self.shown)] == self.shown, "the past is rewritten"
        assert_paired(asked)
        if data.draw(st.booleans()):
            somebody = data.draw(PEOPLE)
            self.story.say("meanwhile", somebody)
        whim = data.draw(st.sampled_from(["answers", "calls", "calls", "is down", "is empty"]))
        if whim in ("is down", "is empty"):
            why: items.FailureReason = "unavailable" if whim == "is down" else "empty"
            retry_at = self.story.now + timedelta(seconds=2)
            self.story.add(items.ModelFailed(turn=step.turn, why=why, retry_at=retry_at))
            return
        self.shown = asked
        if whim == "answers":
            self.story.answer(step.turn, seen=seen)
        else:
            wanted = data.draw(st.lists(CALLS, min_size=1, max_size=4))
            self.story.calls(step.turn, *wanted, seen=seen, text=data.draw(st.sampled_from(["", "a word"])))

    # ── the promises ──

    @invariant()
    def what_needs_approval_starts_only_after_one_that_counts(self) -> None:
        log = {entry.seq: entry.item for entry in self.story.entries}
        for start in (item for item in log.values() if isinstance(item, items.ToolStart)):
            request = next(
                (r for r in log.items() if isinstance(r[1], items.Request) and r[1].call == start.call), None
            )
            if start.tool in ("look", "note_down", "send"):
                continue
            if request is None:
                assert start.tool == "unlock"
                continue
            number, asked = request
            assert isinstance(asked, items.Request)
            votes = [i for i in log.values() if isinstance(i, items.Decision) and i.request == number]
            assert [vote.verdict for vote in votes] == ["approve"]
            assert votes[0].actor in asked.approvers
            assert votes[0].actor not in asked.excluded
            click = log[votes[0].click]
            assert isinstance(click, items.Click)
            assert click.id == asked.id
            assert click.pressed_at < asked.expires_at
            (close,) = [i for i in log.values() if isinstance(i, items.Close) and i.request == number]
            assert close.verdict == "approved"

    @invariant()
    def what_cannot_be_repeated_starts_once_and_nothing_is_settled_twice(self) -> None:
        starts = [e.item for e in self.story.entries if isinstance(e.item, items.ToolStart)]
        assert all(start.attempt == 1 for start in starts if start.tool == "send")
        assert not [start for start in starts if start.tool in ("wipe", "nonsense")]
        settled = [
            e.item.call
            for e in self.story.entries
            if isinstance(e.item, items.Refused | items.ToolUnknown)
            or (isinstance(e.item, items.ToolResult) and e.item.outcome != "passing")
        ]
        assert len(settled) == len(set(settled))

    def teardown(self) -> None:
        """When everybody is calm and the model answers, every turn comes to rest and every call has its output."""
        if self.flying:
            self.the_worker_dies()
        for _ in range(500):
            match self.story.step():
                case Append(new):
                    for item in new:
                        self.story.add(item)
                case Resolve(about, ref):
                    known = {"turn": items.TurnKnown(record=None), "click": items.ClickKnown(refusal=None)}
                    calm = items.CallKnown(subject=None, requester_record=None, approvers=())
                    start = items.StartKnown(refusal=None)
                    self.story.add(items.Facts(ref=ref, known={**known, "call": calm, "start": start}[about]))
                case Run(calls):
                    for call in calls:
                        self.story.ran(call)
                case CallModel(turn, _):
                    assert_paired(history(self.story.entries, turn, self.story.thread.head))
                    self.story.answer(turn)
                case Wait(None):
                    break
                case Wait(until):
                    assert until
                    self.story.now = max(until, self.story.now)
        else:
            raise AssertionError("the conversation never comes to rest")
        assert not any(turn.unseen for turn in self.story.thread.turns.values())
        assert not [work for work in self.story.thread.works.values() if not work.settled]
        for head, thread in self.folds[:: max(1, len(self.folds) // 5)]:
            assert fold(self.story.entries[head:], thread) == self.story.thread, "a fold may stop anywhere and go on"


def assert_paired(shown: tuple[PromptItem, ...]) -> None:
    """Every call has exactly one output, before anything else is said."""
    waiting: list[str] = []
    done: set[str] = set()
    for item in shown:
        match item:
            case Called(call_id):
                assert call_id not in done
                waiting.append(call_id)
            case Output(call_id):
                assert waiting.pop(0) == call_id
                done.add(call_id)
            case Said():
                assert not waiting
    assert not waiting


Histories.TestCase.settings = settings(stateful_step_count=30, report_multiple_bugs=False)
TestHistories = Histories.TestCase
