"""The real Bolt takes what the local Slack sends, and the local Slack takes what Bolt answers."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground import LocalSlack
from tests.playground.app import served
from tests.playground.test_interactions import FORM
from tests.playground.test_web_api import actions, button


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    """A local Slack whose app is a small bot on Bolt."""
    local = LocalSlack("http://127.0.0.1/slack/events")
    async with served(local):
        client = AsyncWebClient(local.token, base_url=f"{local.base_url}/api/")
        bolt = AsyncApp(client=client, signing_secret=local.signing_secret, process_before_response=True)
        listen(bolt)
        local._transport = httpx2.ASGITransport(AsyncSlackRequestHandler(bolt, path="/slack/events"))  # type: ignore[arg-type]
        await local.start()
        yield local
        await local.stop()


def listen(bolt: AsyncApp) -> None:
    """Mention → card; press → modal; submit → private answer."""

    @bolt.event("app_mention")
    async def mentioned(event: dict[str, Any], say: Any) -> None:
        await say(text="card", blocks=[actions(button("no", value="r1"))], thread_ts=event["ts"])

    @bolt.event("message")
    async def ignored() -> None:
        return

    @bolt.action("no")
    async def pressed(ack: Any, body: dict[str, Any], client: AsyncWebClient, respond: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=FORM)
        await respond(text="one moment", response_type="ephemeral", replace_original=False)

    @bolt.view("approval.deny")
    async def submitted(ack: Any, view: dict[str, Any]) -> None:
        reason = view["state"]["values"]["reason"]["reason"]["value"]
        await ack() if reason == "late" else await ack(response_action="errors", errors={"reason": "Say late"})


async def test_a_dialog_through_bolt(slack: LocalSlack) -> None:
    ts = await slack.say("U0ALEX", "C0IT", "<@U0BOT> reset it")
    _, card = await slack.wait_for(lambda: (found := slack.thread("C0IT", ts)) and len(found) == 2 and found)  # type: ignore[misc]
    async with asyncio.TaskGroup() as both:
        both.create_task(slack.click("U0DANA", "C0IT", card.ts, "no", value="r1"))
        both.create_task(slack.wait_for(lambda: slack.views("U0DANA")))
    assert [message.text for message in slack.ephemerals("U0DANA")] == ["one moment"]
    (view,) = slack.views("U0DANA")
    assert await slack.submit("U0DANA", view.id, {"reason": "why"}) == {"reason": "Say late"}
    assert await slack.submit("U0DANA", view.id, {"reason": "late"}) is None
    assert slack.views("U0DANA") == []
