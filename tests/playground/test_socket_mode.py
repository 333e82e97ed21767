"""The local Slack's Socket Mode: slack_sdk's own client works with it, and it is as strict as Slack."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground import LocalSlack
from bot.playground.socket_mode import MOST
from tests.playground.app import served
from tests.playground.test_web_api import actions, button


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    """A local Slack whose app comes by Socket Mode."""
    local = LocalSlack("ws://127.0.0.1/link", retry_delays=(0, 0.01))
    async with served(local):
        local.endpoint.url = local.base_url.replace("http", "ws") + "/link"
        await local.start()
        yield local
        await local.stop()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as client:
        yield client


def web(slack: LocalSlack, token: str) -> AsyncWebClient:
    return AsyncWebClient(token, base_url=f"{slack.base_url}/api/", retry_handlers=[])


async def address(slack: LocalSlack) -> str:
    return str((await web(slack, slack.token).apps_connections_open(app_token=slack.app_token))["url"])


async def test_the_sdks_own_client_takes_events_clicks_and_a_refresh(slack: LocalSlack) -> None:
    bolt, heard = AsyncApp(client=web(slack, slack.token), process_before_response=True), []

    @bolt.event("message")
    async def message(event: dict[str, Any]) -> None:
        heard.append(event["text"])

    @bolt.action("yes")
    async def yes(ack: Any) -> None:
        await ack()

    handler = AsyncSocketModeHandler(bolt, slack.app_token)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    posted = await bolt.client.chat_postMessage(channel="C0IT", text="?", blocks=[actions(button("yes"))])
    assert await slack.click("U0ALEX", "C0IT", str(posted["ts"]), "yes") == 200
    await slack.say("U0ALEX", "C0IT", "before")
    await slack.wait_for(lambda: not slack.outbox.pending)
    await slack.socket.refresh()
    await slack.say("U0ALEX", "C0IT", "after")
    await slack.wait_for(lambda: not slack.outbox.pending)
    await handler.close_async()  # type: ignore[no-untyped-call]
    assert heard == ["before", "after"]


@pytest.mark.parametrize(
    ("token", "error"), [("xapp-wrong", "invalid_auth"), ("xoxb-playground", "not_allowed_token_type")]
)
async def test_only_the_app_level_token_opens_connections(slack: LocalSlack, token: str, error: str) -> None:
    with pytest.raises(SlackApiError, match=error):
        await web(slack, slack.token).apps_connections_open(app_token=token)


async def test_the_app_level_token_opens_nothing_else(slack: LocalSlack) -> None:
    with pytest.raises(SlackApiError, match="not_allowed_token_type"):
        await web(slack, slack.app_token).auth_test()


async def test_an_address_is_good_once_and_not_for_another_sites_page(
    slack: LocalSlack, http: aiohttp.ClientSession
) -> None:
    one, other = await address(slack), await address(slack)
    async with http.ws_connect(one):
        for refused, origin in ((one, None), (other, "http://evil.example")):
            with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
                await http.ws_connect(refused, origin=origin)


async def test_one_connection_too_many_is_told_so_and_closed(slack: LocalSlack, http: aiohttp.ClientSession) -> None:
    sockets = [await http.ws_connect(await address(slack)) for _ in range(MOST)]
    said = [await socket.receive_json() for socket in sockets]
    assert [(each["type"], each["num_connections"]) for each in said] == [("hello", n + 1) for n in range(MOST)]
    extra = await http.ws_connect(await address(slack))
    assert (await extra.receive_json())["reason"] == "too_many_websockets"
    assert (await extra.receive()).type is aiohttp.WSMsgType.CLOSE


async def test_an_event_waits_for_a_connection_and_comes_again_on_another_if_it_was_not_acknowledged(
    slack: LocalSlack, http: aiohttp.ClientSession
) -> None:
    await slack.say("U0ALEX", "C0IT", "hello")
    first, came = await http.ws_connect(await address(slack)), []
    came += [await first.receive_json(), await first.receive_json()]
    second = await http.ws_connect(await address(slack))
    came += [await second.receive_json()]
    await first.close()
    came += [await second.receive_json()]
    assert slack.outbox.pending
    await second.send_json({"envelope_id": came[-1]["envelope_id"]})
    await slack.wait_for(lambda: not slack.outbox.pending)
    assert [each["type"] for each in came] == ["hello", "events_api", "hello", "events_api"]
    assert [(each["retry_attempt"], each["retry_reason"]) for each in came[1::2]] == [(0, ""), (1, "timeout")]
    assert not slack.outbox.given_up


async def test_without_a_connection_a_click_gets_no_answer(slack: LocalSlack) -> None:
    posted = await web(slack, slack.token).chat_postMessage(channel="C0IT", text="?", blocks=[actions(button("yes"))])
    assert await slack.click("U0ALEX", "C0IT", str(posted["ts"]), "yes") == 0
