"""What a turn is owed, until when, and to whom the outcome of a call belongs."""

from bot.core import items, words
from bot.core.policy import Policy, Rule
from bot.core.status import status
from bot.core.steps import CallModel, Run
from tests.core.story import ALEX, DANA, EVE, OMAR, RESET, Story

QUERY = ("look", '{"query":"salaries"}')

#: also a look-up takes an approval
LOOKS = Policy(approvers=(DANA, OMAR), rules=(Rule(name="looks", tools=("look",), approvals=1),))


# ── turns ──


def test_a_turn_is_complete_with_the_answer_after_which_it_is_owed_nothing_any_more() -> None:
    # given: Alex's reset waits for people, and Eve said something, too
    story = Story()
    call, number = story.asked()
    (alex,) = story.thread.turns
    eve = story.turn("and my wifi?", EVE, "U-789")
    story.answer(alex, "it waits")
    assert (story.thread.turns[alex].completed, story.thread.turns[eve].completed) == (0, 0)

    # then: Eve's is complete once she is answered, and Alex's once he is told what came of it
    answered = story.answer(eve)
    assert (story.thread.turns[alex].completed, story.thread.turns[eve].completed) == (0, answered)
    story.approve(number)
    story.hold(call)
    story.ran(call)
    told = story.answer(alex)
    assert (story.thread.turns[alex].completed, story.thread.turns[eve].completed) == (told, answered)


def test_a_turn_whose_request_is_taken_back_is_complete_with_that() -> None:
    story = Story()
    _, number = story.asked()
    (turn,) = story.thread.turns
    story.answer(turn, "it waits")
    story.click(number, ALEX, "withdraw")
    story.take()
    assert story.thread.turns[turn].completed == story.thread.head


def test_a_turn_that_gave_up_is_complete_although_people_are_asked_still() -> None:
    story = Story()
    turn = story.turn()
    reset, send = story.calls(turn, ("reset", RESET), ("send", '{"text":"a"}'))
    story.know(reset)
    story.take()
    assert story.step() == Run((send,)), "what nobody tried has not failed"
    story.start(send)
    story.result(send, "failed", "no route")
    assert story.thread.turns[turn].completed == 0
    (over,) = story.take()
    assert isinstance(over, items.TurnOver)
    assert story.thread.turns[turn].completed == story.thread.head
    assert story.thread.waits(story.thread.works[reset])


def test_a_call_that_was_refused_has_not_failed_and_the_model_may_correct_it() -> None:
    story = Story()
    turn = story.turn()
    story.calls(turn, ("send", "{}"))
    assert story.refused()
    assert story.step() == CallModel(turn, last=False)


def test_what_the_author_says_joins_the_turn_as_long_as_an_outcome_is_to_be_told() -> None:
    story = Story()
    _, number = story.asked()
    (turn,) = story.thread.turns
    story.answer(turn, "it waits")
    assert story.thread.joins(ALEX) is None, "only people can move it on"
    story.vouch(story.click(number, DANA, "deny", reason="no"))
    story.take()
    assert story.thread.joins(ALEX) == turn
    story.answer(turn, "it was denied")
    assert story.thread.joins(ALEX) is None


def test_who_stops_before_a_word_was_answered_is_told_so() -> None:
    story = Story()
    turn = story.turn()
    stop = story.add(items.Stop(actor=ALEX, pressed_at=story.now))
    assert story.take() == (items.TurnOver(turn=turn, why="stopped", text=words.STOPPED, stop=stop),)


def test_what_is_done_runs_no_more() -> None:
    story = Story()
    turn = story.turn()
    (call,) = story.calls(turn, QUERY)
    story.start(call)
    assert story.thread.works[call].running
    other = story.turn("and my wifi?", EVE, "U-789")
    story.result(call)
    story.answer(other)
    assert not story.thread.works[call].running, "or a restart would call it interrupted"
    story.answer(turn)
    assert status(story.thread) == "active"


# ── whose outcome ──


def joined(story: Story, arguments: str) -> int:
    """Eve asks for the same reset."""
    (call,) = story.calls(story.turn("me too", EVE, "U-789"), ("reset", arguments))
    story.know(call)
    (item,) = story.take()
    assert isinstance(item, items.Joined)
    return call


def test_of_two_requests_that_somebody_joined_each_has_its_own_outcome() -> None:
    story = Story()
    other = '{"user_id":"U-457"}'
    first, number = story.asked()
    second, next_number = story.asked("reset", other)
    to_first, to_second = joined(story, RESET), joined(story, other)
    for each in (number, next_number):
        story.approve(each, OMAR)
    story.hold(first)
    story.ran(first)
    settled = {call for call, work in story.thread.works.items() if work.settled}
    assert settled == {first, to_first}
    story.hold(second, voters={})
    story.take()
    anew = story.thread.head
    assert {call for call, work in story.thread.works.items() if work.request == anew} == {second, to_second}


def test_a_look_up_that_joined_and_was_stopped_takes_nothing_from_who_asked_first() -> None:
    # given: Eve joined Alex's request, stopped, and then people approved it
    story = Story()
    (first,) = story.calls(story.turn(), QUERY)
    story.know(first, subject=None)
    story.take(LOOKS)
    number = story.thread.head
    (second,) = story.calls(story.turn("me too", EVE, "U-789"), QUERY)
    story.know(second, subject=None)
    (item,) = story.take(LOOKS)
    assert isinstance(item, items.Joined)
    story.add(items.Stop(actor=EVE, pressed_at=story.now))
    story.take(LOOKS)
    story.approve(number, OMAR, policy=LOOKS)

    # then: hers is not run, and his is as approved as before
    assert story.take(LOOKS) == (items.Refused(call=second, reason=words.NOT_RUN_STOPPED),)
    assert story.thread.asks[number].ended is None
    story.hold(first)
    assert story.step(LOOKS) == Run((first,))
