"""Two people in one thread: what one turn is told takes nothing away from the other."""

from datetime import timedelta

from bot.core import items
from bot.core.exchange import Answered
from bot.core.prompt import NOTHING_NEW, history
from bot.core.steps import CallModel, Wait
from tests.core.story import DANA, OMAR, SAM, Story


def test_a_turn_whose_model_call_failed_is_answered_although_another_turn_went_on_meanwhile() -> None:
    # given: Alex's reset waits; Omar's search is done, and the model is down when it is to answer him
    story = Story()
    call, number = story.asked()
    other = story.turn("and my wifi?", OMAR)
    (search,) = story.calls(other, ("look", '{"query":"wifi"}'))
    story.ran(search)
    story.add(items.ModelFailed(turn=other, why="unavailable", retry_at=story.now + timedelta(seconds=60)))

    # when: the reset is approved and done, and the model is back for Alex's turn
    click = story.click(number, DANA)
    story.vouch(click)
    story.take()
    story.hold(call)
    story.ran(call)
    step = story.step()
    assert isinstance(step, CallModel)
    story.answer(step.turn)

    # then: Omar is answered as soon as his wait is over, and there is nothing left to do
    story.pass_time(seconds=60)
    assert story.step() == CallModel(other, last=False)
    story.answer(other)
    assert story.step() == Wait(None)


def test_a_turn_whose_news_another_turn_was_told_is_never_asked_to_go_on_with_the_models_own_words() -> None:
    story = Story()
    turn, other = story.turn("look for a"), story.turn("and for b", OMAR)
    (search,) = story.calls(other, ("look", '{"query":"b"}'))
    story.ran(search)
    story.answer(turn)
    asked = history(story.entries, other, story.thread.head)
    assert asked[-2:] == (Answered("done"), NOTHING_NEW)
    story.answer(other)
    assert history(story.entries, story.turn("thanks"), story.thread.head)[: len(asked)] == asked


def test_a_call_taken_back_is_forgotten_with_the_next_answer_of_any_turn() -> None:
    story = Story()
    call, number = story.asked()
    story.click(number, "U0ALEX", "withdraw")
    story.take()
    story.answer(story.turn("hello", SAM))
    assert call not in story.thread.works
