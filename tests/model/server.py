"""A model's server on a real connection: it answers as a test says, also too late, by halves, or not at all."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.fakes.events import STREAM

#: what a server does in the place of going on: say nothing more and hold the line, or close it
Trouble = Literal["stalls", "disconnects"]


@dataclass(frozen=True)
class Sent:
    """One answer: what is sent, and what happens then."""

    pieces: tuple[bytes, ...] = ()
    status: int = 200
    kind: str = STREAM
    headers: tuple[tuple[str, str], ...] = ()
    then: Trouble | None = None
    #: nothing at all is sent before the trouble, not even the head
    silent: bool = False


@dataclass
class Server:
    """Gives `answers` in their order, the last one as often as it is asked."""

    answers: list[Sent]
    address: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    #: the bodies as they were sent
    raw: list[bytes] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    #: somebody asked and went away before the answer was over
    left: asyncio.Event = field(default_factory=asyncio.Event)

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
                self.raw.append(await reader.readexactly(int(length)))
                self.bodies.append(json.loads(self.raw[-1]))
                self.paths.append(head.split(b" ")[1].decode())
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                if not await self._answer(answer, reader, writer):
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, answer: Sent, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Whether the line is open still."""
        if not answer.silent:
            headers = {"content-type": answer.kind, "transfer-encoding": "chunked", **dict(answer.headers)}
            lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            writer.write(f"HTTP/1.1 {answer.status} X\r\n{lines}\r\n".encode())
            for piece in filter(None, answer.pieces):
                writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                await writer.drain()
        if answer.then == "stalls":
            await reader.read()
            self.left.set()
        if answer.then is None:
            writer.write(b"0\r\n\r\n")
        return answer.then is None


@asynccontextmanager
async def serving(answers: Iterable[Sent]) -> AsyncIterator[Server]:
    """The server, at an address of its own."""
    server = Server(list(answers))
    listening = await asyncio.start_server(server.connected, "127.0.0.1", 0)
    server.address = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
    async with listening:
        yield server


def failed(status: int, code: str | None = None, message: str = "Bad input.", **headers: str) -> Sent:
    """An error as OpenAI words it."""
    error = {"message": message, "type": "some_error", "param": None, "code": code}
    told = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Sent((json.dumps({"error": error}).encode(),), status, "application/json", told)
