"""The systems behind the tools that the settings name, beside the embedded ones or in their place."""

import random
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, cast

from bot import elsewhere
from bot.config import McpSettings, ToolSettings, variable
from bot.config.directory import DirectorySettings
from bot.config.request_tracker import RequestTrackerSettings
from bot.errors import ConfigError
from tools import TOOLS
from tools.backends.database import Database
from tools.backends.directory import Directory
from tools.backends.embedded import Booked
from tools.backends.mcp import McpServers
from tools.backends.tickets import Queue, Tickets
from tools.backends.web import WebSearch
from tools.spec import Tool
from tools.wire import by_wire_name

if TYPE_CHECKING:
    from tools.backends.mcp_config import McpFile
    from tools.backends.request_tracker.server import Server as RtServer


@asynccontextmanager
async def systems_of(settings: ToolSettings) -> AsyncIterator[Mapping[type, object]]:
    """Each by the type that tools ask for; their connections end with the block."""
    async with AsyncExitStack() as stack:
        found: dict[type, object] = {}
        key, own = settings.helpdesk_brave_key, settings.helpdesk_searxng_url
        if key or own:
            from tools.backends import http_search  # noqa: PLC0415 -- loaded only where it is used

            engine = http_search.Engine(url=own or http_search.BRAVE, key=key, domains=settings.helpdesk_search_domains)
            found[WebSearch] = await stack.enter_async_context(http_search.searching(engine))
        if file := mcp_file(settings):
            from tools.backends import mcp_client  # noqa: PLC0415 -- as above

            opened = mcp_client.connections(file.servers, time.monotonic, random.random)
            found[McpServers] = await stack.enter_async_context(opened)
        found |= await elsewhere.systems(settings, stack)
        found |= await _request_tracker(settings, stack)
        yield found


def mcp_file(settings: McpSettings) -> "McpFile | None":
    """The MCP servers that the settings name. Raises ConfigError."""
    if settings.mcp_config is None:
        return None
    from tools.backends import mcp_config  # noqa: PLC0415 -- loaded only where it is used

    try:
        return mcp_config.read(settings.mcp_config, variable)
    except mcp_config.BadMcpConfig as error:
        raise ConfigError(f"MCP_CONFIG: {error}.") from None


def tools_of(settings: McpSettings) -> tuple[Tool, ...]:
    """The menu: our tools, and what was accepted of the MCP servers. Raises ConfigError."""
    file = mcp_file(settings)
    if file is None:
        return TOOLS
    from tools import mcp  # noqa: PLC0415 -- loaded only where it is used
    from tools.backends import mcp_lock  # noqa: PLC0415

    try:
        lock = mcp_lock.read(file.lock)
        theirs = [
            mcp.mcp_tool(server, each.definition, each.risk)
            for (server, _), each in lock.items()
            if server in file.servers
        ]
        by_wire_name(each.name for each in (*TOOLS, *theirs))
    except ValueError as error:
        raise ConfigError(f"MCP_CONFIG: {error}. Look at: helpdesk mcp list") from None
    return (*TOOLS, *theirs)


@asynccontextmanager
async def directory_of(settings: DirectorySettings) -> AsyncIterator[Directory | None]:
    """The directory that the settings name, with its connections; None: the embedded one."""
    async with people_systems_of(settings) as found:
        yield cast("Directory | None", found.get(Directory))


@asynccontextmanager
async def people_systems_of(settings: DirectorySettings) -> AsyncIterator[Mapping[type, object]]:
    """The directory that the settings name, and what is there beside people, by the type that tools ask for."""
    async with AsyncExitStack() as stack:
        yield await elsewhere.systems(settings, stack)


@asynccontextmanager
async def request_tracker_of(settings: RequestTrackerSettings) -> AsyncIterator["RtServer | None"]:
    """The Request Tracker that the settings name, with its connections; None: tickets are embedded."""
    url, token = settings.helpdesk_rt_url, settings.helpdesk_rt_token
    if not (url and token):
        yield None
        return
    from tools.backends.request_tracker.client import connected  # noqa: PLC0415 -- as above
    from tools.backends.request_tracker.server import Server  # noqa: PLC0415

    async with connected(url, token) as client:
        yield Server(client)


def queues_of(settings: RequestTrackerSettings) -> dict[Queue, str]:
    """What our queues are called there."""
    first = settings.helpdesk_rt_queue
    return {"helpdesk": first, "human": settings.helpdesk_rt_human_queue or first}


async def _request_tracker(settings: RequestTrackerSettings, stack: AsyncExitStack) -> Mapping[type, object]:
    server, url = await stack.enter_async_context(request_tracker_of(settings)), settings.helpdesk_rt_url
    if server is None or url is None:
        return {}
    from tools.backends.request_tracker.reading import Reading  # noqa: PLC0415 -- as above
    from tools.backends.request_tracker.tickets import RequestTracker  # noqa: PLC0415

    def opened(database: Database, directory: Directory) -> RequestTracker:
        reading = Reading(server=server, database=database, url=url, queues=queues_of(settings))
        return RequestTracker(reading=reading, directory=directory)

    return {Tickets: Booked(opened)}
