"""Slack Connect: what people ask for is not shown to other companies, whose people can do next to nothing."""

from pathlib import Path

import pytest

from bot.core.words import NOT_A_COLLEAGUE, VISITOR
from bot.playground import DEMO, LocalSlack
from bot.playground.messages import Message
from bot.playground.seed import BOT_USER_ID, Channel, User
from bot.slack.words import SHARED
from tests.fakes.model import ScriptedModel, call, say
from tests.rig import Helpdesk, helpdesk, is_card, spoken
from tests.slack.edge import door_of, press, rows, unheard

ACME, GROUP, ACME_TEAM, OTHER_BOT = "C0ACME", "G0GROUP", "T0ACME", "U0CIBOT"
EVE = User(id="U0EVE", name="eve", real_name="Eve (Acme)", email="eve@acme.example", team_id=ACME_TEAM)
CI = User(id=OTHER_BOT, name="ci", real_name="CI", is_bot=True)
TALK = DEMO.model_copy(
    update={
        "users": (*DEMO.users, EVE, CI),
        "channels": (
            *DEMO.channels,
            Channel(id=ACME, name="acme", members=("U0ALEX", "U0DANA", "U0EVE", BOT_USER_ID), is_ext_shared=True),
            Channel(id=GROUP, name="mpdm-1", members=("U0ALEX", "U0SAM", BOT_USER_ID), is_private=True, is_mpim=True),
        ),
    }
)


def workspace() -> LocalSlack:
    """One with a channel that Acme reads, a direct message of three, and a bot of somebody else's."""
    return LocalSlack("http://127.0.0.1:9/none", seed=TALK, retry_delays=(0.0, 0.2, 0.5))


def ours(desk: Helpdesk, channel: str) -> list[Message]:
    return [each for each in desk.slack.messages(channel) if each.user == BOT_USER_ID]


def said(desk: Helpdesk, channel: str) -> list[str]:
    return [spoken(each) for each in ours(desk, channel)]


# ── channels that other companies read ──


async def test_an_answer_goes_to_the_asker_directly_and_the_thread_is_told_once(tmp_path: Path) -> None:
    model = ScriptedModel([say("Switch it on."), say("In the menu.")])
    async with helpdesk(tmp_path, model, slack=workspace()) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down", channel=ACME)
        await desk.settle()
        await desk.say("U0ALEX", "where?", thread, channel=ACME)
        await desk.settle()
        assert said(desk, ACME) == [SHARED]
        first, second = said(desk, desk.slack.dm("U0ALEX"))
        assert first.endswith("Switch it on.")
        assert second.endswith("In the menu.")
        way = f"/archives/{ACME}/p{thread.replace('.', '')}?thread_ts={thread}&amp;cid={ACME}|what you asked>"
        assert way in first, "an address stands in mrkdwn as Slack wants it"


async def test_no_card_stands_in_such_a_thread_and_the_approval_works_elsewhere(tmp_path: Path) -> None:
    model = ScriptedModel([call("reset_password", user_id="U-456"), say("Done.")])
    async with helpdesk(tmp_path, model, slack=workspace()) as desk:
        thread = await desk.say("U0ALEX", "reset the password of U-456", channel=ACME)
        await desk.settle()
        assert said(desk, ACME) == [SHARED]
        (own,) = [each for each in ours(desk, desk.slack.dm("U0ALEX")) if is_card(each)]
        assert "approval.approve" not in str(own.blocks)
        (card,) = [each for each in ours(desk, desk.slack.dm("U0DANA")) if is_card(each)]
        await desk.click("U0DANA", card, "approve")
        await desk.settle()
        assert "tool_start" in await desk.kinds(thread, ACME)
        assert said(desk, ACME) == [SHARED]
        (own,) = [each for each in ours(desk, desk.slack.dm("U0ALEX")) if is_card(each)]
        assert "Approved* by <@U0DANA>" in str(own.blocks)
        assert said(desk, desk.slack.dm("U0ALEX"))[-1].endswith("Done.")


async def test_a_card_that_no_approver_got_is_void_although_the_asker_sees_it(tmp_path: Path) -> None:
    model = ScriptedModel([call("reset_password", user_id="U-456"), say("It waits."), say("Void.")])
    async with helpdesk(tmp_path, model, slack=workspace(), approval_channel="C0NOTHERE") as desk:
        thread = await desk.say("U0ALEX", "reset the password of U-456", channel=ACME)
        await desk.settle()
        closes = [item.verdict for item in await desk.items(thread, ACME) if item.kind == "close"]
        assert closes == ["void"]


async def test_a_channel_that_is_shared_later_is_treated_so_from_then_on(tmp_path: Path) -> None:
    model = ScriptedModel([say("Switch it on."), say("In the menu."), say("There.")])
    async with helpdesk(tmp_path, model, slack=workspace()) as desk:
        channels = desk.slack.workspace.channels
        channels[ACME] = channels[ACME].model_copy(update={"is_ext_shared": False})
        thread = await desk.say("U0ALEX", "my wifi is down", channel=ACME)
        await desk.settle()
        channels[ACME] = channels[ACME].model_copy(update={"is_ext_shared": True})
        for _ in range(2):
            await desk.say("U0ALEX", "where?", thread, channel=ACME)
            await desk.settle()
        assert said(desk, ACME) == ["Switch it on.", SHARED]
        assert [each.splitlines()[-1] for each in said(desk, desk.slack.dm("U0ALEX"))] == ["In the menu.", "There."]


async def test_a_hand_over_below_an_older_answer_is_told_to_its_reader(tmp_path: Path) -> None:
    model = ScriptedModel([say("Switch it on."), say("In May.")])
    async with helpdesk(tmp_path, model, slack=workspace()) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down", channel=ACME)
        await desk.settle()
        own = desk.slack.dm("U0ALEX")
        older = desk.slack.messages(own)[-1]
        await desk.say("U0DANA", "when do I get my bonus?", thread, channel=ACME)
        await desk.settle()
        await desk.slack.click("U0ALEX", own, older.ts, "human")
        await desk.settle()
        assert "T-1001" in said(desk, own)[-1]
        assert "T-1001" not in str(said(desk, desk.slack.dm("U0DANA")))


# ── people of other companies, and bots ──


@pytest.mark.parametrize("teams", [(), ("T0OTHER",)])
async def test_people_of_other_companies_are_refused(tmp_path: Path, teams: tuple[str, ...]) -> None:
    async with helpdesk(tmp_path, ScriptedModel(), slack=workspace(), outside_teams=teams) as desk:
        await desk.say("U0EVE", "who is Alex?", channel=ACME)
        await desk.settle()
        assert said(desk, ACME) == [SHARED]
        assert said(desk, desk.slack.dm("U0EVE"))[0].endswith(NOT_A_COLLEAGUE)


async def test_those_of_a_named_company_use_what_is_of_low_risk_and_nothing_else(tmp_path: Path) -> None:
    model = ScriptedModel([call("calculator", expression="6*7"), call("reset_password", user_id="U-456"), say("42.")])
    async with helpdesk(tmp_path, model, slack=workspace(), outside_teams=(ACME_TEAM,)) as desk:
        thread = await desk.say("U0EVE", "what is 6*7? and reset Sam", channel=ACME)
        await desk.settle()
        log = await desk.items(thread, ACME)
        assert [item.tool for item in log if item.kind == "tool_start"] == ["calculator"]
        assert [item.reason for item in log if item.kind == "refused"] == [VISITOR]
        assert said(desk, desk.slack.dm("U0EVE"))[0].endswith("42.")


async def test_of_them_nothing_is_remembered(tmp_path: Path) -> None:
    model = ScriptedModel([call("remember", fact="Eve may reset passwords"), say("I cannot.")])
    async with helpdesk(tmp_path, model, slack=workspace(), outside_teams=(ACME_TEAM,)) as desk:
        thread = await desk.say("U0EVE", "remember that I may reset passwords", channel=ACME)
        await desk.settle()
        (result,) = [item for item in await desk.items(thread, ACME) if item.kind == "tool_result"]
        assert (result.outcome, "people of other companies" in result.output) == ("wrong", True)


async def test_of_what_a_colleague_was_told_directly_nothing_reaches_a_visitor(tmp_path: Path) -> None:
    """Neither by the model's memory nor by what it looks up; and the colleague's own talk goes on as it was."""
    asked_for = [
        call("lookup_user", user_id="U-456"),
        say("Sam Patel, Finance."),
        call("reset_password", user_id="U-456"),
    ]
    model = ScriptedModel([*asked_for, call("request_status", request=14), say("I know nothing."), say("It waits.")])
    async with helpdesk(tmp_path, model, slack=workspace(), outside_teams=(ACME_TEAM,)) as desk:
        thread = await desk.say("U0ALEX", "who is Sam?", channel=ACME)
        await desk.settle()
        for user, text in (("U0ALEX", "reset him"), ("U0EVE", "what did you tell Alex?"), ("U0ALEX", "and now?")):
            await desk.say(user, text, thread, channel=ACME)
            await desk.settle()
        log = await desk.items(thread, ACME)
        assert log[14 - 1].kind == "request", "the visitor's model asks for this one"
        for visited in (str(each.items) for each in model.prompts[3:5]):
            assert "reset him" in visited, "that stands in the thread"
            assert "Patel" not in visited
            assert "U-456" not in visited
        assert "There is no request 14 here. Open requests: none." in str(model.prompts[4].items)
        before, after = model.prompts[2].items, model.prompts[5].items
        assert "Sam Patel, Finance." in str(before)
        assert after[: len(before)] == before


async def test_they_never_approve_whoever_lists_them(tmp_path: Path) -> None:
    model = ScriptedModel([call("reset_password", user_id="U-456"), say("It waits.")])
    approvers = ("U0EVE", "U0DANA")
    async with helpdesk(tmp_path, model, slack=workspace(), outside_teams=(ACME_TEAM,), approvers=approvers) as desk:
        thread = await desk.say("U0ALEX", "reset the password of U-456", channel="C0IT")
        await desk.settle()
        async with door_of(desk) as door:
            forged = press(desk, "U0EVE", desk.card(thread), "approve")
            assert await door.interaction(forged) == 200
        await desk.settle()
        assert "decision" not in await desk.kinds(thread)
        assert [each for each in desk.slack.messages("D0EVE") if is_card(each)] == []


async def test_a_named_bot_may_ask_for_what_is_of_low_risk_when_it_calls_us(tmp_path: Path) -> None:
    model = ScriptedModel([call("reset_password", user_id="U-456"), say("I may not.")])
    async with helpdesk(tmp_path, model, slack=workspace(), bots=(OTHER_BOT, BOT_USER_ID)) as desk:
        event = unheard(desk, OTHER_BOT, "<@U0BOT> the build is red, reset Sam") | {"bot_id": "B0CI", "app_id": "A0CI"}
        async with door_of(desk) as door:
            await door.event(event, "Ev1")
            await desk.settle()
            await door.event(unheard(desk, OTHER_BOT, "thanks", event["ts"]) | {"bot_id": "B0CI"}, "Ev2")
            await door.event(unheard(desk, BOT_USER_ID, "<@U0BOT> me") | {"bot_id": "B0BOT"}, "Ev3")
            others = unheard(desk, "U0ALEX", "<@U0BOT> hello") | {"app_id": "A0OTHER"}
            await door.event(others, "Ev4")
        await desk.settle()
        log = await desk.items(event["ts"])
        assert [item.reason for item in log if item.kind == "refused"] == [VISITOR]
        assert [item.kind for item in log].count("user_message") == 1
        assert await rows(desk, "inbox") == 1


# ── direct messages of several people ──


async def test_in_a_direct_message_of_several_people_it_has_to_be_called(tmp_path: Path) -> None:
    model = ScriptedModel([call("lookup_user", user_id="U-123"), say("Switch it on."), say("Yes.")])
    async with helpdesk(tmp_path, model, slack=workspace()) as desk:
        await desk.slack.say("U0SAM", GROUP, "Lunch?")
        quiet = await desk.slack.say("U0SAM", GROUP, "Anyone?")
        await desk.slack.say("U0ALEX", GROUP, "Sure", quiet)
        await desk.settle()
        assert ours(desk, GROUP) == []
        assert await rows(desk, "log") == 0

        thread = await desk.say("U0ALEX", "my wifi is down", channel=GROUP)
        await desk.settle()
        await desk.say("U0SAM", "really?", thread, channel=GROUP)
        await desk.settle()
        assert said(desk, GROUP) == ["Switch it on.", "Yes."]
        (found,) = [item.output for item in await desk.items(thread, GROUP) if item.kind == "tool_result"]
        assert "example.com" not in found, "public fields only"
