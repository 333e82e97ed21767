"""What a request keeps through its versions and afterwards: its authors, who is out, since when people are asked."""

import pytest

from bot.core import words
from bot.core.steps import Resolve
from tests.core.story import (
    ADMIN,
    ADMINS,
    ALEX,
    ALEX_RECORD,
    DANA,
    GIVE,
    GROUP,
    IN_GROUP,
    KIM,
    NOON,
    OMAR,
    RESET,
    Story,
    known_call,
)

LESS, MORE = GIVE.replace("8", "4"), GIVE.replace("8", "9")


# ── versions ──


def test_what_runs_is_to_the_letter_what_the_card_shows() -> None:
    story = Story()
    call, number = story.asked("reset", ' { "user_id" : "U-456" } ')
    assert story.thread.asks[number].request.arguments == RESET
    assert story.thread.works[call].arguments == RESET


def test_who_raised_a_number_is_an_author_of_it_for_good_and_who_lowered_one_is_none() -> None:
    story = Story()
    _, number = story.given(GROUP, sources=IN_GROUP)
    story.edit(number, LESS, DANA, policy=GROUP)
    assert story.thread.asks[number].editors == frozenset()
    story.edit(number, MORE, KIM, policy=GROUP)
    story.edit(number, GIVE, OMAR, policy=GROUP)
    story.edit(number, GIVE.replace("8", "10"), OMAR, policy=GROUP)
    assert story.thread.asks[number].editors == {KIM, OMAR}


def test_people_are_asked_since_the_first_version() -> None:
    story = Story()
    _, number = story.given()
    story.pass_time(minutes=20)
    story.edit(number, LESS)
    assert story.thread.asks[number].asked_at == NOON


@pytest.mark.parametrize("way", ["edited", "asked anew"])
def test_a_call_touches_what_its_newest_request_says(way: str) -> None:
    story = Story()
    call, number = story.given()
    if way == "edited":
        story.edit(number, LESS, subject=ADMIN, resource=ADMINS)
    else:
        story.approve(number)
        story.hold(call, call=known_call(subject=ADMIN, resource=ADMINS))
        story.take()
    known = story.thread.works[call].known
    assert known
    assert (known.subject, known.resource) == (ADMIN, ADMINS)


# ── asked anew ──


def test_who_spoke_since_is_out_of_what_is_asked_anew_with_those_who_were_out() -> None:
    story = Story()
    call, number = story.asked(policy=GROUP, sources=IN_GROUP)
    story.approve(number, DANA, policy=GROUP)
    story.answer(story.turn("do it", KIM))
    story.hold(call, voters={})
    story.take(GROUP)
    anew = story.thread.asks[story.thread.head]
    assert anew.excluded == {ALEX, "U0SAM", KIM}


def test_a_look_before_people_were_asked_is_none_for_the_start_after_they_approved() -> None:
    # given: Alex may unlock himself, until a look right before the start shows that he became an administrator
    story = Story()
    (call,) = story.calls(story.turn(), ("unlock", '{"user_id":"U-123"}'))
    story.know(call, ALEX_RECORD)
    admin = ALEX_RECORD.model_copy(update={"privileged": True})
    story.hold(call, call=known_call(subject=admin, requester=admin))
    story.take()
    story.take()

    # then: whatever was seen then is looked up again, also within the seconds that a look is good for
    for _ in ("at first", "and once more where it was asked anew"):
        number = story.thread.head
        story.approve(number, DANA)
        story.approve(number, OMAR)
        assert story.step() == Resolve("start", call)
        story.hold(call, voters={})
        story.take()


def test_twenty_requests_that_are_over_are_remembered_so_that_a_late_click_is_told_who_decided() -> None:
    story = Story()
    numbers = []
    for more in range(22):
        _, number = story.asked("reset", f'{{"user_id":"U-{500 + more}"}}')
        numbers.append(number)
        story.click(number, ALEX, "withdraw")
        story.take()
        story.answer(story.turn("never mind"))
        story.click(numbers[0], DANA)
        told = story.refused()
        assert (told == words.UNKNOWN_REQUEST) == (more > 20), "the newest one comes on top"
    assert [*story.thread.asks] == numbers[1:]
