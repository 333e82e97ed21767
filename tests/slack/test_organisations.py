"""Organisations (Enterprise Grid): one installation, one tenant, and colleagues from all of its workspaces."""

import time
from pathlib import Path
from typing import Any

import pytest

from bot.playground import LocalSlack, interactions
from bot.playground.messages import Message
from bot.playground.teams import Team
from tests.fakes.model import ScriptedModel, call, say
from tests.rig import CHANNEL, is_card
from tests.slack.tenants import Tenants, tenants

ORG = Team(id="T0ONE", enterprise="E0ORG", sisters=("T0SISTER",), org_wide=True)

RESET = call("reset_password", user_id="U-456")


def move(slack: LocalSlack, user: str, team: str) -> None:
    """The person is of that workspace."""
    slack.workspace.users[user] = slack.workspace.users[user].model_copy(update={"team_id": team})


def card(slack: LocalSlack, thread: str) -> Message:
    (found,) = [each for each in slack.thread(CHANNEL, thread) if is_card(each)]
    return found


async def look(slack: LocalSlack, user: str, shown: Message) -> None:
    """Press Look…, which cards do not have, for the request of a card."""
    pressed = interactions.action(shown.blocks, "approval.approve", None, slack.workspace.next_ts())
    payload = interactions.frame("block_actions", slack.workspace.users[user])
    payload |= interactions.on_message(shown, "it-help", pressed | {"action_id": "approval.view"})
    await slack.raw_action(payload | {"trigger_id": slack.workspace.triggers.trigger(user)})


async def items_of(desk: Tenants, kind: str) -> list[Any]:
    """The bodies of all items of the kind."""
    return await desk.column(f"SELECT body FROM log WHERE kind = '{kind}' AND conversation NOT LIKE '%:house:%'")  # noqa: S608 -- ours


async def test_a_colleague_of_any_workspace_is_one_and_who_is_of_none_is_not(tmp_path: Path) -> None:
    async with tenants(tmp_path, ScriptedModel([say("Hello.")]), ORG, served=("E0ORG",)) as desk:
        (slack,) = desk.slacks
        assert (await desk.install(slack)).status_code == 200
        assert await desk.column("SELECT tenant FROM installations WHERE team IS NULL") == ["E0ORG"]
        move(slack, "U0SAM", "T0SISTER")
        move(slack, "U0OMAR", "T0FOREIGN")
        ours = await desk.say(slack, "U0SAM", "hello")
        await desk.settle()
        foreign = await desk.say(slack, "U0OMAR", "hello")
        await desk.settle()
        assert desk.said(slack, ours) == ["Hello."]
        assert "Hello." not in desk.said(slack, foreign), "the model was not asked"
        assert f"E0ORG:{CHANNEL}:{ours}" in await desk.column("SELECT id FROM conversations")


async def test_a_group_of_one_workspace_approves_from_another_and_a_stranger_does_not(tmp_path: Path) -> None:
    model = ScriptedModel([RESET, say("It waits."), say("Done.")])
    async with tenants(tmp_path, model, ORG, served=("E0ORG",)) as desk:
        (slack,) = desk.slacks
        await desk.install(slack)
        move(slack, "U0DANA", "T0SISTER")
        move(slack, "U0OMAR", "T0FOREIGN")
        thread = await desk.say(slack, "U0ALEX", "reset U-456")
        await desk.settle()
        shown = card(slack, thread)
        for user, sees in (("U0OMAR", 0), ("U0DANA", 1)):
            await look(slack, user, shown)
            assert len(slack.views(user)) == sees
        await slack.click("U0OMAR", CHANNEL, shown.ts, "approval.approve")
        await desk.settle()
        assert await items_of(desk, "tool_start") == []
        await slack.click("U0DANA", CHANNEL, shown.ts, "approval.approve")
        await desk.settle()
        assert len(await items_of(desk, "tool_start")) == 1


async def test_who_is_not_known_to_be_of_the_organisation_decides_nothing(tmp_path: Path) -> None:
    model = ScriptedModel([RESET, say("It waits.")])
    async with tenants(tmp_path, model, ORG, served=("E0ORG",)) as desk:
        (slack,) = desk.slacks
        await desk.install(slack)
        thread = await desk.say(slack, "U0ALEX", "reset U-456")
        await desk.settle()
        move(slack, "U0DANA", "T0SISTER")
        for people in {desk.bot.kit.people_in("E0ORG")} if desk.bot.kit.people_in else ():
            people._answers.clear()  # type: ignore[attr-defined]
        slack.fail("users.info", 1, 503)
        await slack.click("U0DANA", CHANNEL, card(slack, thread).ts, "approval.approve")
        await desk.settle()
        assert await items_of(desk, "tool_start") == []


async def test_one_workspace_of_an_organisation_has_it_or_all_of_them(tmp_path: Path) -> None:
    first, second = (Team(id=each, enterprise="E0ORG") for each in ("T0ONE", "T0TWO"))
    async with tenants(tmp_path, ScriptedModel(), first, second, ORG, served=("E0ORG",)) as desk:
        pages = [await desk.install(slack) for slack in desk.slacks[:2]]
        assert [page.status_code for page in pages] == [200, 403]
        assert "for the whole organisation" in pages[1].text
        assert [bool(slack.token) for slack in desk.slacks] == [True, False, False]
        assert (await desk.install(desk.slacks[2])).status_code == 200
        assert await desk.column("SELECT tenant FROM installations WHERE team IS NULL") == ["E0ORG"]
        await desk.settle()


async def test_what_is_said_of_a_workspace_alone_ends_its_installation_and_not_its_organisation_s(
    tmp_path: Path,
) -> None:
    """Slack's own examples of the two events name a team and nothing else."""
    said = {"team_id": "T0ONE", "type": "event_callback", "event_id": "Ev1", "event_time": int(time.time())}
    gone = said | {"event": {"type": "app_uninstalled"}}
    one = Team(id="T0ONE", enterprise="E0ORG")
    async with tenants(tmp_path, ScriptedModel(), one, ORG, served=("E0ORG",)) as desk:
        for slack, left in ((desk.slacks[0], []), (desk.slacks[1], ["E0ORG"])):
            await desk.install(slack)
            assert (await slack.endpoint.send("events_api", gone)).status == 200
            assert await desk.column("SELECT tenant FROM installations") == left
        desk.platform.uninstall(desk.slacks[1])
        await desk.settle()
        assert await desk.column("SELECT tenant FROM installations") == []


async def test_tokens_that_would_change_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    granted = Team.granted
    monkeypatch.setattr(
        Team, "granted", lambda *given: granted(*given) | {"refresh_token": "xoxe-1", "expires_in": 43_200}
    )
    async with tenants(tmp_path, ScriptedModel(), Team(id="T0ONE")) as desk:
        page = await desk.install(desk.slacks[0])
        assert (page.status_code, "turn it off" in page.text) == (403, True)
        assert desk.slacks[0].token == ""
        assert await desk.column("SELECT tenant FROM installations") == []
        await desk.settle()
