"""The MCP servers of the settings: each is started when it is needed first, and again where it broke off.

Promise: one connection for each, whoever calls; a server that keeps failing is left alone for a while; what servers say
in errors goes into no log.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from mcp import MCPError, types

from tools.backends.mcp import Definition
from tools.backends.mcp_config import Server
from tools.backends.mcp_line import Line, hold
from tools.backends.mcp_output import text_of, value_of
from tools.spec import NotPossible, OutcomeUnknown, ToolFailed

#: time limits for a list of tools and for an end, seconds
LIST_S, END_S = 10.0, 10.0

#: a server that keeps failing is started again after so many seconds, then twice as many
FIRST_WAIT, LAST_WAIT = 1.0, 60.0

#: characters of what a server says of a failure
MAX_FAILURE = 500

#: answers to a call that say that it was not carried out
_NOT_DONE = (types.INVALID_PARAMS, types.METHOD_NOT_FOUND, types.INVALID_REQUEST)

#: what the SDK logs quotes what servers send
_SDK = logging.getLogger("mcp")


@dataclass(slots=True, eq=False)
class Connection:
    """The connection to one server, there while it is needed and the server lives."""

    name: str
    server: Server
    monotonic: Callable[[], float]
    #: from 0 to 1
    jitter: Callable[[], float]
    _line: Line | None = None
    _opening: asyncio.Lock = field(default_factory=asyncio.Lock)
    #: each holds a connection, the last ones of which may be ending
    _tasks: "set[asyncio.Task[None]]" = field(default_factory=set)
    #: calls that wait for their result
    _running: int = 0
    _failures: int = 0
    _not_before: float = 0.0

    async def listed(self) -> tuple[Line, Mapping[str, Definition]]:
        """The connection, and what the server offers now; where it died since the last call it is started again.

        Raises ToolFailed.
        """
        for was_there in (self._line is not None, False):
            line = await self._there()
            try:
                async with asyncio.timeout(LIST_S):
                    return line, await line.offered()
            except Exception as error:  # whatever it sent; its words are not for logs  # noqa: BLE001
                if isinstance(error, TimeoutError) and self._running:
                    raise ToolFailed(f"The MCP server {self.name} is busy. Try again later.") from None
                self.broke(line)
                if not was_there:
                    break
        raise ToolFailed(f"The MCP server {self.name} does not say which tools it has. Try again later.")

    async def call(self, line: Line, tool: str, arguments: Mapping[str, Any]) -> types.CallToolResult:
        """What the tool gave. Raises NotPossible where it was not carried out, and OutcomeUnknown."""
        self._running += 1
        try:
            result = await line.client.session.call_tool(tool, dict(arguments), allow_input_required=True)
        except MCPError as error:
            if error.code in (types.CONNECTION_CLOSED, types.INVALID_REQUEST):
                self.broke(line)
            if error.code in _NOT_DONE:
                raise NotPossible(f"The MCP server {self.name} does not take this call.") from None
            raise OutcomeUnknown(f"The MCP server {self.name} broke off.") from None
        except Exception:  # as above; it may have been carried out  # noqa: BLE001
            raise OutcomeUnknown(f"The MCP server {self.name} gave nothing that can be read.") from None
        finally:
            self._running -= 1
        if not isinstance(result, types.CallToolResult):
            raise NotPossible(f"The MCP server {self.name} asks for more in between, which nobody answers here.")
        self._failures = 0
        return result

    def broke(self, line: Line) -> None:
        """It is of no use any more; the next call starts another, after a while where that keeps happening."""
        if self._line is line:
            self._line = None
            self._failed()
        line.over.set()

    async def close(self) -> None:
        """End it, and the server with it."""
        if self._line:
            self._line.over.set()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=END_S)
            for each in late:
                each.cancel()

    async def _there(self) -> Line:
        async with self._opening:
            if self._line:
                return self._line
            wait = self._not_before - self.monotonic()
            if wait > 0:
                raise ToolFailed(f"The MCP server {self.name} keeps failing; it is tried again in {wait:.0f} seconds.")
            try:
                self._line = await self._opened()
            except ToolFailed:
                self._failed()
                raise
            return self._line

    async def _opened(self) -> Line:
        ready: asyncio.Future[Line] = asyncio.get_running_loop().create_future()
        # a failure is told to whoever waits, if anybody still does
        ready.add_done_callback(lambda done: done.cancelled() or done.exception())
        task = asyncio.create_task(hold(self.name, self.server, ready), name=f"mcp {self.name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return await ready

    def _failed(self) -> None:
        """The first time it is tried again at once."""
        wait = min(LAST_WAIT, FIRST_WAIT * 2.0 ** min(self._failures - 1, 10)) if self._failures else 0.0
        self._failures += 1
        self._not_before = self.monotonic() + wait * (0.5 + self.jitter() / 2)


@dataclass(slots=True)
class Connections:
    """McpServers over real connections."""

    of: Mapping[str, Connection]
    _changed: set[str] = field(default_factory=set)

    async def call(self, server: str, pinned: Definition, arguments: Mapping[str, Any]) -> object:
        """See McpServers."""
        connection = self.of[server]
        line, offered = await connection.listed()
        now = offered.get(pinned.name)
        if now is None or now.digest != pinned.digest:
            self._changed.add(f"{server}.{pinned.name}")
            raise NotPossible(
                f"Not run: the MCP server {server} does not offer {pinned.name} as it was accepted any more."
                " Somebody of IT has to look at it: helpdesk mcp list"
            )
        result = await connection.call(line, pinned.name, arguments)
        if result.is_error:
            raise NotPossible(f"{server}.{pinned.name} says that it failed: {text_of(result)[:MAX_FAILURE]}")
        return value_of(result)

    def withdrawn(self) -> frozenset[str]:
        """See McpServers."""
        return frozenset(self._changed)


@asynccontextmanager
async def connections(
    servers: Mapping[str, Server], monotonic: Callable[[], float], jitter: Callable[[], float]
) -> AsyncIterator[Connections]:
    """Connections that end with the block; none is opened before it is needed."""
    _SDK.handlers[:], _SDK.propagate = [logging.NullHandler()], False
    made = Connections({name: Connection(name, each, monotonic, jitter) for name, each in servers.items()})
    try:
        yield made
    finally:
        await asyncio.gather(*(each.close() for each in made.of.values()))
