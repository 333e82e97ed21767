"""Something between the bot and an LDAP server that does not let everything through."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

#: how a change of an entry, and an extended request, begin within their message (RFC 4511)
_CHANGES = (0x66, 0x77)


class Proxy:
    """It passes on what comes, unless a test says otherwise."""

    def __init__(self, port: int) -> None:
        self.port, self._server = 0, port
        #: nothing comes back until it is set
        self.opened = asyncio.Event()
        self.opened.set()
        #: half of what comes back does, and then the connection ends
        self.halves = False
        #: answers to the next changes that are lost, with their connections
        self.lost = 0
        #: connections that were made
        self.made = 0
        self.tasks: set[asyncio.Task[None]] = set()

    def take(self, serving: Coroutine[Any, Any, None]) -> None:
        """It goes on beside."""
        self.tasks.add(asyncio.create_task(serving))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.made += 1
        theirs, ours = await asyncio.open_connection("127.0.0.1", self._server)
        down = asyncio.create_task(self._down(theirs, writer))
        up = asyncio.create_task(self._up(reader, ours, down))
        down.add_done_callback(lambda ended: None if ended.cancelled() else up.cancel())
        try:
            await asyncio.wait([up])
        finally:
            up.cancel()
            down.cancel()
            ours.close()
            writer.close()

    async def _up(self, reader: asyncio.StreamReader, ours: asyncio.StreamWriter, down: "asyncio.Task[None]") -> None:
        with suppress(ConnectionError):
            while piece := await reader.read(65_536):
                losing = self.lost > 0 and _kind(piece) in _CHANGES
                if losing:
                    self.lost -= 1
                    down.cancel()
                ours.write(piece)
                await ours.drain()
                if losing:
                    await asyncio.sleep(0.1)
                    return

    async def _down(self, theirs: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while piece := await theirs.read(65_536):
                await self.opened.wait()
                writer.write(piece[: len(piece) // 2] if self.halves else piece)
                await writer.drain()
                if self.halves:
                    return


def _kind(message: bytes) -> int:
    """What is asked: it stands behind the lengths and the message's number."""
    at = 2 + (message[1] & 0x7F if message[1] & 0x80 else 0)
    return message[at + 2 + message[at + 1]]


@asynccontextmanager
async def proxy(port: int) -> AsyncIterator[Proxy]:
    """To the server at that port."""
    made = Proxy(port)
    listening = await asyncio.start_server(lambda *both: made.take(made.serve(*both)), "127.0.0.1", 0)
    made.port = listening.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        listening.close()
        for each in made.tasks:
            each.cancel()
