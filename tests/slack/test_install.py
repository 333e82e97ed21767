"""Several workspaces install the bot: each is answered with its own token, and only those that are served get one."""

import logging
from pathlib import Path

import pytest

from bot.core.exchange import Prompt, Reply
from bot.playground import LocalSlack
from bot.slack import delivery
from bot.store import house
from bot.store.deliveries import STATUS
from tests.fakes.model import ScriptedModel, say
from tests.slack.edge import Clock
from tests.slack.tenants import ONE, PUBLIC, RETURN, TWO, Tenants, tenants


async def test_each_workspace_is_answered_with_the_token_it_granted(tmp_path: Path) -> None:
    async with tenants(tmp_path, ScriptedModel([say("First."), say("Second.")]), ONE, TWO) as desk:
        one, two = desk.slacks
        for slack in (one, two):
            page = await desk.install(slack)
            assert (page.status_code, "is installed" in page.text) == (200, True)
        first = await desk.say(one, "U0ALEX", "hello")
        await desk.settle()
        second = await desk.say(two, "U0ALEX", "hello")
        await desk.settle()
        assert (desk.said(one, first), desk.said(two, second)) == (["First."], ["Second."])
        assert set(await desk.column("SELECT id FROM conversations WHERE id NOT LIKE '%:house:%'")) == {
            f"T0ONE:C0IT:{first}",
            f"T0TWO:C0IT:{second}",
        }
        assert len(set(desk.platform.tokens)) == 2


async def test_a_workspace_that_is_not_served_gets_a_page_that_says_so_and_its_token_back(tmp_path: Path) -> None:
    async with tenants(tmp_path, ScriptedModel(), TWO, served=("T0ONE", "E0ONE")) as desk:
        (slack,) = desk.slacks
        page = await desk.install(slack)
        assert (page.status_code, "does not serve your workspace" in page.text) == (403, True)
        assert desk.platform.calls == ["oauth.v2.access", "auth.revoke"]
        assert slack.token == ""
        assert await desk.column("SELECT tenant FROM installations") == []
        await desk.settle()


async def test_a_workspace_that_is_served_no_longer_is_not_answered(tmp_path: Path) -> None:
    async with tenants(tmp_path, ScriptedModel(), ONE) as desk:
        await desk.install(desk.slacks[0])
        token = desk.slacks[0].token
    async with tenants(tmp_path, ScriptedModel(), ONE, served=("T0TWO",)) as desk:
        (slack,) = desk.slacks
        slack.token = token
        slack.hear(slack.outbox)
        thread = await desk.say(slack, "U0ALEX", "hello")
        await desk.settle()
        assert desk.said(slack, thread) == []
        assert await desk.column("SELECT key FROM inbox WHERE key LIKE 'message:%'") == []


async def failing(desk: Tenants, address: str, browser_of: str | None = None) -> tuple[int, list[str]]:
    """The status of the page at the end, and what Slack was asked; the browser has this state's cookie."""
    async with desk.browser(browser_of) as browser:
        page = await browser.get(address)
    assert await desk.column("SELECT tenant FROM installations") == []
    return page.status_code, desk.platform.calls


def state_of(address: str) -> str:
    """The state in an address of ours."""
    return address.partition("state=")[2].partition("&")[0].replace("%3D", "=")


async def test_a_state_that_is_forged_or_another_browser_s_installs_nothing(tmp_path: Path) -> None:
    async with tenants(tmp_path, ScriptedModel(), ONE) as desk, desk.browser() as browser:
        back = desk.platform.agree(desk.slacks[0], "U0ALEX", await desk.begin(browser))
        state = state_of(back)
        assert await failing(desk, back) == (400, []), "a browser that did not begin"
        assert await failing(desk, back, "another") == (400, [])
        for forged in ("x", "", state[:-8] + "AAAAAA==", "é" * 20, "1" * 5_000):
            address = f"{RETURN}?code=1&state={forged}"
            assert await failing(desk, address, forged if forged.isascii() else None) == (400, []), forged
        assert await failing(desk, f"{RETURN}?code=1") == (400, [])
        assert (await browser.get(back)).status_code == 200, "the right one still does"


async def test_a_state_is_good_for_ten_minutes_and_once(tmp_path: Path) -> None:
    clock = Clock()
    async with tenants(tmp_path, ScriptedModel(), ONE, now=clock) as desk:
        (slack,) = desk.slacks
        async with desk.browser() as browser:
            late = desk.platform.agree(slack, "U0ALEX", await desk.begin(browser))
            clock.pass_(601)
            assert await failing(desk, late, state_of(late)) == (400, [])
        async with desk.browser() as browser:
            back = desk.platform.agree(slack, "U0ALEX", await desk.begin(browser))
            clock.pass_(598)
            assert (await browser.get(back)).status_code == 200
            again = desk.platform.agree(slack, "U0ALEX", await desk.begin(browser))
        async with desk.browser(state_of(back)) as browser:
            page = await browser.get(f"{again.partition('&state=')[0]}&state={state_of(back)}")
        assert (page.status_code, desk.platform.calls) == (400, ["oauth.v2.access"]), "the code is fresh, the state not"


async def test_a_code_that_slack_does_not_know_installs_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.WARNING, "httpx2")
    async with tenants(tmp_path, ScriptedModel(), ONE) as desk, desk.browser() as browser:
        state = state_of(await desk.begin(browser))
        status, calls = await failing(desk, f"{RETURN}?code=stolen-code&state={state}", state)
        assert (status, calls) == (400, ["oauth.v2.access"])
        assert "stolen-code" not in caplog.text


async def test_nothing_of_an_address_comes_back_in_a_page_or_leads_elsewhere(tmp_path: Path) -> None:
    async with tenants(tmp_path, ScriptedModel(), ONE) as desk, desk.browser() as browser:
        page = await browser.get(f"{RETURN}?error=%3Cscript%3E&state=x")
        assert (page.status_code, "script" in page.text) == (200, False)
        assert page.headers["referrer-policy"] == "no-referrer"
        begun = await browser.get("/slack/install?team=T0EVIL%26redirect_uri=https://evil.example.com")
        assert begun.headers["location"].startswith("https://slack.com/oauth/v2/authorize?state=")
        assert "evil" not in begun.headers["location"].lower()
        cookie = begun.headers["set-cookie"]
        assert {"Secure", "HttpOnly", "Max-Age=600"} <= set(cookie.split("; "))
        assert f"redirect_uri={PUBLIC}" in begun.headers["location"]


async def test_after_an_uninstall_nothing_is_posted_and_after_a_reinstall_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "MENDING", 0.1)
    model = ScriptedModel()
    async with tenants(tmp_path, model, ONE, TWO) as desk:
        one, two = desk.slacks
        await desk.install(one)
        await desk.install(two)

        def meanwhile(_: Prompt) -> Reply:
            desk.platform.uninstall(one)
            return say("Too late.")

        model.replies = [say("Hello."), meanwhile, say("Still here."), say("Back.")]
        thread = await desk.say(one, "U0ALEX", "hello")
        await desk.settle()
        await desk.say(one, "U0ALEX", "and now?", thread)
        await desk.settle()
        assert desk.said(one, thread) == ["Hello."]
        ended = await desk.column("SELECT target FROM deliveries WHERE failed = 'not_installed'")
        assert sorted(ended) == [STATUS, "thread"]
        assert await desk.column("SELECT tenant FROM installations") == ["T0TWO"]

        other = await desk.say(two, "U0ALEX", "hello")
        await desk.settle()
        assert desk.said(two, other) == ["Still here."], "the other workspace notices nothing"

        await desk.install(one)
        await desk.say(one, "U0ALEX", "and now?", thread)
        await desk.settle()
        assert desk.said(one, thread) == ["Hello.", "Back."]


async def test_an_event_of_a_workspace_without_an_installation_is_answered_and_dropped(tmp_path: Path) -> None:
    async with tenants(tmp_path, ScriptedModel(), ONE) as desk:
        (slack,) = desk.slacks
        slack.hear(slack.outbox)
        await desk.say(slack, "U0ALEX", "hello")
        await desk.settle()
        assert slack.outbox.given_up == []
        assert await desk.column("SELECT key FROM inbox WHERE key LIKE 'message:%'") == []
        assert await slack.command("U0ALEX", "C0IT", "/helpdesk", "freeze") == 200


@pytest.mark.parametrize(
    "event", [{"type": "app_uninstalled"}, {"type": "tokens_revoked", "tokens": {"bot": ["U0BOT"]}}]
)
async def test_an_uninstall_that_is_told_late_takes_no_newer_token_away(
    tmp_path: Path, event: dict[str, object]
) -> None:
    async with tenants(tmp_path, ScriptedModel(), ONE) as desk:
        (slack,) = desk.slacks
        await desk.install(slack)
        now = slack.workspace.team_time
        slack.workspace.team_time = lambda: now() - 60  # type: ignore[method-assign]
        slack.outbox.enqueue(event)
        await desk.settle()
        assert await desk.column("SELECT tenant FROM installations") == ["T0ONE"]
        slack.workspace.team_time = now  # type: ignore[method-assign]
        slack.outbox.enqueue({"type": "tokens_revoked", "tokens": {"oauth": ["U0ALEX"], "bot": []}})
        await desk.settle()
        assert await desk.column("SELECT tenant FROM installations") == ["T0ONE"], "a person's own token is not ours"
        slack.outbox.enqueue(event)
        await desk.settle()
        assert await desk.column("SELECT tenant FROM installations") == []


async def test_no_token_is_in_the_log_or_in_plain_in_the_database(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with tenants(tmp_path, ScriptedModel([say("Hello.")]), ONE, TWO, served=("T0ONE",)) as desk:
        for slack in desk.slacks:
            await desk.install(slack)
        await desk.say(desk.slacks[0], "U0ALEX", "hello")
        await desk.settle()
        desk.platform.uninstall(desk.slacks[0])
        await desk.settle()
        await desk.install(desk.slacks[0])
        kept = await desk.kept(tmp_path)
        secrets = [*desk.platform.tokens, "client-secret"]
        assert len(secrets) == 4
        assert len(kept) > 1_000
        assert [each for each in secrets if each in kept or each.encode().hex() in kept] == []
        ours = [line for line in caplog.text.splitlines() if "DEBUG" not in line]
        assert [each for each in secrets if each in "\n".join(ours)] == []


async def test_a_freeze_of_one_workspace_holds_in_all_until_those_who_froze_let_go(tmp_path: Path) -> None:
    async with tenants(tmp_path, ScriptedModel(), ONE, TWO) as desk:
        for slack in desk.slacks:
            await desk.install(slack)

        async def typed(slack: LocalSlack, what: str, *users: str) -> bool:
            for user in users:
                assert await slack.command(user, "C0IT", "/helpdesk", what) == 200
                await desk.settle()
            return await desk.bot.database.run(house.frozen)

        one, two = desk.slacks
        assert await typed(one, "freeze", "U0DANA")
        assert await typed(two, "freeze", "U0OMAR")
        assert await typed(one, "unfreeze", "U0DANA", "U0OMAR"), "the other one's freeze holds"
        assert not await typed(two, "unfreeze", "U0DANA", "U0OMAR")
