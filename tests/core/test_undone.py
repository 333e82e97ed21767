"""What cards tell of how it ended: that it failed, and that it was taken back, once; and what else ends with that."""

import pytest

from bot.core import items, words
from bot.core.endings import ending
from bot.core.steps import Run
from tests.core.story import ALEX, ALEX_RECORD, GIVE, NOON, REPORTS, SAM, SAM_RECORD, Story
from tests.core.toolbox import MENU
from tools.spec import Resource

WIKI = Resource(kind="group", id="G-3", name="wiki")


def runs_for_a_time(story: Story, call: int) -> int:
    """The call runs; what the clock is to do at its end."""
    story.hold(call)
    end = ending(story.thread.works[call], MENU["give"], story.now)
    assert end
    story.start(call)
    seq = story.add(end)
    story.result(call)
    return seq


def given(story: Story, resource: Resource = REPORTS) -> tuple[int, int]:
    """Sam has access for eight hours: the request's number, and the call that is to end it."""
    arguments = GIVE.replace("reports", resource.name)
    call, number = story.asked("give", arguments, resource=resource)
    story.approve(number)
    end = runs_for_a_time(story, call)
    story.answer(max(story.thread.turns), "Sam can read them.")
    return number, end


def pressed(story: Story, number: int, actor: str = SAM, resource: Resource = REPORTS) -> int:
    """Somebody presses Undo; the call that makes."""
    story.vouch(story.click(number, actor, "undo"), sources=())
    (undo,) = story.take()
    assert isinstance(undo, items.Call)
    seq = story.thread.head
    story.know(seq, requester={SAM: SAM_RECORD, ALEX: ALEX_RECORD}[actor], resource=resource)
    return seq


def given_back(story: Story, number: int, resource: Resource = REPORTS, output: str = '"ok"') -> None:
    """Sam does not want it any more, which takes nobody else."""
    undo = pressed(story, number, resource=resource)
    story.hold(undo)
    assert story.step() == Run((undo,))
    story.ran(undo, output)


def undone(story: Story) -> list[int]:
    return [number for number, ask in story.thread.asks.items() if ask.undone_at]


def test_each_of_two_things_is_taken_back_by_itself_with_its_own_end() -> None:
    story = Story()
    (reports, reports_end), (wiki, wiki_end) = given(story), given(story, WIKI)
    given_back(story, reports)
    assert undone(story) == [reports]
    assert story.thread.works[reports_end].settled
    assert not story.thread.works[wiki_end].settled
    given_back(story, wiki, WIKI)
    assert undone(story) == [reports, wiki]
    assert story.thread.works[wiki_end].settled


def test_the_card_of_what_was_not_there_any_more_does_not_say_that_it_was_taken_back() -> None:
    story = Story()
    number, end = given(story)
    given_back(story, number, output="null")
    assert undone(story) == []
    assert not story.thread.works[end].settled


def test_of_what_was_asked_anew_the_card_that_counted_says_that_it_was_taken_back() -> None:
    story = Story()
    call, old = story.given()
    story.approve(old)
    story.hold(call, voters={})
    story.take()
    anew = story.thread.head
    story.approve(anew)
    runs_for_a_time(story, call)
    story.answer(min(story.thread.turns))
    given_back(story, anew)
    assert undone(story) == [anew]


def test_an_undo_that_waits_for_people_goes_on_waiting_when_the_clock_was_first_which_the_card_tells() -> None:
    # given: Alex wants it back, and nobody decides that for hours
    story = Story()
    number, end = given(story)
    undo = pressed(story, number, ALEX)
    story.take()
    waiting = story.thread.head
    story.pass_time(hours=8)
    story.hold(end)
    story.ran(end)
    assert story.thread.asks[number].undone_at == story.now
    assert story.thread.waits(story.thread.works[undo])

    # then: it may be approved all the same, and the card goes on telling when it ended
    ended = story.now
    story.pass_time(hours=1)
    story.approve(waiting)
    story.hold(undo)
    story.ran(undo)
    assert story.thread.asks[number].undone_at == ended


def test_an_end_that_runs_already_when_somebody_takes_it_back_ends_by_itself() -> None:
    story = Story()
    number, end = given(story)
    undo = pressed(story, number)
    story.hold(undo)
    story.start(undo)
    story.pass_time(hours=8)
    story.hold(end)
    story.start(end)
    story.result(undo)
    assert not story.thread.works[end].settled
    story.result(end, output="null")
    assert story.thread.works[end].settled


def test_the_request_for_an_undo_quotes_nothing_that_was_said_about_what_it_takes_back() -> None:
    story = Story()
    number, _ = given(story)
    pressed(story, number, ALEX)
    (request,) = story.take()
    assert isinstance(request, items.Request)
    assert (request.note, request.words, request.words_ts) == ("", "", "")


# ── how calls ended ──


@pytest.mark.parametrize("length", [10, 5_000])
def test_a_card_tells_when_and_how_it_failed_in_a_few_lines(length: int) -> None:
    story = Story()
    call, number = story.asked()
    story.approve(number)
    story.pass_time(minutes=5)
    story.hold(call)
    story.start(call)
    story.result(call, "failed", "n" * length)
    ask = story.thread.asks[number]
    assert (ask.ended, ask.ended_at, ask.asked_at) == ("failed", story.now, NOON)
    assert ask.ended_text == ("N" + "n" * 9 if length == 10 else "N" + "n" * 248 + "…")


def test_a_card_says_why_it_did_not_start() -> None:
    story = Story()
    call, number = story.asked()
    story.approve(number)
    story.hold(call, refusal=words.NOT_LOOKED_UP)
    story.take()
    ask = story.thread.asks[number]
    assert (ask.ended, ask.ended_text) == ("refused", words.for_people(words.NOT_LOOKED_UP))
