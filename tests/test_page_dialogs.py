"""The demo as its visitor sees it: the page in a real browser, the real bot behind it."""

from pathlib import Path

import pytest
from playwright.async_api import FilePayload, Page, expect

from bot.model.demo import DemoModel
from bot.playground.demo import playing
from tests.chromium import chromium_page
from tests.rig import KEY
from tests.slack.filing import PNG, ZIP


async def act_as(page: Page, name: str) -> None:
    await page.get_by_title(f"Act as {name}").click()


@pytest.mark.browser
async def test_a_visitor_asks_is_refused_and_sees_the_admin_approve_and_the_link_arrive(tmp_path: Path) -> None:
    async with playing(tmp_path, 0, DemoModel(), KEY) as (_, __, address), chromium_page(address) as page:
        thread = page.get_by_role("log", name="Thread messages")
        await page.get_by_role("button", name="My wifi is down, and reset the password of U-456").click()
        await expect(thread.get_by_text("Forget the network and rejoin it")).to_be_visible()
        await expect(thread.get_by_text("Approval needed: reset password")).to_be_visible()

        await thread.get_by_role("button", name="Approve").click()
        await expect(thread.get_by_text("You cannot decide this request because you asked for it")).to_be_visible()

        await act_as(page, "Dana Kim")
        await expect(thread.get_by_text("You cannot decide")).to_have_count(0)
        await thread.get_by_role("button", name="Approve").click()
        await expect(thread.get_by_text("Approved")).to_be_visible()
        await expect(thread.get_by_text("goes to U-456 by direct message")).to_be_visible()

        await act_as(page, "Sam Patel")
        await page.get_by_role("button", name="Helpdesk APP").first.click()
        async with page.expect_popup() as opened:
            await page.get_by_role("link", name="Set a new password").click()
        form = await opened.value
        await form.get_by_label("New password").fill("correct horse battery")
        await form.get_by_role("button", name="Set password").click()
        await expect(form.get_by_text("Your password is set")).to_be_visible()


@pytest.mark.browser
async def test_an_admin_denies_with_a_reason_and_it_arrives(tmp_path: Path) -> None:
    async with playing(tmp_path, 0, DemoModel(), KEY) as (_, __, address), chromium_page(address) as page:
        thread = page.get_by_role("log", name="Thread messages")
        await page.get_by_role("button", name="Please reset the password of U-456").click()
        await expect(thread.get_by_text("Approval needed: reset password")).to_be_visible()

        await act_as(page, "Omar Haddad")
        await page.get_by_role("button", name="it-approvals").click()
        await page.get_by_role("log", name="Messages").get_by_role("button", name="Deny…").click()
        form = page.get_by_role("dialog", name="Deny this request")
        await form.get_by_role("textbox", name="Why?").fill("Sam is on holiday")
        await form.get_by_role("button", name="Deny").click()
        await expect(form).to_have_count(0)

        await act_as(page, "Alex Chen")
        await page.get_by_role("button", name="it-help").click()
        await page.get_by_role("button", name="replies").click()
        await expect(thread.get_by_text("Denied")).to_be_visible()
        await expect(thread.get_by_text("Sam is on holiday").first).to_be_visible()


@pytest.mark.browser
async def test_a_visitor_sends_files_and_is_told_which_was_not_read(tmp_path: Path) -> None:
    async with playing(tmp_path, 0, DemoModel(), KEY) as (slack, _, address), chromium_page(address) as page:
        files = page.get_by_label("Files", exact=True).first
        sent: list[FilePayload] = [
            {"name": "build.log", "mimeType": "text/plain", "buffer": b"disk full"},
            {"name": "screen.png", "mimeType": "image/png", "buffer": PNG},
            {"name": "a.zip", "mimeType": "application/zip", "buffer": ZIP},
        ]
        await files.set_input_files(sent)
        chosen = page.get_by_role("list", name="Files to send").first
        await expect(chosen.get_by_text("build.log")).to_be_visible()
        await chosen.get_by_role("button", name="Leave out build.log").click()
        await page.get_by_role("textbox", name="Message #it-help").fill("@Helpdesk")
        await page.get_by_role("button", name="Send").first.click()

        thread = page.get_by_role("log", name="Thread messages")
        await expect(thread.get_by_role("link", name="screen.png")).to_be_visible()
        await expect(thread.get_by_text("I could not read “a.zip”")).to_be_visible()
        await expect(thread.get_by_text("I cannot see pictures in the demo")).to_be_visible()
        await expect(chosen).to_be_hidden()
        (asked,) = [each for each in slack.messages("C0IT") if each.user == "U0ALEX"]
        assert [file["name"] for file in asked.files or ()] == ["screen.png", "a.zip"]
