"""A request ends when its time is over; a click is judged by when it was pressed, not by when it was read."""

from pathlib import Path

from bot.core.policy import EXPIRES_AFTER
from bot.model.demo import DemoModel
from tests.rig import Helpdesk, helpdesk
from tests.slack.edge import Clock, press, replica
from tests.waiting import until

RESET = "Please reset the password of U-456"
DAY = EXPIRES_AFTER.total_seconds()


def pressed_at(desk: Helpdesk, thread: str, clock: Clock) -> dict[str, object]:
    """Dana's click on Approve, pressed at the clock's time."""
    payload = press(desk, "U0DANA", desk.card(thread), "approve")
    payload["actions"][0]["action_ts"] = f"{clock().timestamp():.6f}"
    return payload


async def test_an_expired_request_says_so_on_its_card_and_takes_no_click(tmp_path: Path) -> None:
    clock = Clock()
    async with helpdesk(tmp_path, DemoModel(), now=clock) as desk:
        thread = await desk.say("U0ALEX", RESET)
        await desk.settle()
        late = desk.card(thread)
        clock.pass_(DAY + 60)
        await until(lambda: "*Expired*" in str(desk.card(thread).blocks))
        assert "approval.approve" not in str(desk.card(thread).blocks)

        await desk.stale_click("U0DANA", late, "approve")
        await desk.settle()
        assert "already expired" in str(desk.slack.ephemerals("U0DANA")[-1].blocks)
        assert not {"decision", "tool_start"} & set(await desk.kinds(thread))


async def test_a_click_pressed_in_time_counts_although_it_is_read_after_the_end(tmp_path: Path) -> None:
    clock = Clock()
    async with helpdesk(tmp_path, DemoModel(), now=clock) as desk:
        thread = await desk.say("U0ALEX", RESET)
        await desk.settle()
    clock.pass_(DAY - 60)
    async with replica(desk) as door:
        await door.interaction(pressed_at(desk, thread, clock))

    clock.pass_(1_800)
    async with helpdesk(tmp_path, DemoModel(), slack=desk.slack, now=clock) as again:
        await until(lambda: "Done" in str(again.card(thread).blocks))
        assert "Approved* by <@U0DANA>" in str(again.card(thread).blocks)


async def test_a_click_pressed_after_the_end_never_counts_even_if_nobody_noticed_the_end_yet(tmp_path: Path) -> None:
    clock = Clock()
    async with helpdesk(tmp_path, DemoModel(), now=clock) as desk:
        thread = await desk.say("U0ALEX", RESET)
        await desk.settle()
    clock.pass_(DAY + 1)
    async with replica(desk) as door:
        await door.interaction(pressed_at(desk, thread, clock))

    async with helpdesk(tmp_path, DemoModel(), slack=desk.slack, now=clock) as again:
        await until(lambda: "*Expired*" in str(again.card(thread).blocks))
        await again.settle()
        assert "already expired" in str(again.slack.ephemerals("U0DANA")[-1].blocks)
        assert not {"decision", "tool_start"} & set(await again.kinds(thread))
