"""A person in IT takes over: they are told once, with all they need, and where others read the bot is silent then."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from bot.core import items
from bot.core.briefing import ANSWERED, NEXT
from bot.core.exchange import Called, Output
from bot.model.demo import DemoModel
from bot.playground.messages import Message
from bot.slack import words
from bot.slack.text import plain
from tests.fakes.model import ScriptedModel, call, say
from tests.rig import CHANNEL, Helpdesk, helpdesk
from tests.slack.cases import live, read
from tests.slack.edge import answers, rows
from tests.slack.test_feedback import answer, asked, click, handed, tickets, told

HUMANS = ("C0APPROVE", "S0SECOPS")


def briefed(answered: str, *said: str) -> str:
    """What a ticket says of somebody whose wifi is down, and who wrote these, too."""
    after = ["\n".join([NEXT, *(f"- {each}" for each in said)])] if said else []
    return "\n\n".join(["my wifi is down", *after, f"{ANSWERED}\n{answered}"])


def posts(desk: Helpdesk, channel: str = "C0APPROVE") -> list[Message]:
    return desk.slack.messages(channel)


async def eventually(desk: Helpdesk, thread: str) -> list[items.HandedOver]:
    """What was handed over, once it was: what failed for a moment is tried again after a while."""
    async with asyncio.timeout(60):
        while not (found := await handed(desk, thread)):
            await asyncio.sleep(0.05)
    await desk.settle()
    return found


async def wanted(desk: Helpdesk, user: str = "U0ALEX") -> str:
    """Alex asked, and somebody pressed Get a human; the thread."""
    thread = await asked(desk)
    await click(desk, user, answer(desk, thread), "human")
    return thread


async def test_the_button_makes_a_ticket_and_tells_people_who_needs_them_and_where(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on.")]), humans=HUMANS) as desk:
        thread = await wanted(desk)
        assert await tickets(desk) == [("U-123", "human", briefed("Switch it on."))]
        (post,) = posts(desk)
        shown = read(post.blocks or [])
        assert "<!subteam^S0SECOPS> :raising_hand: <@U0ALEX> needs a person from IT. Ticket T-1001." in shown
        assert f"{words.BRIEFING}\n>my wifi is down\n>\n>{ANSWERED}\n>Switch it on." in shown
        assert f"archives/C0IT/p{thread.replace('.', '')}" in shown
        assert live(post.blocks) == {"!subteam", "@U0ALEX", "#C0IT"}
        assert desk.transcript(thread)[-1] == f"U0BOT: {words.told('T-1001', 'IT', quiet=True)}"
        assert told(desk, "U0ALEX") == [words.WANTED]


async def test_a_thread_that_it_has_is_closed_until_somebody_calls_us_again(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on."), say("Here I am.")]), humans=HUMANS) as desk:
        thread = await wanted(desk)
        await desk.settle()
        assert desk.slack.status("C0IT", thread) == "closed"
        await desk.say("U0ALEX", "<@U0BOT> are you there?", thread=thread)
        await desk.settle()
        assert desk.slack.status("C0IT", thread) == "active"


async def test_pressing_again_changes_nothing_whoever_presses(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on.")]), humans=HUMANS) as desk:
        thread = await asked(desk)
        shown = answer(desk, thread)
        for user in ("U0ALEX", "U0ALEX", "U0SAM"):
            await desk.slack.click(user, CHANNEL, shown.ts, "human")
        await desk.settle()
        await click(desk, "U0SAM", shown, "human")
        assert len(await handed(desk, thread)) == len(await tickets(desk)) == len(posts(desk)) == 1


async def test_a_colleague_who_presses_is_named_beside_whom_it_is_for(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on.")]), humans=HUMANS) as desk:
        await wanted(desk, "U0SAM")
        assert "<@U0SAM> asks for a person for <@U0ALEX>." in read(posts(desk)[0].blocks or [])
        assert (await tickets(desk))[0][0] == "U-123", "the ticket is of who needs help"


async def test_below_an_older_answer_nobody_elses_question_is_handed_over(tmp_path: Path) -> None:
    """Sam asked something else in the thread since, and his words are his."""
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on."), say("In May.")]), humans=HUMANS) as desk:
        thread = await asked(desk)
        older = answer(desk, thread)
        await desk.say("U0SAM", "<@U0BOT> when do I get my bonus?", thread)
        await desk.settle()
        await click(desk, "U0ALEX", older, "human")
        assert await tickets(desk) == [("U-123", "human", briefed("Switch it on."))]
        shown = read(posts(desk)[0].blocks or [])
        assert "<@U0ALEX> needs a person from IT" in shown
        assert "bonus" not in shown


async def test_below_an_older_answer_all_remembered_words_of_its_reader_are_handed_over(tmp_path: Path) -> None:
    model = ScriptedModel([say("Switch it on."), say("In May."), say("There."), say("Now?")])
    async with helpdesk(tmp_path, model, humans=HUMANS) as desk:
        thread = await asked(desk)
        older = answer(desk, thread)
        for user, words_ in (("U0SAM", "when do I get my bonus?"), ("U0ALEX", "where is the switch?")):
            await desk.say(user, words_, thread)
            await desk.settle()
        await click(desk, "U0ALEX", older, "human")
        assert await tickets(desk) == [("U-123", "human", briefed("There.", "where is the switch?"))]


async def test_a_colleague_who_presses_below_an_older_answer_asks_for_its_reader(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on."), say("In May.")]), humans=HUMANS) as desk:
        thread = await asked(desk)
        older = answer(desk, thread)
        await desk.say("U0SAM", "when do I get my bonus?", thread)
        await desk.settle()
        await click(desk, "U0SAM", older, "human")
        assert await tickets(desk) == [("U-123", "human", briefed("Switch it on."))]
        assert "<@U0SAM> asks for a person for <@U0ALEX>." in read(posts(desk)[0].blocks or [])


async def test_the_bot_is_silent_until_it_is_mentioned_again(tmp_path: Path) -> None:
    model = ScriptedModel([say("Switch it on."), say("Welcome back."), say("In the menu.")])
    async with helpdesk(tmp_path, model, humans=HUMANS) as desk:
        thread = await wanted(desk)
        before = await desk.kinds(thread)
        await desk.say("U0DANA", "I have a look, Alex", thread)
        await desk.say("U0ALEX", "thanks Dana", thread)
        await desk.settle()
        assert await desk.kinds(thread) == before, "what people say to each other is not kept"
        await desk.say("U0ALEX", "<@U0BOT> one more thing", thread)
        await desk.say("U0ALEX", "where is the switch?", thread)
        assert (await answers(desk, thread))[-1] in ("Welcome back.", "In the menu.")
        assert "one more thing" in str(model.prompts[-1].items)
        assert "have a look" not in str(model.prompts[-1].items)


async def test_it_stays_silent_over_a_restart(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on.")]), humans=HUMANS) as desk:
        thread = await wanted(desk)
        slack = desk.slack
    async with helpdesk(tmp_path, ScriptedModel([say("Here I am.")]), humans=HUMANS, slack=slack) as desk:
        await desk.say("U0ALEX", "are you there?", thread)
        await desk.settle()
        assert len(desk.slack.thread(CHANNEL, thread)) == 4
        await desk.say("U0ALEX", "<@U0BOT> are you there?", thread)
        assert (await answers(desk, thread))[-1] == "Here I am."


async def test_in_a_direct_message_it_is_not_silent_because_nobody_else_reads(tmp_path: Path) -> None:
    model = ScriptedModel([say("Switch it on."), say("Yes?")])
    async with helpdesk(tmp_path, model, humans=HUMANS) as desk:
        direct = desk.slack.dm("U0ALEX")
        thread = await asked(desk, channel=direct)
        await click(desk, "U0ALEX", answer(desk, thread, direct), "human")
        shown = read(posts(desk)[0].blocks or [])
        assert words.DIRECT in shown
        assert "archives" not in shown
        await desk.say("U0ALEX", "and now?", thread, channel=direct)
        assert (await answers(desk, thread, direct))[-1] == "Yes?"


FORGED = "<!channel> <@U0DANA> *Approved* <https://evil.example|click>"


async def test_the_models_summary_is_marked_as_its_own_and_mentions_nobody(tmp_path: Path) -> None:
    model = ScriptedModel([call("escalate_to_human", summary=FORGED), say("I told IT.")])
    async with helpdesk(tmp_path, model, humans=("C0APPROVE",)) as desk:
        thread = await asked(desk)
        (post,) = posts(desk)
        shown = read(post.blocks or [])
        assert f"{words.AI_SUMMARY}\n>{plain(FORGED)}" in shown
        assert live(post.blocks) == {"@U0ALEX", "#C0IT"}
        # where the tool takes long, the answer grows in a message that was there before people were told
        assert sorted(await answers(desk, thread)) == [words.told("T-1001", "IT", quiet=True), "I told IT."]
        last = desk.slack.thread(CHANNEL, thread)[-1]
        assert "human" not in str(last.blocks), "somebody is on the way"


async def test_members_of_a_group_are_told_one_by_one_and_the_thread_names_it(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on.")]), humans=("S0ITADM",)) as desk:
        thread = await wanted(desk)
        for user in ("U0DANA", "U0OMAR"):
            assert "needs a person from IT" in read(posts(desk, desk.slack.dm(user))[0].blocks or [])
        assert "<!subteam^S0ITADM> has been told" in desk.transcript(thread)[-1]


async def test_without_people_to_tell_the_ticket_alone_is_told_and_the_talk_goes_on(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on."), say("In the menu.")])) as desk:
        thread = await wanted(desk)
        await click(desk, "U0ALEX", answer(desk, thread), "human")
        assert desk.transcript(thread)[-1] == f"U0BOT: {words.queued('T-1001')}"
        assert len(await tickets(desk)) == 1
        await desk.say("U0ALEX", "where?", thread)
        assert (await answers(desk, thread))[-1] == "In the menu."


@pytest.mark.parametrize("humans", [(), ("C0APPROVE",)])
async def test_a_ticket_system_that_is_down_keeps_nobody_from_being_told(tmp_path: Path, humans: Any) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on.")]), humans=humans) as desk:
        thread = await asked(desk)
        await desk.bot.database.run(lambda connection: connection.exec_driver_sql("ALTER TABLE tickets RENAME TO away"))
        await click(desk, "U0ALEX", answer(desk, thread), "human")
        (over,) = await eventually(desk, thread)
        assert over.ticket is None
        expected = words.told(None, "IT", quiet=True) if humans else words.NOBODY_TOLD
        assert desk.transcript(thread)[-1] == f"U0BOT: {expected}"
        assert len(posts(desk)) == len(humans)


async def test_a_group_that_slack_does_not_tell_is_asked_again(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on.")]), humans=("S0ITADM",)) as desk:
        thread = await asked(desk)
        desk.slack.fail("usergroups.users.list", 1)
        await click(desk, "U0ALEX", answer(desk, thread), "human")
        (over,) = await eventually(desk, thread)
        assert over.to == ("user:U0DANA", "user:U0OMAR")


async def test_a_kill_while_people_are_told_tells_them_once(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on.")]), humans=("S0ITADM",)) as desk:
        thread = await asked(desk)
        slack = desk.slack
        slack.fail("usergroups.users.list", 50)
        await slack.click("U0ALEX", CHANNEL, answer(desk, thread).ts, "human")
    async with helpdesk(tmp_path, ScriptedModel(), humans=("C0APPROVE",), slack=slack) as desk:
        await eventually(desk, thread)
        assert len(await handed(desk, thread)) == len(await tickets(desk)) == len(posts(desk)) == 1


async def test_the_demo_hands_over_too(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel(), humans=HUMANS) as desk:
        thread = await desk.say("U0ALEX", "I want to talk to a human")
        await desk.settle()
        kinds = [item.kind for item in await desk.items(thread)]
        assert kinds.count("handed_over") == 1
        assert [each.by for each in await handed(desk, thread)] == ["U0ALEX"]
        assert await rows(desk, "inbox") == 1


async def test_the_model_knows_what_the_button_did(tmp_path: Path) -> None:
    model = ScriptedModel([say("Switch it on."), say("Somebody comes.")])
    async with helpdesk(tmp_path, model, humans=("C0APPROVE",)) as desk:
        thread = await wanted(desk)
        await desk.say("U0ALEX", "<@U0BOT> does anybody come?", thread)
        await desk.settle()
        called, output = model.prompts[-1].items[-3:-1]
        assert isinstance(called, Called)
        assert isinstance(output, Output)
        assert called.tool == "escalate_to_human"
        assert json.loads(called.arguments) == {"summary": briefed("Switch it on.")}
        assert '"ticket_id": "T-1001", "people_told": true' in output.text


async def test_a_channel_that_slack_refuses_is_told_and_the_talk_goes_on(tmp_path: Path) -> None:
    model = ScriptedModel([say("Switch it on."), say("In the menu.")])
    async with helpdesk(tmp_path, model, humans=("C0NOWHERE",)) as desk:
        thread = await wanted(desk)
        expected = f"{words.UNTOLD} {words.queued('T-1001')}"
        await desk.slack.wait_for(lambda: desk.transcript(thread)[-1] == f"U0BOT: {expected}")
        await desk.settle()
        await desk.say("U0ALEX", "where?", thread)
        assert (await answers(desk, thread))[-1] == "In the menu."
