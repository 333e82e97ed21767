"""Where it works: with a list of channels, nowhere else but in direct messages."""

from pathlib import Path

from bot.slack.words import NOT_HERE
from tests.fakes.model import ScriptedModel, say
from tests.rig import helpdesk
from tests.slack.edge import answers, door_of, rows, unheard
from tests.slack.talk import deleted, stored


async def test_elsewhere_a_mention_gets_one_sentence_that_only_its_author_sees_and_leaves_no_row(
    tmp_path: Path,
) -> None:
    async with helpdesk(tmp_path, ScriptedModel(), channels=("C0APPROVE",)) as desk:
        root = await desk.slack.say("U0SAM", "C0IT", "Lunch?")
        await desk.slack.say("U0SAM", "C0IT", "Anyone?", root)
        await desk.slack.say("U0ALEX", "C0IT", "<@U0BOT> hello", root)
        await desk.settle()
        assert [(each.text, each.thread_ts) for each in desk.slack.ephemerals("U0ALEX")] == [(NOT_HERE, root)]
        assert desk.slack.ephemerals("U0SAM") == []
        assert await rows(desk, "inbox") == 0
        assert await answers(desk, root) == []


async def test_there_and_in_direct_messages_it_answers(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Hello."), say("Hi.")]), channels=("C0IT", "C0X")) as desk:
        thread = await desk.say("U0ALEX", "hello")
        assert await answers(desk, thread) == ["Hello."]
        direct = desk.slack.dm("U0ALEX")
        thread = await desk.say("U0ALEX", "hello", channel=direct)
        assert await answers(desk, thread, direct) == ["Hi."]
        assert desk.slack.ephemerals("U0ALEX") == []


async def test_where_slack_does_not_take_the_sentence_nothing_breaks(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel(), channels=("C0APPROVE",)) as desk:
        desk.slack.fail("chat.postEphemeral", 9, "user_not_in_channel")
        async with door_of(desk) as door:
            assert await door.event(unheard(desk, "U0ALEX", "<@U0BOT> hello"), "Ev1") == 200
        assert await rows(desk, "inbox") == 0


async def test_what_was_said_before_a_channel_left_the_list_can_still_be_deleted(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Hm.")])) as desk:
        thread = await desk.say("U0ALEX", "my password is swordfish")
        await desk.settle()
    async with helpdesk(tmp_path, ScriptedModel(), slack=desk.slack, channels=("C0APPROVE",)) as again:
        await deleted(again, "U0ALEX", thread)
        assert "swordfish" not in await stored(again)
