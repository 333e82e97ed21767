"""Everything beside answers, where several workspaces have the bot: each by its own token and in its own name."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.playground import LocalSlack
from bot.playground.delivery import Answer
from bot.playground.teams import Team
from bot.slack import delivery, prompts, status, words
from tests.fakes.model import ScriptedModel, call, say
from tests.rig import CHANNEL
from tests.slack.filing import material, text
from tests.slack.growing import FIRST, LAST, SECOND, START, WHOLE, in_a_hurry, markdown
from tests.slack.speaking import SpeakingModel
from tests.slack.tenants import ONE, TWO, Tenants, tenants
from tests.waiting import until

__all__ = ["in_a_hurry"]

pytestmark = pytest.mark.usefixtures("in_a_hurry")

ORG = Team(id="T0ONE", enterprise="E0ORG", sisters=("T0SISTER",), org_wide=True)


def shown(slack: LocalSlack, thread: str) -> str:
    """What the bot's messages in the thread say."""
    return "".join(markdown(each) for each in slack.thread(CHANNEL, thread) if each.user == "U0BOT")


def move(slack: LocalSlack, user: str, team: str) -> None:
    """The person is of that workspace."""
    slack.workspace.users[user] = slack.workspace.users[user].model_copy(update={"team_id": team})


def called(slack: LocalSlack, method: str) -> list[dict[str, object]]:
    """The arguments of each call of the method."""
    return [args for name, args in slack.calls if name == method]


async def grown(desk: Tenants, slack: LocalSlack, gate: asyncio.Event, user: str) -> list[object]:
    """Ask, and see the answer grow; the teams that it was streamed to."""
    thread = await desk.say(slack, user, "my wifi is down")
    await until(lambda: "First paragraph" in shown(slack, thread))
    gate.set()
    await desk.settle()
    assert shown(slack, thread) == WHOLE
    assert called(slack, "chat.update") == [], "the stream itself was completed"
    return [args["recipient_team_id"] for args in called(slack, START)]


async def test_answers_grow_and_work_is_seen_in_each_workspace(tmp_path: Path) -> None:
    first, second = asyncio.Event(), asyncio.Event()
    model = SpeakingModel([FIRST, first, SECOND, LAST], [FIRST, second, SECOND, LAST])
    async with tenants(tmp_path, model, ONE, TWO) as desk:
        for slack, gate in zip(desk.slacks, (first, second), strict=True):
            await desk.install(slack)
            assert await grown(desk, slack, gate, "U0ALEX") == [slack.workspace.team.id]
            assert [args["status"] for args in called(slack, status.SESSIONS)] == ["processing", "active"]


async def test_in_an_organisation_an_answer_grows_in_the_reader_s_own_workspace(tmp_path: Path) -> None:
    first, second = asyncio.Event(), asyncio.Event()
    model = SpeakingModel([FIRST, first, SECOND, LAST], [FIRST, second, SECOND, LAST])
    async with tenants(tmp_path, model, ORG, served=("E0ORG",)) as desk:
        (slack,) = desk.slacks
        await desk.install(slack)
        move(slack, "U0SAM", "T0SISTER")
        assert await grown(desk, slack, first, "U0SAM") == ["T0SISTER"]
        assert await grown(desk, slack, second, "U0ALEX") == ["T0SISTER", "T0ONE"]


async def test_a_workspace_that_uninstalls_while_an_answer_grows_breaks_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    # another process than the one that works hears of it
    monkeypatch.setattr(delivery, "MENDING", 0.1)
    first, second = asyncio.Event(), asyncio.Event()
    async with tenants(tmp_path, SpeakingModel([FIRST, first, SECOND, second, LAST], say("Back.")), ONE) as desk:
        (slack,) = desk.slacks
        await desk.install(slack)
        thread = await desk.say(slack, "U0ALEX", "my wifi is down")
        await until(lambda: "First paragraph" in shown(slack, thread))
        desk.platform.uninstall(slack)
        await slack.wait_for(lambda: not slack.outbox.pending)
        first.set()
        await until(lambda: "left as it is" in caplog.text)
        second.set()
        await desk.settle()
        assert WHOLE.startswith(shown(slack, thread))
        assert shown(slack, thread) != WHOLE
        assert await desk.column("SELECT failed FROM deliveries WHERE target = 'thread'") == ["not_installed"]
        await desk.install(slack)
        await desk.say(slack, "U0ALEX", "and now?", thread)
        await desk.settle()
        assert desk.said(slack, thread)[-1] == "Back."


async def test_files_are_read_with_the_token_of_their_workspace(tmp_path: Path) -> None:
    model = ScriptedModel([say("One."), say("Two.")])
    async with tenants(tmp_path, model, ONE, TWO) as desk:
        for slack in desk.slacks:
            await desk.install(slack)
            await slack.say("U0ALEX", CHANNEL, "<@U0BOT> look", None, [text(f"of {slack.workspace.team.id}")])
            await desk.settle()
    assert ["of T0ONE" in str(material(model.prompts[0])), "of T0TWO" in str(material(model.prompts[1]))] == [True] * 2


@pytest.mark.parametrize(("team", "readable"), [("T0SISTER", True), ("T0FOREIGN", False)])
async def test_in_an_organisation_files_of_its_workspaces_are_read_and_no_others(
    tmp_path: Path, team: str, *, readable: bool
) -> None:
    model = ScriptedModel([say("Hm.")])
    async with tenants(tmp_path, model, ORG, served=("E0ORG",)) as desk:
        (slack,) = desk.slacks
        await desk.install(slack)
        slack.told_of_files = {"user_team": team}
        await slack.say("U0ALEX", CHANNEL, "<@U0BOT> look", None, [text("disk full")])
        await desk.settle()
    assert ("disk full" in str(material(model.prompts[0]))) is readable


async def test_what_was_said_before_is_read_in_each_workspace(tmp_path: Path) -> None:
    model = ScriptedModel([say("One."), say("Two.")])
    async with tenants(tmp_path, model, ONE, TWO) as desk:
        for slack in desk.slacks:
            await desk.install(slack)
            root = await slack.say("U0SAM", CHANNEL, f"Is {slack.workspace.team.id} down?")
            await slack.say("U0ALEX", CHANNEL, "<@U0BOT> well?", root)
            await desk.settle()
    for prompt, team in zip(model.prompts, ("T0ONE", "T0TWO"), strict=True):
        assert f"Is {team} down?" in str(prompt.items[0])


async def test_prompts_tickets_home_and_questions_about_messages_belong_to_the_workspace(tmp_path: Path) -> None:
    ticket = call("create_ticket", title="Screen flickers", description="Since Monday.", priority="high")
    async with tenants(tmp_path, ScriptedModel([ticket, say("Done."), say("A joke.")]), ONE, TWO) as desk:
        one, two = desk.slacks
        await desk.install(one)
        await desk.install(two)
        await desk.say(two, "U0ALEX", "a ticket, please")
        await desk.settle()

        await two.open_home("U0ALEX", "messages")
        await until(lambda: bool(called(two, prompts.METHOD)))
        await two.open_home("U0ALEX", "home")
        await until(lambda: "Screen flickers" in str(called(two, "views.publish")))
        assert await two.command("U0ALEX", CHANNEL, "/helpdesk", "tickets") == 200
        assert "Screen flickers" in two.ephemerals("U0ALEX")[-1].text

        ts = await two.say("U0SAM", CHANNEL, "why did the printer cross the road?")
        await two.shortcut("U0ALEX", CHANNEL, ts, "ask_helpdesk")
        view = two.views("U0ALEX")[-1]
        assert await two.submit("U0ALEX", view.id, {"question": "What is that?"}) is None
        await desk.settle()
        assert words.asked_here("")[:20] in str(two.views("U0ALEX")[-1].payload)
        assert "A joke." in str([each.blocks for each in two.messages(two.dm("U0ALEX"))])
        assert [name for name, _ in one.calls] == ["auth.test"], "of the other one nothing but whose its token is"


async def test_a_workspace_beside_the_one_that_installed_it_is_not_listened_to(tmp_path: Path) -> None:
    first, second = (Team(id=each, enterprise="E0ORG") for each in ("T0ONE", "T0TWO"))
    async with tenants(tmp_path, ScriptedModel(), first, second, served=("E0ORG",)) as desk:
        one, two = desk.slacks
        await desk.install(one)
        two.hear(two.outbox)
        thread = await desk.say(two, "U0ALEX", "hello")
        await desk.settle()
        assert desk.said(two, thread) == []
        assert two.outbox.given_up == []
        assert await desk.column("SELECT key FROM inbox WHERE key LIKE 'message:%'") == []


async def test_while_it_is_not_known_where_the_bot_is_installed_slack_sends_events_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with tenants(tmp_path, ScriptedModel([say("Hello.")]), ONE) as desk:
        (slack,) = desk.slacks
        await desk.install(slack)
        send, answered = slack.endpoint.send, list[int]()

        async def noted(*given: Any) -> Answer:
            answer = await send(*given)
            answered.append(answer.status)
            return answer

        async def rename(before: str, after: str) -> None:
            change = f"ALTER TABLE {before} RENAME TO {after}"
            await desk.bot.database.run(lambda connection: connection.exec_driver_sql(change))

        monkeypatch.setattr(slack.endpoint, "send", noted)
        await rename("installations", "away")
        thread = await desk.say(slack, "U0ALEX", "hello")
        await until(lambda: 500 in answered)
        await rename("away", "installations")
        await desk.settle()
        assert desk.said(slack, thread) == ["Hello."]
