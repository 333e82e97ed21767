"""Who is an author of an edited request, and so has no say in it; and what an edit leaves as it was."""

from datetime import timedelta

import pytest

from bot.core import items, words
from bot.core.edits import editable
from bot.core.policy import Policy
from tests.core.story import (
    ALEX,
    DANA,
    EVE,
    GIVE,
    GROUP,
    IN_GROUP,
    KIM,
    OMAR,
    Story,
)
from tests.core.toolbox import MENU
from tools.spec import Risk, tool

MORE, LESS = GIVE.replace("8", "9"), GIVE.replace("8", "4")
#: where people may approve what they ask for, and where they may not
TRIAL = Policy(approvers=(ALEX, DANA, OMAR), allow_self_approval=True)
STRICT = Policy(approvers=(ALEX, DANA, OMAR))
EVERYBODY = {ALEX: (ALEX,), DANA: (DANA,), OMAR: (OMAR,)}


@tool(risk=Risk.HIGH, subject="user_id", narrow=("hours", "days"), idempotent=True)
async def lend(user_id: str, hours: int = 24, days: int | None = None, size: int = 1, why: str = "") -> str:
    """Lend somebody something."""
    return f"{user_id} {hours} {days} {size} {why}"


def lent(**given: object) -> str:
    return lend.arguments(**{"user_id": "U-456"} | given).model_dump_json()


@pytest.mark.parametrize(
    ("before", "after", "author"),
    [
        (lent(), lent(hours=4), False),
        (lent(days=3), lent(hours=4, days=2), False),
        (lent(), lent(hours=48), True),
        (lent(), lent(hours=4, size=2), True),
        (lent(), lent(hours=4, why="for the audit"), True),
        (lent(size=3), lent(size=2), True),
        (lent(), lent(days=2), True),
        (lent(days=2), lent(), True),
        (lent(hours=4), '{"user_id":"U-456","days":null,"size":1,"why":""}', True),
    ],
    ids=[
        "a limit lowered", "two limits lowered", "a limit raised", "something else raised, too", "a text, too",
        "a number lowered that is no limit", "a limit where there was none", "no limit any more", "a limit left out",
    ],
)  # fmt: skip
def test_only_who_lowers_nothing_but_limits_may_approve_what_they_edited(before: str, after: str, author: bool) -> None:
    story = Story()
    story.tools = {**MENU, "lend": lend}
    _, number = story.asked("lend", before)
    assert isinstance(story.edit(number, after, DANA), items.Request)
    click = story.click(number, DANA)
    if author:
        assert "because you changed its arguments" in story.refused()
        return
    story.vouch(click)
    assert isinstance(story.take()[0], items.Decision)


def test_an_edit_changes_anything_but_whom_and_what_it_touches() -> None:
    assert editable(MENU["give"]) == ("hours",)
    assert editable(MENU["write_report"]) == ("text",)
    assert editable(MENU["wipe"]) == ()
    assert editable(MENU["look"]) == ("query",)


def test_who_spoke_since_the_card_was_posted_decides_on_no_later_version() -> None:
    story = Story()
    _, number = story.given(GROUP, sources=IN_GROUP)
    story.turn("four are plenty", DANA, record="U-DANA")
    made = story.edit(number, LESS, KIM, policy=GROUP)
    assert isinstance(made, items.Request)
    assert made.approvers == (OMAR, KIM)
    story.click(number, DANA)
    assert "your messages were part of what led to it" in story.refused(GROUP)
    story.vouch(story.click(number, OMAR), record="U-DANA")
    assert story.refused(GROUP) == words.SAME_PERSON


def test_who_joined_the_request_is_asked_for_no_later_version() -> None:
    story = Story()
    four = {"S1": (*IN_GROUP["S1"], EVE)}
    _, number = story.given(GROUP, sources=four)
    story.add(items.Joined(call=story.calls(story.turn(), ("give", GIVE))[0], request=number, excluded=(EVE,),
                           excluded_records=("U-789",)))  # fmt: skip
    made = story.edit(number, MORE, KIM, policy=GROUP)
    assert isinstance(made, items.Request)
    assert made.approvers == (DANA, OMAR)
    assert EVE in made.excluded
    assert "U-789" in made.excluded_records


def test_who_only_lowered_a_limit_is_asked_for_what_comes_after_it() -> None:
    story = Story()
    _, number = story.given()
    story.edit(number, LESS, DANA)
    _, later = story.given()
    assert story.thread.asks[later].request.approvers == (DANA, OMAR)


def test_an_editor_is_asked_for_nothing_that_comes_after_it() -> None:
    story = Story()
    _, number = story.given()
    story.edit(number, MORE, DANA)
    _, later = story.given()
    assert story.thread.asks[later].request.approvers == (OMAR,)


def test_where_people_approve_what_they_ask_for_they_approve_what_they_edited() -> None:
    story = Story()
    call, number = story.given(TRIAL, sources=EVERYBODY)
    made = story.edit(number, MORE, ALEX, policy=TRIAL)
    assert isinstance(made, items.Request)
    assert made.self_approval
    story.approve(number, ALEX, policy=TRIAL)
    assert story.thread.works[call].approved


@pytest.mark.parametrize(("before", "now"), [(TRIAL, STRICT), (STRICT, TRIAL)], ids=["not any more", "only now"])
def test_an_editor_approves_only_where_both_versions_were_asked_under_a_policy_that_lets_them(
    before: Policy, now: Policy
) -> None:
    story = Story()
    _, number = story.given(before, sources=EVERYBODY)
    made = story.edit(number, MORE, DANA, policy=now)
    assert isinstance(made, items.Request)
    assert not made.self_approval
    story.click(number, DANA)
    assert "because you changed its arguments" in story.refused(now)


def test_why_what_an_edit_needs_cannot_be_known_is_told_and_nothing_is_changed() -> None:
    story = Story()
    _, number = story.given()
    before = story.thread.asks[number]
    refused = story.edit(number, LESS, refusal="The directory does not answer.")
    assert isinstance(refused, items.ClickRefused)
    assert refused.reason == words.not_edited("The directory does not answer.")
    assert story.thread.asks[number] == before


def test_an_edit_gives_nobody_more_time() -> None:
    patient = Policy(
        approvers=(DANA, OMAR),
        remind_after=timedelta(hours=1),
        escalate_after=timedelta(hours=2),
        escalate_to=(KIM,),
    )
    story = Story()
    _, number = story.given(patient)
    before = story.thread.asks[number].request
    story.pass_time(minutes=50)
    made = story.edit(number, LESS, policy=patient)
    assert isinstance(made, items.Request)
    assert (made.remind_at, made.escalate_at) == (before.remind_at, before.escalate_at)
    assert made.expires_at == before.expires_at


def test_an_edit_of_what_was_asked_anew_still_says_in_place_of_what() -> None:
    story = Story()
    call, number = story.given()
    story.approve(number, DANA)
    story.hold(call, voters={})
    (anew,) = story.take()
    assert isinstance(anew, items.Request)
    again = story.thread.works[call].request
    assert again
    made = story.edit(again, LESS)
    assert isinstance(made, items.Request)
    assert made.renews == anew.renews == number
