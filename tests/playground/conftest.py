"""A local Slack, the app it talks to, and the real SDK's client on an ephemeral port."""

from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground import LocalSlack
from tests.playground.app import App, Clock, served


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app() -> App:
    return App()


@pytest.fixture
async def slack(app: App, clock: Clock) -> AsyncIterator[LocalSlack]:
    """The demo's workspace, delivering events, with near-instant retries."""
    url = "http://127.0.0.1/slack/events"
    local = LocalSlack(url, now=clock, transport=app.transport(), retry_delays=(0, 0.01, 0.02))
    app.on_request = local.workspace.changes.mark
    await local.start()
    yield local
    await local.stop()


@pytest.fixture
async def client(slack: LocalSlack) -> AsyncIterator[AsyncWebClient]:
    """The SDK's client, without its own retries, over a real connection."""
    async with served(slack):
        yield AsyncWebClient(slack.token, base_url=f"{slack.base_url}/api/", retry_handlers=[])
