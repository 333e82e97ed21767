"""The page's JSON, and the page itself in a real Chromium where there is one."""

import re
from collections.abc import AsyncIterator

import httpx2
import pytest
from playwright.async_api import Page, expect
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground import LocalSlack
from tests.chromium import chromium_page
from tests.playground.app import App
from tests.playground.test_interactions import FORM
from tests.playground.test_web_api import actions, button, section


@pytest.fixture
async def http(slack: LocalSlack, client: AsyncWebClient) -> AsyncIterator[httpx2.AsyncClient]:
    del client  # it serves the page
    async with httpx2.AsyncClient(base_url=slack.base_url, trust_env=False) as browser:
        yield browser


async def test_what_is_meant_for_a_person_is_counted(http: httpx2.AsyncClient, client: AsyncWebClient) -> None:
    await client.chat_postMessage(channel="C0APPROVE", text="<!subteam^S0ITADM> please decide")
    await client.chat_postMessage(channel="C0GENERAL", text="lunch")
    ts = (await client.chat_postEphemeral(channel="C0IT", user="U0DANA", text="psst"))["message_ts"]
    state = (await http.get("/page/state?user=U0DANA")).json()
    counts = {channel["name"]: (channel["unread"], channel["mentions"]) for channel in state["channels"]}
    assert counts == {"general": (1, 0), "it-help": (1, 1), "it-approvals": (1, 1), "Helpdesk": (0, 0)}
    await http.post("/page/read", json={"user": "U0DANA", "channel": "C0IT", "ts": ts})
    state = (await http.get("/page/state?user=U0DANA")).json()
    assert {person["id"]: person["mentions"] for person in state["people"]}["U0DANA"] == 1


async def test_a_person_sees_own_channels_only(http: httpx2.AsyncClient, client: AsyncWebClient) -> None:
    await client.chat_postEphemeral(channel="C0IT", user="U0DANA", text="psst")
    state = (await http.get("/page/state?user=U0GIL")).json()
    assert [channel["name"] for channel in state["channels"]] == ["it-help", "Helpdesk"]
    assert state["channels"][0]["messages"] == []


async def test_a_wrong_gesture_says_why(http: httpx2.AsyncClient) -> None:
    answer = await http.post("/page/say", json={"user": "U0GIL", "channel": "C0APPROVE", "text": "x"})
    assert (answer.status_code, answer.json()["ok"]) == (400, False)
    assert (await http.post("/page/dance", json={"user": "U0GIL"})).status_code == 400
    assert (await http.get("/page/state?user=nobody")).status_code == 404


async def test_the_stream_tells_the_version_at_once(slack: LocalSlack, http: httpx2.AsyncClient) -> None:
    async with http.stream("GET", "/page/events") as stream:
        first = await anext(stream.aiter_lines())
    assert first == f"id: {slack.workspace.changes.version}"


async def test_the_page_may_run_only_its_own_scripts(http: httpx2.AsyncClient) -> None:
    policy = (await http.get("/")).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.fixture
async def page(slack: LocalSlack, client: AsyncWebClient) -> AsyncIterator[Page]:
    """The page as Alex sees it."""
    del client  # it serves the page
    async with chromium_page(slack.base_url) as tab:
        yield tab


@pytest.mark.browser
async def test_a_dialog_on_the_page(slack: LocalSlack, app: App, client: AsyncWebClient, page: Page) -> None:
    """Alex asks, the answer comes live, Dana opens the modal by a button and submits it after Slack's own check."""
    box = page.get_by_role("textbox", name="Message #it-help")
    await box.press_sequentially("@Hel")
    await box.press("Enter")
    await box.press_sequentially("1 < 2 & wifi")
    await box.press("Enter")
    await slack.wait_for(lambda: slack.messages("C0IT"))
    (asked,) = slack.messages("C0IT")
    assert asked.text == "<@U0BOT> 1 &lt; 2 &amp; wifi"
    markdown = {
        "type": "markdown",
        "text": "**Try** this <img src=x onerror=alert(1)> [x](javascript:alert(1))\n\n- one",
    }
    await client.chat_postMessage(
        channel="C0IT", thread_ts=asked.ts, text="a", blocks=[markdown, section("*Reset?*"), actions(button("no"))]
    )
    thread = page.get_by_role("log", name="Thread messages")
    await expect(thread.get_by_text("<img src=x onerror=alert(1)>")).to_be_visible()
    await expect(thread.locator("strong", has_text="Try")).to_be_visible()
    assert await thread.locator("img[src=x], a").count() == 0
    await page.get_by_title("Act as Dana Kim").click()
    await thread.get_by_role("button", name="Press").click()
    await slack.wait_for(app.payloads)
    await client.views_open(trigger_id=app.payloads()[0]["trigger_id"], view=FORM)
    modal = page.get_by_role("dialog", name="Deny")
    await modal.get_by_role("button", name="Deny").click()
    await expect(modal.get_by_text("Please complete this required field.")).to_be_visible()
    await modal.get_by_role("textbox", name="Reason").fill("not now")
    await modal.get_by_role("button", name="Deny").click()
    await expect(modal).to_have_count(0)
    assert app.payloads()[-1]["view"]["state"]["values"]["reason"]["reason"]["value"] == "not now"
    await page.keyboard.press("Escape")
    await expect(thread).to_be_hidden()


@pytest.mark.browser
async def test_a_button_is_still_the_same_after_something_happened(slack: LocalSlack, page: Page) -> None:
    """Whoever is about to press it does; one that is put in its place in between would not be pressed."""
    for count, name in enumerate(("Ravi Security", "general", "Authenticator", "Please reset the password"), 1):
        button = await page.get_by_role("button", name=name).element_handle()
        assert button
        await button.focus()
        await slack.say("U0SAM", "C0GENERAL", "<@U0ALEX> <@U0RAVI> lunch?")
        for told in ("general", "Ravi"):
            await expect(page.get_by_role("button", name=told).get_by_label(f"{count} unread")).to_be_visible()
        assert await button.evaluate("node => document.activeElement === node"), name


@pytest.mark.browser
async def test_who_chooses_by_the_keyboard_goes_on_from_there(slack: LocalSlack, page: Page) -> None:
    await slack.say("U0SAM", "C0GENERAL", "<@U0ALEX> lunch?")
    channel, person = (page.get_by_role("button", name=name) for name in ("general", "Ravi Security"))
    await expect(channel.get_by_label("1 unread")).to_be_visible()
    for each, state in ((channel, "aria-current"), (person, "aria-pressed")):
        await each.focus()
        await page.keyboard.press("Enter")
        await expect(each).to_have_attribute(state, re.compile("page|true"))
        await expect(each).to_be_focused()
    await expect(channel.get_by_label("unread")).to_be_hidden()
