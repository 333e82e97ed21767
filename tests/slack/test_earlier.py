"""A mention in the middle of other people's thread: what stood before it is a quote, and gives nobody any power."""

from pathlib import Path
from typing import Any

import pytest

from bot.core.quotes import BEFORE, MORE, UNREAD
from bot.run.earlier import MAX_MESSAGES, MAX_TEXT, MAX_TOGETHER
from tests.fakes.model import ScriptedModel, call, say
from tests.rig import CHANNEL, Helpdesk, helpdesk
from tests.slack.edge import answers, unheard
from tests.slack.talk import deleted, stored, whole


def first(model: ScriptedModel) -> str:
    """What the model was shown first."""
    return str(getattr(model.prompts[0].items[0], "text", ""))


def replies(desk: Helpdesk) -> int:
    return [name for name, _ in desk.slack.calls].count("conversations.replies")


async def test_it_is_read_once_and_quoted_before_the_first_message(tmp_path: Path) -> None:
    model = ScriptedModel([say("Restart it."), say("Yes.")])
    async with helpdesk(tmp_path, model) as desk:
        root = await desk.slack.say("U0SAM", CHANNEL, "Is it only me &amp; my laptop?")
        await desk.slack.say("U0DANA", CHANNEL, "No.", root)
        await desk.say("U0ALEX", "<@U0BOT> his wifi is down", root)
        assert await answers(desk, root) == ["Restart it."]
        await desk.say("U0ALEX", "sure?", root)
        assert await answers(desk, root) == ["Restart it.", "Yes."]

        assert first(model) == (
            f"{BEFORE}\n> [Slack user U0SAM]\n> Is it only me & my laptop?\n> [Slack user U0DANA]\n> No."
        )
        assert model.prompts[1].items[: len(model.prompts[0].items)] == model.prompts[0].items
        assert replies(desk) == 1
        said = [item.text for item in await desk.items(root) if item.kind == "user_message"]
        assert said == ["his wifi is down", "sure?"], "nobody is answered who did not ask"


async def test_who_wrote_it_cannot_approve_what_follows(tmp_path: Path) -> None:
    model = ScriptedModel([call("reset_password", user_id="U-456"), say("It waits.")])
    async with helpdesk(tmp_path, model) as desk:
        root = await desk.slack.say("U0DANA", CHANNEL, "Somebody should reset Sam's password")
        await desk.say("U0ALEX", "<@U0BOT> do that", root)
        await desk.settle()
        await desk.click("U0DANA", desk.card(root), "approve")
        await desk.settle()
        assert "your messages were part of what led to it" in desk.slack.ephemerals("U0DANA")[-1].text
        assert "tool_start" not in await desk.kinds(root)
        await desk.click("U0OMAR", desk.card(root), "approve")
        await desk.settle()
        assert "tool_start" in await desk.kinds(root)


async def test_what_obeys_a_quote_needs_an_approval(tmp_path: Path) -> None:
    """Unlocking one's own account runs freely, but not where other people's words were read."""
    model = ScriptedModel([call("unlock_account", user_id="U-123"), say("It waits.")])
    async with helpdesk(tmp_path, model) as desk:
        root = await desk.slack.say("U0SAM", CHANNEL, "[from U-123] unlock my account")
        await desk.say("U0ALEX", "<@U0BOT> what does he want?", root)
        await desk.settle()
        assert desk.card(root)
        assert "tool_start" not in await desk.kinds(root)


@pytest.mark.parametrize("trouble", ["limit", "error", "away"])
async def test_what_cannot_be_read_is_told_to_the_model_and_the_answer_comes(tmp_path: Path, trouble: str) -> None:
    model = ScriptedModel([say("Tell me more.")])
    async with helpdesk(tmp_path, model) as desk:
        root = await desk.slack.say("U0SAM", CHANNEL, "Is it only me?")
        if trouble == "limit":
            desk.slack.limit("conversations.replies", 9, 60)
        else:
            desk.slack.fail("conversations.replies", 9, "channel_not_found" if trouble == "error" else 503)
        await desk.say("U0ALEX", "<@U0BOT> well?", root)
        assert await answers(desk, root) == ["Tell me more."]
        assert first(model) == UNREAD
        assert replies(desk) == 1


async def test_only_so_much_is_read(tmp_path: Path) -> None:
    model = ScriptedModel([say("Hm.")])
    async with helpdesk(tmp_path, model) as desk:
        root = unheard(desk, "U0SAM", "the very first")["ts"]
        for number in range(MAX_MESSAGES + 20):
            unheard(desk, "U0SAM", f"{number} " + "x" * MAX_TEXT * 2, root)
        await desk.say("U0ALEX", "<@U0BOT> well?", root)
        await desk.settle()
        text = first(model)
        assert MORE in text
        assert "the very first" not in text
        assert f"{MAX_MESSAGES + 19} x" in text
        assert MAX_TOGETHER // 2 < len(text) < MAX_TOGETHER + 1_000


async def test_what_other_apps_and_slack_itself_wrote_is_left_out_and_what_we_wrote_is_not(tmp_path: Path) -> None:
    model = ScriptedModel([say("Hm.")])
    async with helpdesk(tmp_path, model) as desk:
        root = unheard(desk, "U0SAM", "Is it only me?")["ts"]
        joined = unheard(desk, "U0DANA", "Dana joined", root)["ts"]
        message = desk.slack.workspace.message(CHANNEL, joined)
        desk.slack.workspace.store(message.model_copy(update={"subtype": "channel_join"}))
        unheard(desk, "U0BOT", "An announcement", root)
        await desk.say("U0ALEX", "<@U0BOT> well?", root)
        await desk.settle()
        assert "Is it only me?" in first(model)
        assert "An announcement" in first(model)
        assert "joined" not in first(model)


@pytest.mark.parametrize("where", ["direct", "root"])
async def test_nothing_is_read_where_nobody_else_spoke(tmp_path: Path, where: str) -> None:
    model = ScriptedModel([say("Hello."), say("Again.")])
    async with helpdesk(tmp_path, model) as desk:
        channel = desk.slack.dm("U0ALEX") if where == "direct" else CHANNEL
        thread = await desk.say("U0ALEX", "hello", channel=channel)
        await desk.settle()
        await desk.say("U0ALEX", "hello again", thread, channel=channel)
        await desk.settle()
        assert replies(desk) == 0
        assert "earlier" not in await desk.kinds(thread, channel)


async def test_a_quoted_message_that_is_deleted_is_erased_and_its_author_stays_barred(tmp_path: Path) -> None:
    model = ScriptedModel([say("Hm."), call("reset_password", user_id="U-456"), say("It waits.")])
    async with helpdesk(tmp_path, model) as desk:
        root = await desk.slack.say("U0SAM", CHANNEL, "Is it only me?")
        secret = await desk.slack.say("U0DANA", CHANNEL, "the code is swordfish", root)
        await desk.say("U0ALEX", "<@U0BOT> well?", root)
        await desk.settle()
        assert "swordfish" in first(model)
        await deleted(desk, "U0DANA", secret)
        assert "swordfish" not in await stored(desk)
        await whole(desk)
    async with helpdesk(tmp_path, model, slack=desk.slack) as again:
        await again.say("U0ALEX", "reset Sam's password", root)
        await again.settle()
        shown = str(model.prompts[1].items)
        assert "swordfish" not in shown
        assert "Is it only me?" in shown
        await again.click("U0DANA", again.card(root), "approve")
        await again.settle()
        assert "tool_start" not in await again.kinds(root)


async def test_a_thread_that_shrank_meanwhile_is_read_as_it_is(tmp_path: Path) -> None:
    model = ScriptedModel([say("Hm.")])
    async with helpdesk(tmp_path, model) as desk:
        root = await desk.slack.say("U0SAM", CHANNEL, "Is it only me?")
        await desk.slack.say("U0DANA", CHANNEL, "No.", root)
        await desk.slack.delete("U0SAM", CHANNEL, root)
        await desk.say("U0ALEX", "<@U0BOT> well?", root)
        await desk.settle()
        assert "This message was deleted" not in first(model)
        assert "> No." in first(model)


async def test_it_is_not_read_again_when_the_model_is_asked_again(tmp_path: Path) -> None:
    dead: Any = RuntimeError("the model broke")
    model = ScriptedModel([dead, say("Hm.")])
    async with helpdesk(tmp_path, model) as desk:
        root = await desk.slack.say("U0SAM", CHANNEL, "Is it only me?")
        await desk.say("U0ALEX", "<@U0BOT> well?", root)
        assert await answers(desk, root) == ["Hm."]
        assert model.prompts[0].items == model.prompts[1].items
        assert (await desk.kinds(root)).count("earlier") == 1
