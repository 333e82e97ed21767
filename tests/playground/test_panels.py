"""In a real Chromium: forms of every kind, the playground's own panels, and permalinks."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect
from slack_sdk.web.async_client import AsyncWebClient
from starlette.responses import JSONResponse

from bot.playground import LocalSlack
from tests.chromium import chromium_page
from tests.playground.app import App
from tests.playground.test_modals import EDIT, FLAGS, GROUP, HOURS, NOTE, modal, opened, option
from tests.playground.test_web_api import actions, button, section

pytestmark = pytest.mark.browser

#: RFC 6238, appendix B: the secret of its SHA-1 rows, and the last six digits at two of its moments (seconds)
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
CODES = {59: "287 082", 1_111_111_109: "081 804"}


@pytest.fixture
async def page(slack: LocalSlack, client: AsyncWebClient) -> AsyncIterator[Page]:
    """The page as Dana sees it."""
    del client  # it serves the page
    async with chromium_page(f"{slack.base_url}/#U0DANA") as tab:
        yield tab


async def test_a_form_of_every_kind_is_filled_in_checked_and_submitted(
    slack: LocalSlack, app: App, client: AsyncWebClient, page: Page
) -> None:
    view = modal(HOURS, GROUP, FLAGS, NOTE, actions(button("all")))
    await opened(slack, app, client, view)
    form = page.get_by_role("dialog", name="Edit")
    await expect(form.get_by_label("hours")).to_have_value("8")
    await form.get_by_label("hours").fill("9")
    await form.get_by_role("button", name="Save").click()
    await expect(form.get_by_text("Please enter 8 or less.")).to_be_visible()
    await form.get_by_label("hours").fill("3")
    await form.get_by_label("group").select_option("mail")
    await form.get_by_label("Log").check()
    await form.get_by_label("note").fill("")
    await form.get_by_role("button", name="Press").click()
    await slack.wait_for(lambda: len(app.payloads()) == 2)
    assert app.payloads()[-1]["view"]["state"]["values"]["hours"]["it"]["value"] == "3"
    await client.views_update(view_id=slack.views("U0DANA")[0].id, view=modal(section("*Changed*"), *view["blocks"]))
    await expect(form.get_by_text("Changed")).to_be_visible()
    app.answers = [JSONResponse({"response_action": "errors", "errors": {"group": "Not this one"}})]
    await form.get_by_role("button", name="Save").click()
    await expect(form.get_by_text("Not this one")).to_be_visible()
    await form.get_by_role("button", name="Save").click()
    await expect(form).to_have_count(0)
    values = app.payloads()[-1]["view"]["state"]["values"]
    assert values["hours"]["it"]["value"] == "3"
    assert values["group"]["it"]["selected_option"] == option("mail")
    assert values["flags"]["it"]["selected_options"] == [option("log")]
    assert values["note"]["it"]["value"] is None


async def test_the_authenticator_shows_the_codes_of_rfc_6238_beside_a_form_too(
    slack: LocalSlack, app: App, client: AsyncWebClient, page: Page
) -> None:
    await page.clock.set_fixed_time(59)
    await page.get_by_role("button", name="Authenticator").click()
    panel = page.get_by_role("dialog", name="Authenticator")
    await expect(panel.get_by_text("not of Slack")).to_be_visible()
    await panel.get_by_label("Secret").fill("not a secret")
    await panel.get_by_role("button", name="Show codes").click()
    await expect(panel.get_by_text("That is no secret")).to_be_visible()
    await panel.get_by_label("Secret").fill(f"otpauth://totp/Helpdesk:dana?secret={SECRET.lower()}&issuer=Helpdesk")
    await panel.get_by_role("button", name="Show codes").click()
    for moment, code in CODES.items():
        await page.clock.set_fixed_time(moment)
        await expect(panel.get_by_label("Current code")).to_have_text(code)
    await expect(panel.get_by_text("1 s left")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.reload()
    await opened(slack, app, client, EDIT)
    strip = page.get_by_role("dialog", name="Edit").get_by_label("Playground authenticator")
    await expect(strip.get_by_label("Current code")).to_have_text("081 804")
    await page.keyboard.press("Escape")
    await page.get_by_title("Act as Omar Haddad").click()
    await page.get_by_role("button", name="Authenticator").click()
    await expect(page.get_by_text("Omar Haddad has no secret here yet")).to_be_visible()
    assert SECRET not in str(slack.calls) + str(app.requests)


async def test_groups_and_people_are_changed_by_hand(slack: LocalSlack, page: Page) -> None:
    await page.get_by_role("button", name="People & groups").click()
    panel = page.get_by_role("dialog", name="People & groups")
    await panel.get_by_role("button", name="Remove Dana Kim from @it-admins").click()
    await expect(panel.get_by_role("button", name="Remove Dana Kim from @it-admins")).to_have_count(0)
    assert slack.workspace.usergroups["S0ITADM"].users == ("U0OMAR",)
    await panel.get_by_label("Add to @it-admins").select_option("U0SAM")
    await slack.wait_for(lambda: slack.workspace.usergroups["S0ITADM"].users == ("U0OMAR", "U0SAM"))
    await panel.get_by_role("button", name="Deactivate Omar Haddad").click()
    await expect(panel.get_by_role("button", name="Reactivate Omar Haddad")).to_be_visible()
    await expect(page.get_by_title("Omar Haddad is deactivated")).to_be_disabled()
    await panel.get_by_role("button", name="Reactivate Omar Haddad").click()
    await slack.wait_for(lambda: not slack.workspace.users["U0OMAR"].deleted)
    await panel.get_by_role("button", name="Deactivate Dana Kim").click()
    await expect(page.get_by_text("Dana Kim is deactivated. You act as Alex Chen now.")).to_be_visible()


async def test_a_permalink_leads_to_its_message_for_who_may_see_it(
    slack: LocalSlack, client: AsyncWebClient, page: Page
) -> None:
    root = await slack.say("U0ALEX", "C0IT", "I need finance-reports")
    reply = str((await client.chat_postMessage(channel="C0IT", thread_ts=root, text="the reply"))["ts"])
    hidden = str((await client.chat_postMessage(channel=slack.dm("U0SAM"), text="for Sam"))["ts"])
    first = (await client.chat_getPermalink(channel="C0IT", message_ts=reply))["permalink"]
    second = (await client.chat_getPermalink(channel=slack.dm("U0SAM"), message_ts=hidden))["permalink"]
    await client.chat_postMessage(
        channel="C0APPROVE", text="x", blocks=[section(f"<{first}|the request> <{second}|for Sam>")]
    )
    await page.get_by_role("button", name="it-approvals").click()
    await page.get_by_role("link", name="for Sam").click()
    await expect(page.get_by_text("Dana Kim does not see that message")).to_be_visible()
    await page.get_by_role("link", name="the request").click()
    thread = page.get_by_role("log", name="Thread messages")
    await expect(thread.locator(f'[data-ts="{reply}"]')).to_be_focused()
    assert len(page.context.pages) == 1


async def test_the_home_is_there_where_the_app_listens_for_it(
    slack: LocalSlack, app: App, client: AsyncWebClient, page: Page
) -> None:
    await page.get_by_role("button", name="Helpdesk APP").first.click()
    await expect(page.get_by_role("tab", name="Home")).to_have_count(0)
    await client.views_publish(user_id="U0DANA", view={"type": "home", "blocks": [actions(button("freeze"))]})
    await page.get_by_role("tab", name="Home").click()
    await slack.wait_for(lambda: app.events("app_home_opened"))
    await page.get_by_role("button", name="Press").click()
    await slack.wait_for(app.payloads)
    assert app.payloads()[-1]["container"]["type"] == "view"


async def test_who_comes_from_the_home_to_a_channel_finds_the_box_to_write_in_as_it_was(
    client: AsyncWebClient, page: Page
) -> None:
    await client.views_publish(user_id="U0DANA", view={"type": "home", "blocks": [section("Hello")]})
    box = page.get_by_role("textbox", name="Message #it-help")
    before = await box.bounding_box()
    await page.get_by_role("button", name="Helpdesk APP").first.click()
    await page.get_by_role("tab", name="Home").click()
    await expect(page.get_by_text("Hello")).to_be_visible()
    await page.get_by_role("button", name="it-help").click()
    await expect(box).to_be_visible()
    assert await box.bounding_box() == before


async def test_on_a_phone_the_conversations_are_behind_a_button_that_says_whether_they_are_there(page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 800})
    menu = page.get_by_role("button", name="Channels")
    general = page.get_by_role("button", name="general")
    await menu.click()
    await expect(menu).to_have_attribute("aria-expanded", "true")
    await page.get_by_role("log", name="Messages").click(position={"x": 380, "y": 300})
    await expect(general).to_be_hidden()
    await expect(menu).to_have_attribute("aria-expanded", "false")
    await menu.click()
    await general.click()
    await expect(page.get_by_role("heading", name="general").first).to_be_visible()
    await expect(menu).to_have_attribute("aria-expanded", "false")
