"""What a stop ends, whose it may be, and what becomes of the calls of a turn that was stopped."""

from datetime import timedelta

import pytest

from bot.core import items, words
from bot.core.status import status
from bot.core.steps import Resolve, Run, Wait
from bot.core.stops import stopping, typed
from bot.run.admission import admitted
from bot.store.arrivals import MessageArrived, ThreadId
from tests.core.story import ALEX, DANA, EVE, GIVE, SAM, Story


def pressed(story: Story, actor: str = ALEX, **earlier: float) -> int:
    return story.add(items.Stop(actor=actor, pressed_at=story.now - timedelta(**earlier), channel="C1"))


def all_of(story: Story) -> list[items.Item]:
    """Everything that is written until there is nothing to write."""
    new: list[items.Item] = []
    while not isinstance(story.step(), Wait):
        new += story.take()
    return new


def test_only_the_turns_author_stops_it_where_others_read_along() -> None:
    story = Story()
    story.turn()
    pressed(story, SAM)
    assert stopping(story.thread) == frozenset()
    (refused,) = story.take()
    assert isinstance(refused, items.StopRefused)
    assert (refused.channel, refused.reason) == ("C1", words.NOT_YOUR_TURN)
    assert status(story.thread) == "processing"


def test_in_a_direct_message_whoever_reads_it_stops_it() -> None:
    story = Story(private=True)
    turn = story.turn()
    pressed(story, SAM)
    assert stopping(story.thread) == {turn}


def test_a_stop_where_nothing_is_done_is_told_to_nobody() -> None:
    story = Story()
    story.answer(story.turn())
    pressed(story)
    (refused,) = story.take()
    assert isinstance(refused, items.StopRefused)
    assert refused.channel is None
    assert isinstance(story.step(), Wait)


def test_a_stop_pressed_before_the_message_was_sent_is_not_for_it() -> None:
    story = Story()
    said = story.now.timestamp()
    story.add(items.UserMessage(author=ALEX, text="help", ts=f"{said:.6f}"))
    pressed(story, seconds=1)
    assert stopping(story.thread) == frozenset()


def test_of_two_authors_only_the_one_who_stops_is_stopped() -> None:
    story = Story()
    first, second = story.turn(), story.turn(author=SAM)
    pressed(story)
    (over,) = story.take()
    assert isinstance(over, items.TurnOver)
    assert (over.turn, over.why, over.text) == (first, "stopped", words.STOPPED)
    assert story.thread.busy(story.thread.turns[second])


def test_a_request_that_waits_is_withdrawn_by_its_author() -> None:
    story = Story()
    _, number = story.asked()
    pressed(story)
    over, close = all_of(story)
    assert isinstance(over, items.TurnOver)
    assert close == items.Close(request=number, verdict="withdrawn", by=ALEX)
    assert status(story.thread) == "active"


def test_an_approved_call_that_has_not_started_does_not_start() -> None:
    story = Story()
    call, number = story.asked()
    story.approve(number)
    pressed(story)
    assert [each.kind for each in all_of(story)] == ["turn_over", "refused"]
    assert story.thread.works.get(call) is None or story.thread.works[call].settled


def test_a_call_that_runs_is_waited_for_and_not_tried_again() -> None:
    story = Story()
    (call,) = story.calls(story.turn(), ("note_down", '{"text":"a"}'))
    story.start(call)
    pressed(story)
    story.take()
    assert status(story.thread) == "processing"
    assert story.step() == Wait(None)
    story.result(call, "passing", "busy")
    story.pass_time(minutes=1)
    assert [each.kind for each in all_of(story)] == ["tool_unknown"], "nobody knows what the attempt did"
    assert status(story.thread) == "active"


def test_a_look_up_that_was_to_be_tried_again_is_just_not_run() -> None:
    story = Story()
    (call,) = story.calls(story.turn(), ("look", '{"query":"a"}'))
    story.start(call)
    story.add(items.Interrupted(calls=(call,)))
    pressed(story)
    assert [each.kind for each in all_of(story)] == ["turn_over", "refused"]


def test_a_call_that_joined_anothers_request_has_what_becomes_of_that() -> None:
    story = Story()
    _, number = story.given()
    story.answer(story.thread.latest.seq if story.thread.latest else 0)
    (call,) = story.calls(story.turn(author=SAM), ("give", GIVE))
    story.know(call, resource=story.thread.asks[number].request.resource)
    (joined,) = story.take()
    assert isinstance(joined, items.Joined)
    pressed(story, SAM)
    assert [each.kind for each in all_of(story)] == ["turn_over"]
    assert story.thread.waits(story.thread.works[call])
    story.pass_time(hours=30)
    story.take()
    assert story.thread.works[call].settled


def test_a_call_that_joined_what_was_approved_since_is_left_to_it() -> None:
    story = Story()
    first, number = story.given()
    story.answer(min(story.thread.turns))
    (call,) = story.calls(story.turn(author=EVE), ("give", GIVE))
    story.know(call, resource=story.thread.asks[number].request.resource)
    story.take()
    pressed(story, EVE)
    story.take()
    story.approve(number)
    assert story.step() == Resolve("start", first)
    assert not story.thread.works[call].settled


def test_what_the_clock_is_to_end_ends_all_the_same() -> None:
    story = Story()
    turn = story.turn()
    (give,) = story.calls(turn, ("give", GIVE))
    due = story.now + timedelta(hours=8)
    arguments = '{"user_id":"U-456","group":"reports"}'
    end = story.add(items.Call(origin="clock", turn=turn, tool="take", arguments=arguments, of=give, due=due))
    pressed(story)
    assert [each.kind for each in all_of(story)] == ["turn_over", "refused"]
    story.pass_time(hours=8)
    story.hold(end)
    assert story.step() == Run((end,))


def test_a_second_stop_finds_nothing() -> None:
    story = Story()
    story.asked()
    pressed(story)
    pressed(story)
    assert [each.kind for each in all_of(story)] == ["turn_over", "stop_refused", "close"]


@pytest.mark.parametrize("said", ["stop", "Stop!", "STOP.", "please stop", "stop, please"])
def test_a_typed_stop_is_one_only_alone_and_by_whom_the_work_is_for(said: str) -> None:
    story = Story()
    story.turn()
    assert typed(story.thread, ALEX, said)
    assert not typed(story.thread, DANA, said)
    assert not typed(story.thread, ALEX, f"{said} the wifi")
    story.answer(story.thread.turns[max(story.thread.turns)].seq)
    assert not typed(story.thread, ALEX, said), "nothing is done any more: it is a message"


def test_words_that_were_cut_off_are_all_that_is_said() -> None:
    story = Story()
    turn = story.turn()
    seen = story.thread.head
    pressed(story)
    story.cut_off(turn, seen)
    (over,) = story.take()
    assert isinstance(over, items.TurnOver)
    assert over.text == ""
    assert isinstance(story.step(), Wait)


def test_what_is_said_behind_a_stop_nobody_answered_yet_does_not_save_what_it_ends() -> None:
    story, place = Story(), ThreadId(tenant="T1", channel="C1", thread_ts="1.1", private=False)
    for number, said in enumerate(("disable bob", "stop", "I meant carol")):
        at = story.now + timedelta(seconds=number)
        arrived = MessageArrived(thread=place, author=ALEX, text=said, ts=f"{at.timestamp():.6f}")
        for item in admitted(story.thread, story.entries, arrived, at):
            story.add(item)
    first, _, second = (entry.seq for entry in story.entries[1:])
    assert stopping(story.thread) == {first}
    story.take()
    assert story.thread.turns[first].stopped
    assert story.thread.turns[second].words == "I meant carol"
    assert not story.thread.turns[second].over
