"""One connection to an MCP server, by the official SDK, for as long as somebody holds it.

Promise: a server gets the environment that the settings name and nothing else of ours; what it asks for in between
(elicitation, sampling, roots) is not offered; what it writes to standard error goes nowhere.
"""

import asyncio
import os
import shutil
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx2
from mcp import Client, StdioServerParameters, types
from mcp.client.stdio import get_default_environment, stdio_client
from mcp.client.streamable_http import streamable_http_client

from tools.backends.mcp import Definition
from tools.backends.mcp_config import Http, Server, Stdio
from tools.spec import ToolFailed

#: time limits for a start and for its connection, seconds
START_S, CONNECT_S = 20.0, 5.0

#: pages of a list, and tools in it
MAX_PAGES, MAX_LISTED = 10, 500


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A connection, and how the task that holds it is told to end."""

    client: Client
    over: asyncio.Event

    async def offered(self) -> dict[str, Definition]:
        """The tools that the server offers now. Raises whatever the SDK raises."""
        found: list[types.Tool] = []
        asked = None
        for _ in range(MAX_PAGES):
            page = await self.client.session.list_tools(params=asked)
            found += page.tools
            if not page.next_cursor:
                break
            asked = types.PaginatedRequestParams(cursor=page.next_cursor)
        return {each.name: _definition(each) for each in found[:MAX_LISTED]}


async def hold(name: str, server: Server, ready: "asyncio.Future[Line]") -> None:
    """Connect, tell `ready`, and keep it until the line is over: the SDK wants the end in the task of the beginning."""
    failure = ToolFailed(f"The MCP server {name} does not start. Try again later.")
    try:
        async with AsyncExitStack() as stack:
            async with asyncio.timeout(START_S):
                line = Line(await _client(name, server, stack), asyncio.Event())
            if not ready.done():
                ready.set_result(line)
                await line.over.wait()
    except ToolFailed as error:
        failure = error
    except (Exception, BaseExceptionGroup):  # whatever the SDK raises may quote the server  # noqa: BLE001, S110
        pass
    finally:
        if not ready.done():
            ready.set_exception(failure)


async def _client(name: str, server: Server, stack: AsyncExitStack) -> Client:
    us = types.Implementation(name="helpdesk", version="1")
    if isinstance(server, Http):
        headers = {key: each.get_secret_value() for key, each in server.headers.items()}
        # an answer may take as long as the tool may
        limits = httpx2.Timeout(None, connect=CONNECT_S)
        http = await stack.enter_async_context(httpx2.AsyncClient(headers=headers, timeout=limits))
        transport = streamable_http_client(server.url, http_client=http)
    else:
        silence = stack.enter_context(Path(os.devnull).open("w"))  # noqa: ASYNC230, SIM115 -- never blocks, and the stack closes it
        transport = stdio_client(_bare(name, server), silence)
    return await stack.enter_async_context(Client(transport, cache=None, client_info=us))


def _bare(name: str, server: Stdio) -> StdioServerParameters:
    """How it is started: with PATH and what the settings name; the SDK by itself would hand on HOME and more."""
    if not shutil.which(server.command):
        raise ToolFailed(f"The MCP server {name} cannot be started: its command is not there.")
    own = {key: each.get_secret_value() for key, each in server.env.items()}
    without = [part for each in get_default_environment() if each not in ("PATH", *own) for part in ("-u", each)]
    return StdioServerParameters(command="env", args=[*without, server.command, *server.args], env=own)


def _definition(tool: types.Tool) -> Definition:
    hints = tool.annotations.model_dump(mode="json", by_alias=True, exclude_none=True) if tool.annotations else {}
    return Definition(tool.name, tool.description or "", tool.input_schema, tool.title or "", hints)
