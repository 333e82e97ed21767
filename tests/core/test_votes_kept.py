"""What votes and denials are worth when something else happens, and what the words beside them bar."""

from datetime import timedelta

from bot.core import items, words
from bot.core.decide import decide
from bot.core.policy import Policy
from bot.core.steps import Append, CallModel
from tests.core.story import (
    ADMIN,
    ALEX,
    DANA,
    EVE,
    GIVE,
    GROUP,
    IN_GROUP,
    KIM,
    OMAR,
    POLICY,
    RESET,
    Story,
)
from tests.core.toolbox import MENU

OTHER = '{"user_id":"U-457"}'
LESS, MORE = GIVE.replace("8", "4"), GIVE.replace("8", "9")


def asked_next(story: Story) -> items.Request:
    """Alex goes on, and asks for a reset of somebody else."""
    (call,) = story.calls(max(story.thread.turns), ("reset", OTHER))
    story.know(call)
    (request,) = story.take()
    assert isinstance(request, items.Request)
    return request


def test_votes_stay_when_somebody_else_asks_for_the_same() -> None:
    story = Story()
    call, number = story.asked(policy=GROUP, subject=ADMIN, sources=IN_GROUP)
    story.approve(number, DANA, policy=GROUP)
    (second,) = story.calls(story.turn(author=EVE, record="U-789"), ("reset", RESET))
    story.know(second, ADMIN, sources=IN_GROUP)
    story.take(GROUP)
    story.approve(number, OMAR, policy=GROUP)
    assert story.thread.works[call].approved


def test_who_denied_is_not_among_those_who_approved() -> None:
    story = Story()
    _, number = story.asked(policy=GROUP, subject=ADMIN, sources=IN_GROUP)
    story.approve(number, DANA, policy=GROUP)
    story.vouch(story.click(number, OMAR, "deny", reason="no"))
    story.take(GROUP)
    assert [*story.thread.asks[number].voted] == [DANA]


def test_those_who_are_asked_later_do_not_count_before() -> None:
    later = Policy(approvers=(DANA, KIM), escalate_after=timedelta(hours=2), escalate_to=("S9",))
    story = Story()
    _, number = story.asked(policy=later, sources={DANA: (DANA,), KIM: (KIM,), "S9": (OMAR,)})
    assert story.thread.asks[number].missing({OMAR: ("S9",)}) == 1
    story.pass_time(hours=2)
    story.take(later)
    assert story.thread.asks[number].missing({OMAR: ("S9",)}) == 0


def test_who_gave_a_reason_for_a_denial_decides_nothing_that_follows_with_any_account() -> None:
    story = Story()
    _, number = story.asked()
    story.vouch(story.click(number, DANA, "deny", reason="take U-457 instead"), record="U-1")
    story.take()
    asked_next(story)
    story.vouch(story.click(story.thread.head, OMAR), record="U-1")
    assert story.refused() == words.SAME_PERSON


def test_who_only_lowered_a_number_may_decide_what_is_asked_for_later() -> None:
    story = Story()
    _, number = story.given()
    story.edit(number, LESS, DANA)
    assert DANA in asked_next(story).approvers
    story = Story()
    _, number = story.given()
    story.edit(number, MORE, DANA)
    assert asked_next(story).approvers == (OMAR,), "what she wrote is in front of the model"


def test_words_beside_an_approval_reach_nobody_and_bar_nobody() -> None:
    story = Story()
    _, number = story.asked()
    story.vouch(story.click(number, DANA, reason="fine"), record="U-1")
    story.take()
    request = asked_next(story)
    assert DANA in request.approvers
    assert "U-1" not in request.excluded_records


def test_a_reason_of_nobody_makes_nobody_a_speaker() -> None:
    story = Story()
    story.asked()
    speakers, influences = story.thread.speakers, story.thread.influences
    less = {name: each for name, each in MENU.items() if name != "reset"}
    step = decide(story.thread, less, POLICY, story.now)
    assert isinstance(step, Append)
    for item in step.items:
        story.add(item)
    assert (story.thread.speakers, story.thread.influences) == (speakers, influences)


def test_who_denies_what_they_asked_for_themselves_is_told_what_came_of_it() -> None:
    alone = Policy(approvers=(ALEX, DANA), allow_self_approval=True)
    story = Story()
    _, number = story.asked(policy=alone, sources={ALEX: (ALEX,), DANA: (DANA,)})
    story.vouch(story.click(number, ALEX, "deny", reason="no"))
    story.take(alone)
    assert story.step(alone) == CallModel(min(story.thread.turns), last=False)
