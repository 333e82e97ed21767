"""One Web API client for the process: one shared connection pool, a time limit on every call."""

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

#: seconds a call to Slack may take
CALL_LIMIT = 10


def web_client(token: str, base_url: str, pool: aiohttp.ClientSession) -> AsyncWebClient:
    """A client on the pool; without it every call would open a connection of its own (slack_sdk 3.47)."""
    # 429 is not retried here: whoever calls decides what waits, see delivery.py
    return AsyncWebClient(token=token, base_url=base_url, session=pool, timeout=CALL_LIMIT, retry_handlers=[])


def connection_pool() -> aiohttp.ClientSession:
    """To be closed by whoever opened it; belongs to the running event loop."""
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=CALL_LIMIT), connector=aiohttp.TCPConnector(limit=200)
    )
