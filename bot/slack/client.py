"""One Web API client for the process: one shared connection pool, a time limit on every call."""

import asyncio
import re
from http import HTTPStatus

import aiohttp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import ConfigError
from bot.slack.watch import SlackWatch, trace

#: seconds a call to Slack may take
CALL_LIMIT = 10

#: the longest wait Slack may ask for, seconds
MAX_WAIT = 300.0

#: how long a start waits for Slack to have time, seconds
PATIENCE = 20.0

#: what is a code, and no sentence that could quote somebody
_CODE = re.compile("[a-z0-9_-]{1,64}")

#: Slack's answers that say nothing about us
BUSY = {"ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}


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
            if http_status(error) == HTTPStatus.OK and why not in BUSY:
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


def error_code(error: SlackApiError) -> str:
    """Slack's own code, such as `channel_not_found`; such as `http_503` where the answer was not Slack's JSON."""
    # the SDK (3.47) leaves text in `data`, or a bare aiohttp response in `response`, so that its own `get` breaks
    answer = getattr(error.response, "data", None)
    code = answer.get("error") if isinstance(answer, dict) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else f"http_{http_status(error)}"


def retry_after(error: SlackApiError, otherwise: float) -> float:
    """Seconds that Slack asks us to wait, at most MAX_WAIT; `otherwise` where it does not say."""
    asked = str((getattr(error.response, "headers", None) or {}).get("Retry-After", ""))
    return min(float(asked), MAX_WAIT) if asked.isdecimal() else otherwise


def http_status(error: SlackApiError) -> int:
    """The HTTP status of the answer."""
    return int(getattr(error.response, "status_code", None) or getattr(error.response, "status", None) or 0)
