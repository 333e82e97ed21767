"""An answer that grows, on the page."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import expect

from bot.playground.demo import playing
from bot.slack import streams
from tests.chromium import chromium_page
from tests.rig import KEY
from tests.slack.speaking import SpeakingModel

FIRST = "First paragraph, about wifi. " * 30


@pytest.mark.browser
async def test_an_answer_is_read_while_it_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "AFTER", 0.05)
    gate = asyncio.Event()
    model = SpeakingModel([FIRST, gate, "\n\nThat is all."])
    async with playing(tmp_path, 0, model, KEY) as (_, __, address), chromium_page(address) as page:
        thread = page.get_by_role("log", name="Thread messages")
        await page.get_by_role("button", name="my laptop will not connect to wifi").click()
        await expect(thread.get_by_text("First paragraph")).to_be_visible()
        await expect(thread.get_by_label("Still writing")).to_be_visible()
        gate.set()
        await expect(thread.get_by_text("That is all.")).to_be_visible()
        await expect(thread.get_by_label("Still writing")).to_have_count(0)
