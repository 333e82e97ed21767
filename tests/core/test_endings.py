"""What is given for a time ends by itself: due at its hour, or when the person leaves, tried until it is done."""

import json
from datetime import timedelta

import pytest

from bot.core import items, words
from bot.core.decide import LONGEST_RETRY, decide
from bot.core.endings import ending
from bot.core.steps import Append, Resolve, Run, Wait
from tests.core.story import DANA, GIVE, NOON, POLICY, REPORTS, SAM, SAM_RECORD, Story
from tests.core.toolbox import MENU
from tools.spec import Risk, Undo, tool


def given() -> tuple[Story, int]:
    """Sam has access to the reports for eight hours, and everybody was told; the call that is to end it."""
    story = Story()
    call, number = story.given()
    story.approve(number)
    story.hold(call)
    end = ending(story.thread.works[call], MENU["give"], story.now)
    assert end
    story.start(call)
    seq = story.add(end)
    story.result(call)
    story.answer(min(story.thread.turns))
    return story, seq


def hold(story: Story, end: int, **changes: object) -> None:
    story.hold(end, **({"call": None, "voters": {}} | changes))  # type: ignore[arg-type]  # each value fits its key


def test_it_waits_for_its_hour_and_then_needs_nobody() -> None:
    story, end = given()
    work = story.thread.works[end]
    assert (work.due, work.call.subject, work.call.tool) == (NOON + timedelta(hours=8), SAM_RECORD.record, "take")
    assert story.step() == Wait(NOON + timedelta(hours=8))
    story.pass_time(hours=8, seconds=-1)
    assert isinstance(story.step(), Wait)
    story.pass_time(seconds=1)
    assert story.step() == Resolve("start", end), "everything may stand still"
    hold(story, end)
    assert story.step() == Run((end,))
    story.ran(end)
    assert story.step() == Wait(None), "no model is told"


def test_it_takes_back_exactly_what_was_given_in_the_version_that_ran() -> None:
    story = Story()
    call, number = story.given()
    story.edit(number, GIVE.replace("8", "2"))
    story.approve(number)
    story.hold(call)
    end = ending(story.thread.works[call], MENU["give"], story.now)
    assert end
    assert end.due == NOON + timedelta(hours=2)
    assert end.arguments == '{"user_id": "U-456", "group": "reports"}'


def test_what_gives_nothing_for_a_time_has_no_end() -> None:
    story = Story()
    call, _ = story.asked()
    assert ending(story.thread.works[call], MENU["reset"], story.now) is None


def test_what_is_given_without_a_number_of_hours_has_no_end() -> None:
    @tool(
        risk=Risk.HIGH,
        subject="user_id",
        idempotent=True,
        undo="Take it back.",
        undone_by=Undo("take", ("user_id",)),
        ends_after="hours",
    )
    async def give(user_id: str, hours: int | None = None) -> str:
        """Give."""
        return f"{user_id} {hours}"

    story = Story()
    call, _ = story.asked()
    assert ending(story.thread.works[call], give, story.now) is None


def test_who_leaves_loses_it_at_once_and_nobody_else_does() -> None:
    story, end = given()
    story.add(items.PersonLeft(record="U-999"))
    assert isinstance(story.step(), Wait)
    story.add(items.PersonLeft(record="U-456"))
    assert story.step() == Resolve("start", end)


def test_a_failure_is_tried_again_without_end_and_at_least_every_ten_minutes() -> None:
    story, end = given()
    story.pass_time(hours=8)
    for _ in range(40):
        hold(story, end)
        assert story.step() == Run((end,))
        story.start(end)
        story.result(end, "passing", "the directory is down")
        step = story.step()
        assert isinstance(step, Wait)
        assert step.until
        assert story.now < step.until <= story.now + LONGEST_RETRY
        story.now = step.until


def test_workers_that_die_do_not_end_the_trying() -> None:
    story, end = given()
    story.pass_time(hours=8)
    for _ in range(10):
        hold(story, end)
        assert story.step() == Run((end,))
        story.start(end)
        story.add(items.Interrupted(calls=(end,)))


def test_a_freeze_puts_it_off_and_does_not_lose_it() -> None:
    story, end = given()
    story.pass_time(hours=8)
    hold(story, end, frozen=True)
    (put_off,) = story.take()
    assert isinstance(put_off, items.Postponed)
    assert story.step() == Wait(put_off.until)
    story.now = put_off.until
    hold(story, end)
    assert story.step() == Run((end,))


def test_what_a_freeze_put_off_ends_as_soon_as_things_may_go_on() -> None:
    story, end = given()
    story.pass_time(hours=8)
    hold(story, end, frozen=True)
    story.take()
    assert isinstance(story.step(), Wait)
    story.add(items.Thawed())
    assert story.step() == Resolve("start", end)


def test_what_is_not_due_yet_does_not_end_because_things_may_go_on() -> None:
    story, _ = given()
    story.add(items.Thawed())
    assert story.step() == Wait(NOON + timedelta(hours=8))


def test_the_end_is_put_off_and_not_given_up_where_nothing_can_be_looked_up() -> None:
    story, end = given()
    story.pass_time(hours=8)
    hold(story, end, refusal=words.START_UNKNOWN)
    (put_off,) = story.take()
    assert isinstance(put_off, items.Postponed)


def test_the_end_is_put_off_where_its_tool_is_gone() -> None:
    story, _ = given()
    story.pass_time(hours=8)
    less = {name: each for name, each in MENU.items() if name != "take"}
    step = decide(story.thread, less, POLICY, story.now)
    assert isinstance(step, Append)
    assert isinstance(step.items[0], items.Postponed)


@pytest.mark.parametrize("looked_up", [False, True])
def test_the_end_is_put_off_where_its_tool_takes_other_arguments(looked_up: bool) -> None:
    @tool(risk=Risk.MEDIUM, subject="user_id", idempotent=True)
    async def take(user_id: str, where: str) -> str:
        """Take."""
        return user_id + where

    story, end = given()
    story.pass_time(hours=8)
    if looked_up:
        hold(story, end)
    step = decide(story.thread, {**MENU, "take": take}, POLICY, story.now)
    assert isinstance(step, Append)
    assert isinstance(step.items[0], items.Postponed)


def test_who_gives_it_back_before_its_hour_has_nothing_left_to_end() -> None:
    story, end = given()
    number = next(iter(story.thread.asks))
    story.vouch(story.click(number, SAM, "undo"), sources=())
    story.take()
    undo = story.thread.head
    story.know(undo, requester=SAM_RECORD, resource=REPORTS)
    story.hold(undo)
    story.ran(undo)
    assert story.thread.works[end].settled
    story.pass_time(hours=8)
    assert story.step() == Wait(None)
    assert story.thread.asks[number].undone_at == NOON


def test_nobody_clicks_an_end_away_and_who_takes_it_back_first_is_told_so_later() -> None:
    story, end = given()
    number = next(iter(story.thread.asks))
    story.pass_time(hours=8)
    hold(story, end)
    story.ran(end)
    assert story.thread.asks[number].undone_at == story.now
    story.click(number, DANA, "undo")
    assert story.refused() == words.UNDONE


def test_an_end_is_made_for_the_clock_alone_and_no_request_is_posted_for_it() -> None:
    story, end = given()
    story.pass_time(days=30)
    assert story.step() == Resolve("start", end)
    assert not [entry for entry in story.entries if isinstance(entry.item, items.Request) and entry.item.call == end]


def test_hours_left_to_the_tool_end_as_well() -> None:
    @tool(
        risk=Risk.HIGH,
        subject="user_id",
        idempotent=True,
        undo="Take it back.",
        undone_by=Undo("take", ("user_id", "group")),
        ends_after="hours",
    )
    async def give(user_id: str, group: str = "reports", hours: int = 8) -> str:
        """Give."""
        return f"{user_id} {group} {hours}"

    story = Story()
    call, _ = story.asked()
    end = ending(story.thread.works[call], give, story.now)
    assert end
    assert end.due == NOON + timedelta(hours=8)
    assert json.loads(end.arguments) == {"user_id": "U-456", "group": "reports"}
