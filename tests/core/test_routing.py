"""Which model is asked: the rules as a table, what holds for them whatever happens, and who stands in for whom."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import items
from bot.core.decide import MODEL_PATIENCE, decide
from bot.core.effort import Effort
from bot.core.exchange import Opaque
from bot.core.known import TurnKnown
from bot.core.prompt import history
from bot.core.routing import EASY, LONG_RESULTS, MANY_RESULTS, NEARLY_SPENT, Lineup, Offer, by_rules
from bot.core.steps import Append, CallModel, Step, Wait
from bot.core.thread import Thread, Turn
from tests.core.story import ALEX, POLICY, Story
from tests.core.test_files import PICTURE, attach, send
from tests.core.toolbox import MENU

MINI, MAIN, OTHER = "mini", "main", "other"
LINEUP = Lineup((Offer(MAIN), Offer(MINI, "small"), Offer(OTHER)), (MAIN, OTHER))

TABLE = [
    (Effort(), 0.0, MINI, "easy"),
    (Effort(said=EASY), 0.0, MINI, "easy"),
    (Effort(said=EASY + 1), 0.0, MAIN, "long"),
    (Effort(files=True), 0.0, MAIN, "files"),
    (Effort(results=MANY_RESULTS - 1, length=LONG_RESULTS - 1), 0.0, MINI, "easy"),
    (Effort(results=MANY_RESULTS), 0.0, MAIN, "synthesis"),
    (Effort(results=1, length=LONG_RESULTS), 0.0, MAIN, "synthesis"),
    (Effort(troubles=1), 0.0, MAIN, "failures"),
    (Effort(troubles=1, files=True, said=9_999), NEARLY_SPENT, MINI, "budget"),
]


@pytest.mark.parametrize(("effort", "spent", "model", "why"), TABLE)
def test_the_rules_choose(effort: Effort, spent: float, model: str, why: str) -> None:
    turn = Turn(2, ALEX, 0, effort=effort, known=TurnKnown(record=None, spent=spent))
    assert by_rules(Thread(), turn, LINEUP) == (model, why)


EFFORTS = st.builds(
    Effort, said=st.integers(0, 900), files=st.booleans(), troubles=st.integers(0, 2), results=st.integers(0, 5)
)


@given(EFFORTS, EFFORTS, st.floats(0, 1))
def test_within_a_turn_the_rules_never_go_back(effort: Effort, more: Effort, spent: float) -> None:
    known = TurnKnown(record=None, spent=spent)
    later = Effort(
        effort.said + more.said,
        effort.files or more.files,
        effort.troubles + more.troubles,
        effort.results + more.results,
        effort.length + more.length,
    )
    before, _ = by_rules(Thread(), Turn(2, ALEX, 0, effort=effort, known=known), LINEUP)
    after, _ = by_rules(Thread(), Turn(2, ALEX, 0, effort=later, known=known), LINEUP)
    assert (before, after) != (MAIN, MINI)


def test_pictures_are_for_a_model_that_sees() -> None:
    lineup = Lineup((Offer(MAIN), Offer(MINI, "small", sees=False)))
    turn = Turn(2, ALEX, 0)
    assert by_rules(Thread(), turn, lineup)[0] == MINI
    assert by_rules(Thread(pictures={2: 10}), turn, lineup)[0] == MAIN


# ── what decide makes of it ──


class Several(Story):
    """A conversation with several models."""

    lineup = LINEUP

    def step(self, policy: object = POLICY) -> Step:
        del policy
        return decide(self.thread, MENU, POLICY, self.now, models=self.lineup)

    def asks(self) -> str:
        """The model that is asked now; what is to be written before it is."""
        while isinstance(step := self.step(), Append):
            for item in step.items:
                self.add(item)
        assert isinstance(step, CallModel), step
        return step.model

    def fails(self, turn: int, wait: float | None = 0.5, why: items.FailureReason = "unavailable", **more: bool) -> int:
        retry_at = None if wait is None else self.now + timedelta(seconds=wait)
        return self.add(items.ModelFailed(turn=turn, why=why, retry_at=retry_at, model=self.thread.model, **more))


def test_a_choice_is_recorded_once_and_only_where_it_is_another_one() -> None:
    story = Several()
    turn = story.turn()
    assert story.take() == (items.Routed(turn=turn, model=MINI, why="easy"),)
    assert story.step() == CallModel(turn, last=False, model=MINI)
    story.answer(turn)
    following = story.turn()
    assert story.step() == CallModel(following, last=False, model=MINI)


class Unaided(Several):
    """The same, where no model stands in for another."""

    lineup = Lineup((Offer(MAIN), Offer(MINI, "small")))


def test_a_turn_that_goes_back_to_a_model_that_failed_is_woken_for_it() -> None:
    """A message that called for the large model is deleted, while the small one may not be asked yet."""
    story = Unaided()
    turn = story.turn()
    assert story.asks() == MINI
    story.fails(turn, 300)
    long = story.say("x" * 2 * EASY)
    assert story.asks() == MAIN
    story.calls(turn, ("look", '{"query":"a"}'))
    story.ran(story.thread.head)
    story.delete_message(long)
    while isinstance(step := story.step(), Append):
        for item in step.items:
            story.add(item)
    assert step == Wait(story.thread.turns[turn].trials[MINI].retry_at)
    story.pass_time(seconds=300)
    assert story.asks() == MINI


class Blind(Several):
    """The same, where the large one cannot look at pictures."""

    lineup = Lineup((Offer(MAIN, sees=False), Offer(MINI, "small")))


def test_a_turn_that_goes_back_to_a_model_that_refused_ends_and_says_so() -> None:
    """The small model refused, the large one called a tool; then a picture comes, for which there is the small one."""
    story = Blind()
    turn = story.turn()
    assert story.asks() == MINI
    story.fails(turn, None, "rejected")
    assert story.asks() == MAIN
    story.calls(turn, ("look", '{"query":"a"}'))
    story.ran(story.thread.head)
    attach(story, send(story), PICTURE)
    (over,) = story.take()
    assert isinstance(over, items.TurnOver)
    assert (over.turn, over.why) == (turn, "failed")
    assert "refuses" in over.text


def test_where_another_model_is_asked_its_input_begins_anew_in_the_same_commit() -> None:
    story = Several()
    turn = story.turn()
    assert story.asks() == MINI
    story.calls(turn, ("look", "not json"))
    (refused,) = story.take()
    assert isinstance(refused, items.Refused)
    assert story.take() == (
        items.Routed(turn=turn, model=MAIN, why="failures"),
        items.Rebase(reason="model", since=0),
    )


def test_one_model_leaves_no_trace() -> None:
    story = Story()
    turn = story.turn("x" * 2 * EASY)
    assert story.step() == CallModel(turn, last=False)


def test_a_model_that_failed_twice_gives_its_place_to_the_next_at_once_and_gets_it_back_in_the_next_turn() -> None:
    story = Several()
    turn = story.turn()
    assert story.asks() == MINI
    story.fails(turn, 2)
    assert story.step() == Wait(story.now + timedelta(seconds=2)), "its own first failure is waited for"
    story.pass_time(seconds=2)
    assert story.asks() == MINI
    story.fails(turn, 60)
    assert story.asks() == MAIN
    story.calls(turn, ("look", '{"query":"a"}'))
    story.ran(story.thread.head)
    assert story.asks() == MAIN, "for the rest of the turn"
    story.answer(turn)
    story.turn()
    assert story.asks() == MINI


@pytest.mark.parametrize("failure", [{"wait": None, "why": "rejected"}, {"wait": 30, "asked": False}])
def test_a_refusal_and_an_open_breaker_are_not_waited_for(failure: dict[str, object]) -> None:
    story = Several()
    turn = story.turn("x" * 2 * EASY)
    assert story.asks() == MAIN
    story.fails(turn, **failure)  # type: ignore[arg-type]
    assert story.asks() == OTHER


def test_once_all_failed_people_are_told_once_and_whoever_may_be_asked_first_is() -> None:
    story = Several()
    turn = story.turn("x" * 2 * EASY)
    assert story.asks() == MAIN
    story.fails(turn, 40, asked=False)
    assert story.asks() == OTHER
    story.fails(turn, 20, asked=False)
    assert story.take() == (items.Delayed(turn=turn),)
    assert story.step() == Wait(story.now + timedelta(seconds=20))
    story.pass_time(seconds=20)
    assert story.asks() == OTHER
    story.fails(turn, 60)
    assert story.step() == Wait(story.now + timedelta(seconds=20)), "nobody is told twice"
    story.pass_time(seconds=20)
    assert story.asks() == MAIN


def test_patience_ends_for_all_of_them_and_at_once_where_all_refuse() -> None:
    story = Several()
    turn = story.turn("x" * 2 * EASY)
    for _ in range(2):
        story.asks()
        story.fails(turn, None, "rejected")
    (over,) = story.take()
    assert isinstance(over, items.TurnOver)

    story = Several()
    turn = story.turn("x" * 2 * EASY)
    for _ in range(2):
        story.asks()
        story.fails(turn, MODEL_PATIENCE.total_seconds(), asked=False)
    (over,) = story.take()
    assert isinstance(over, items.TurnOver)


def test_replies_that_say_nothing_go_up_and_then_along_the_list() -> None:
    story = Several()
    turn = story.turn()
    asked = []
    while not story.thread.turns[turn].over:
        asked.append(story.asks())
        story.fails(turn, 0, "empty")
        if isinstance(story.step(), Append):
            story.take()
    assert asked == [MINI, MAIN, MAIN, OTHER, OTHER]


def test_what_only_the_first_model_can_read_is_not_shown_to_the_second() -> None:
    story = Several()
    turn = story.turn("x" * 2 * EASY)
    assert story.asks() == MAIN
    seen = story.thread.head
    secret = items.Opaque(item={"type": "reasoning", "encrypted_content": "gAAAA"})
    output = items.ModelOutput(
        turn=turn, seen=seen, model=MAIN, prompt="p", status="complete", parts=(secret, items.CallHere())
    )
    story.add(output)
    story.ran(story.add(items.Call(turn=turn, tool="look", arguments='{"query":"a"}')))
    shown = history(story.entries, turn, story.thread.head)
    assert any(isinstance(each, Opaque) for each in shown)
    story.fails(turn, None, "rejected")
    assert story.asks() == OTHER
    after = history(story.entries, turn, story.thread.head)
    assert after == tuple(each for each in shown if not isinstance(each, Opaque)), "all else is shown as before"


def test_a_deleted_message_counts_no_more() -> None:
    story = Several()
    turn = story.turn("x" * 2 * EASY)
    story.say("and this")
    story.delete_message(turn)
    assert story.asks() == MINI
