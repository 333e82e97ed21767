"""What stands around an answer, as a visitor of the demo sees it: thumbs, a way to a person, asking about a message."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from bot.model.demo import DemoModel
from bot.playground.demo import playing
from tests.chromium import chromium_page
from tests.rig import KEY
from tests.test_page_dialogs import act_as

WIFI = "I am user U-123 and my laptop will not connect to wifi."


@pytest.mark.browser
async def test_a_visitor_says_that_it_did_not_help_and_it_is_told_to_people_in_it(tmp_path: Path) -> None:
    async with playing(tmp_path, 0, DemoModel(), KEY) as (_, __, address), chromium_page(address) as page:
        thread = page.get_by_role("log", name="Thread messages")
        await page.get_by_role("button", name=WIFI).click()
        await expect(thread.get_by_text("Solved?")).to_be_visible()
        await thread.get_by_role("button", name="Yes").click()
        await expect(thread.get_by_text("Thank you, that is noted.")).to_be_visible()
        await thread.get_by_role("button", name="No", exact=True).click()
        offer = thread.get_by_role("article").filter(has_text="I am sorry that this did not help")
        await offer.get_by_role("button", name="Get a human").click()
        await expect(thread.get_by_text("has been told. The ticket is T-1001.")).to_be_visible()

        await act_as(page, "Dana Kim")
        await page.get_by_role("button", name="Helpdesk APP").first.click()
        direct = page.get_by_role("log", name="Messages")
        await expect(direct.get_by_text("needs a person from IT. Ticket T-1001.")).to_be_visible()
        await direct.get_by_role("link", name="The thread").click()
        await expect(thread.get_by_text("Solved?")).to_be_visible()


@pytest.mark.browser
async def test_a_visitor_asks_about_a_message_of_somebody_else(tmp_path: Path) -> None:
    async with playing(tmp_path, 0, DemoModel(), KEY) as (slack, _, address), chromium_page(address) as page:
        await slack.say("U0SAM", "C0IT", "Is the printer on the second floor dead?")
        message = page.get_by_role("article").filter(has_text="second floor dead?")
        await message.hover()
        await message.get_by_role("button", name="Ask helpdesk").click()
        form = page.get_by_role("dialog", name="Ask helpdesk")
        await expect(form.get_by_text("second floor dead?")).to_be_visible()
        await form.get_by_role("textbox", name="Your question").fill("What can I do about the printer?")
        await form.get_by_role("button", name="Ask", exact=True).click()
        told = page.get_by_role("dialog", name="Helpdesk")
        await expect(told.get_by_text("I am on it.")).to_be_visible()
        await told.get_by_role("button", name="Back").click()
        await page.get_by_role("button", name="Helpdesk APP").first.click()
        await expect(page.get_by_text("What can I do about the printer?")).to_be_visible()
        await page.get_by_role("button", name="replies").or_(page.get_by_role("button", name="reply")).first.click()
        await expect(page.get_by_role("log", name="Thread messages").get_by_text("printer").first).to_be_visible()
