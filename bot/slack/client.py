"""One Web API client for the process: one shared connection pool, a time limit on every call."""

import asyncio
from http import HTTPStatus

import aiohttp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import ConfigError
from bot.slack.refusals import PASSING, error_code, http_status, retry_after
from bot.slack.watch import SlackWatch, trace

#: seconds a call to Slack may take
CALL_LIMIT = 10

#: how long a start waits for Slack to have time, seconds
PATIENCE = 20.0


def web_client(token: str | None, base_url: str, pool: aiohttp.ClientSession) -> AsyncWebClient:
    """A client on the pool; without it every call would open a connection of its own (slack_sdk 3.47)."""
    # 429 is not retried here: whoever calls decides what waits, see delivery.py
    return AsyncWebClient(token=token, base_url=base_url, session=pool, timeout=CALL_LIMIT, retry_handlers=[])


def connection_pool(watch: SlackWatch | None = None) -> aiohttp.ClientSession:
    """To be closed by whoever opened it; belongs to the running event loop."""
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=CALL_LIMIT),
        connector=aiohttp.TCPConnector(limit=200),
        trace_configs=[trace(watch)] if watch else None,
    )


async def who_we_are(client: AsyncWebClient) -> AuthorizeResult:
    """Who the token says we are; asked again where Slack is busy. Raises ConfigError where it refuses or is away."""
    waited = 0.0
    while True:
        try:
            found = await client.auth_test()
        except SlackApiError as error:
            why, pause = error_code(error), retry_after(error, 1.0)
            if http_status(error) == HTTPStatus.OK and why not in PASSING:
                raise ConfigError(f"SLACK_BOT_TOKEN is refused by Slack: {why}") from None
        except aiohttp.ClientConnectorError as error:
            raise ConfigError(f"Slack is not reachable at {client.base_url}: {error}") from None
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            why, pause = type(error).__name__, 1.0
        else:
            return AuthorizeResult.from_auth_test_response(bot_token=client.token, auth_test_response=found)
        waited += pause
        if waited > PATIENCE:
            raise ConfigError(f"Slack does not say whose token it is: {why}. Try again later.")
        await asyncio.sleep(pause)
