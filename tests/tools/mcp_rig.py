"""A real MCP server in a process of its own, by either transport, and connections to it on a clock of the test's."""

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from tools.backends.mcp import Definition
from tools.backends.mcp_client import Connections, connections
from tools.backends.mcp_config import Http, Server, Stdio

SCRIPT = str(Path(__file__).parent.parent / "fakes" / "mcp_server.py")


@dataclass
class Odd:
    """The server `odd`, and what it wrote down."""

    opened: Connections
    folder: Path
    server: Server
    #: seconds
    now: float = 0.0

    async def offered(self) -> dict[str, Definition]:
        """What it offers now."""
        return dict((await self.opened.of["odd"].listed())[1])

    async def use(self, tool: str, **arguments: Any) -> Any:
        """Call it as it is now."""
        return await self.opened.call("odd", (await self.offered())[tool], arguments)

    def noted(self, file: str) -> list[Any]:
        """Its starts, or its calls."""
        path = self.folder / file
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def by_stdio(folder: Path, **env: str) -> Stdio:
    """How it is started here."""
    secret = {key: SecretStr(value) for key, value in env.items()}
    return Stdio(command=sys.executable, args=(SCRIPT, str(folder)), env=secret)


@asynccontextmanager
async def odd(folder: Path, server: Server | None = None) -> AsyncIterator[Odd]:
    """Connections to it, which is not started before it is needed."""
    async with connected(server or by_stdio(folder), folder) as made:
        yield made


@asynccontextmanager
async def connected(server: Server, folder: Path = Path()) -> AsyncIterator[Odd]:
    """The same with any server, under the same name."""
    async with connections({"odd": server}, lambda: made.now, lambda: 1.0) as opened:
        made = Odd(opened, folder, server)
        yield made


def free_port() -> int:
    """A port nobody has."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@asynccontextmanager
async def by_http(folder: Path, port: int) -> AsyncIterator[Http]:
    """The server at a port, in a process of its own."""
    process = await asyncio.create_subprocess_exec(sys.executable, SCRIPT, str(folder), str(port))
    try:
        async with httpx.AsyncClient() as client, asyncio.timeout(60):
            while True:
                try:
                    await client.get(f"http://127.0.0.1:{port}/")
                    break
                except httpx.TransportError:
                    await asyncio.sleep(0.05)
        yield Http(url=f"http://127.0.0.1:{port}/mcp", headers={"authorization": SecretStr("Bearer hunter2")})
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
