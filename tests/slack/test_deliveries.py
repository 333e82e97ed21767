"""What the log wants shown is shown once and in order, whatever Slack does; what Slack never takes is given up."""

from pathlib import Path

import pytest

from bot.core import words
from bot.model.demo import DemoModel
from bot.playground.web_api import ANSWER_LOST, CONNECTION_LOST
from bot.slack import delivery
from tests.fakes.model import ScriptedModel, call, say
from tests.rig import Helpdesk, helpdesk
from tests.slack.edge import answers

RESET = "Please reset the password of U-456"


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "RETRY", 0.05)


def calls(desk: Helpdesk, method: str) -> int:
    """How often the bot called the method."""
    return [name for name, _ in desk.slack.calls].count(method)


async def failures(desk: Helpdesk) -> list[tuple[str, str]]:
    """Target and error of each delivery that was given up."""
    query = "SELECT target, failed FROM deliveries WHERE failed IS NOT NULL ORDER BY seq, target"
    rows = await desk.bot.database.run(lambda connection: connection.exec_driver_sql(query).all())
    return [(row.target, row.failed) for row in rows]


@pytest.mark.parametrize("how", [502, "internal_error", CONNECTION_LOST, ANSWER_LOST])
async def test_an_answer_is_posted_once_whatever_befalls_its_post(tmp_path: Path, how: str | int) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on.")])) as desk:
        desk.slack.fail("chat.postMessage", 1, how)
        thread = await desk.say("U0ALEX", "my wifi is down")
        assert await answers(desk, thread) == ["Switch it on."]
        assert calls(desk, "conversations.replies") == 1, "it is looked for before it is posted again"


async def test_a_limit_is_waited_for_and_needs_no_search(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on.")])) as desk:
        desk.slack.limit("chat.postMessage", 2, retry_after=0)
        thread = await desk.say("U0ALEX", "my wifi is down")
        assert await answers(desk, thread) == ["Switch it on."]
        assert (calls(desk, "chat.postMessage"), calls(desk, "conversations.replies")) == (3, 0)


async def test_a_search_that_is_refused_is_repeated_and_never_replaced_by_a_second_post(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on.")])) as desk:
        desk.slack.fail("chat.postMessage", 1, ANSWER_LOST)
        desk.slack.limit("conversations.replies", 1, retry_after=0)
        desk.slack.fail("conversations.replies", 1, 503)
        thread = await desk.say("U0ALEX", "my wifi is down")
        assert await answers(desk, thread) == ["Switch it on."]
        assert calls(desk, "chat.postMessage") == 1


async def test_the_parts_of_an_answer_keep_their_order_through_failures(tmp_path: Path) -> None:
    parts = [f"{number} " + f"word{number} " * 1_500 for number in range(4)]
    async with helpdesk(tmp_path, ScriptedModel([say("\n\n".join(parts))])) as desk:
        desk.slack.limit("chat.postMessage", 1, retry_after=0)
        desk.slack.fail("chat.postMessage", 1, ANSWER_LOST)
        desk.slack.limit("chat.postMessage", 1, retry_after=0)
        thread = await desk.say("U0ALEX", "tell me everything")
        shown = " ".join(await answers(desk, thread)).split()
        assert shown == " ".join(parts).split()


async def test_an_update_whose_answer_was_lost_is_made_again(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk:
        thread = await desk.say("U0ALEX", RESET)
        await desk.settle()
        desk.slack.fail("chat.update", 1, ANSWER_LOST)
        desk.slack.fail("chat.update", 1, CONNECTION_LOST)
        await desk.click("U0DANA", desk.card(thread), "approve")
        await desk.settle()
        assert "Done" in str(desk.card(thread).blocks)


async def test_a_message_slack_never_takes_is_given_up_and_the_next_one_is_shown(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Lost."), say("Shown.")])) as desk:
        desk.slack.fail("chat.postMessage", 1, "channel_not_found")
        thread = await desk.say("U0ALEX", "hello")
        await desk.settle()
        assert await failures(desk) == [("thread", "channel_not_found")]
        await desk.slack.say("U0ALEX", "C0IT", "hello?", thread)
        assert await answers(desk, thread) == ["Shown."]


async def test_a_card_nobody_got_closes_its_request_and_the_thread_is_told(tmp_path: Path) -> None:
    model = ScriptedModel([call("reset_password", user_id="U-456"), say("Nobody can be asked just now.")])
    async with helpdesk(tmp_path, model) as desk:
        desk.slack.fail("chat.postMessage", 1, "restricted_action")
        thread = await desk.say("U0ALEX", RESET)
        await desk.settle()
        (close,) = [item for item in await desk.items(thread) if item.kind == "close"]
        assert (close.verdict, close.by) == ("void", None)
        assert "Nobody can be asked just now." in desk.transcript(thread)[-1]
        assert "could not be shown" in model.prompts[-1].items[-1].text  # type: ignore[union-attr]


async def test_a_link_that_cannot_be_delivered_is_told_in_the_thread(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk:
        thread = await desk.say("U0ALEX", RESET)
        await desk.settle()
        # the one to Sam, and the one to Sam's manager
        desk.slack.fail("chat.postMessage", 2, "user_disabled")
        await desk.click("U0DANA", desk.card(thread), "approve")
        await desk.settle()
        assert f"U0BOT: {words.LINK_LOST}" in desk.transcript(thread)


async def test_in_a_direct_message_a_card_no_approver_got_closes_its_request(tmp_path: Path) -> None:
    model = ScriptedModel([call("reset_password", user_id="U-456"), say("Nobody can be asked just now.")])
    async with helpdesk(tmp_path, model) as desk:
        direct = desk.slack.dm("U0ALEX")
        desk.slack.fail("conversations.open", 2, "user_disabled")
        thread = await desk.say("U0ALEX", RESET, channel=direct)
        await desk.settle()
        card = desk.card(thread, direct)
        assert "could not be shown to anybody who may approve it" in str(card.blocks)
        assert "approval.withdraw" not in str(card.blocks)


async def test_in_a_direct_message_one_approver_reached_is_enough(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk:
        direct = desk.slack.dm("U0ALEX")
        desk.slack.fail("conversations.open", 1, "user_disabled")
        thread = await desk.say("U0ALEX", RESET, channel=direct)
        await desk.settle()
        assert "close" not in await desk.kinds(thread, direct)
        (card,) = desk.slack.messages("D0OMAR") or desk.slack.messages("D0DANA")
        await desk.click("U0OMAR" if card.channel == "D0OMAR" else "U0DANA", card, "approve")
        await desk.settle()
        assert "Done" in str(desk.card(thread, direct).blocks)


async def test_a_private_word_that_cannot_be_shown_holds_nothing_up(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk:
        thread = await desk.say("U0ALEX", RESET)
        await desk.settle()
        desk.slack.fail("chat.postEphemeral", 1, "user_not_in_channel")
        await desk.click("U0MARIA", desk.card(thread), "approve")
        await desk.click("U0DANA", desk.card(thread), "approve")
        await desk.settle()
        assert "Done" in str(desk.card(thread).blocks)
        assert await failures(desk) == [("only:C0IT:U0MARIA", "user_not_in_channel")]


@pytest.mark.parametrize("code", ["ratelimited", "rate_limited", "internal_error", "service_unavailable"])
async def test_an_answer_slack_does_not_take_just_now_is_shown_later(tmp_path: Path, code: str) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Here.")])) as desk:
        desk.slack.fail("chat.postMessage", 1, code)
        thread = await desk.say("U0ALEX", "hello")
        await desk.settle()
        assert await answers(desk, thread) == ["Here."]
        assert await failures(desk) == []
