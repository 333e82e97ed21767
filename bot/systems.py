"""The systems behind the tools that the settings name, beside the embedded ones or in their place."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from bot.config import Settings
from tools.backends.web import WebSearch


@asynccontextmanager
async def systems_of(settings: Settings) -> AsyncIterator[Mapping[type, object]]:
    """Each by the type that tools ask for; their connections end with the block."""
    async with AsyncExitStack() as stack:
        found: dict[type, object] = {}
        key, own = settings.helpdesk_brave_key, settings.helpdesk_searxng_url
        if key or own:
            from tools.backends import http_search  # noqa: PLC0415 -- loaded only where it is used

            engine = http_search.Engine(url=own or http_search.BRAVE, key=key, domains=settings.helpdesk_search_domains)
            found[WebSearch] = await stack.enter_async_context(http_search.searching(engine))
        yield found
