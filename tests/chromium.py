"""A page in a real, headless Chromium; skipped with a reason where there is none, required with REQUIRE_BROWSER=1."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page, async_playwright, expect

#: flags without which it speaks to the internet at its start
OFFLINE = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# milliseconds until what should be seen is missed; beside other tests a page takes some seconds
expect.set_options(timeout=30_000)


@asynccontextmanager
async def chromium_page(address: str) -> AsyncIterator[Page]:
    """The page at this address; an error in its script fails the test."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None and os.environ.get("REQUIRE_BROWSER"):
        pytest.fail("REQUIRE_BROWSER is set and there is no chromium")
    if found is None:
        pytest.skip("no chromium on this machine (apt-get install chromium)")
    problems: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=OFFLINE)
        page = await browser.new_page(viewport={"width": 1280, "height": 800})
        page.on("pageerror", lambda error: problems.append(str(error)))
        await page.goto(address)
        yield page
        await browser.close()
    assert problems == []
