"""The leanest HTTP/1.1 server that real clients accept: the zero of the scale must cost next to nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Drip:
    """Events that come one by one, with a pause between two, seconds; `sent` is told of each as it leaves."""

    pieces: Sequence[bytes]
    pause: float
    sent: Callable[[int], None]


#: the target of a request (path and query) and its body; gives JSON or events, and the seconds to hold them back
Answer = Callable[[str, bytes], tuple[bytes | Drip, float]]


class Wire(asyncio.Protocol):
    """One connection; requests have a Content-Length and are not pipelined."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, ended, body = self._received.partition(b"\r\n\r\n")
        if not ended or len(body) < _length(head):
            return
        self._received = b""
        answer, delay = self._answer(head.split(b" ", 2)[1].decode(), body)
        if isinstance(answer, Drip):
            asyncio.get_running_loop().call_later(delay, self._drip, answer, 0)
            return
        kind = b"text/event-stream" if answer.startswith(b"event:") else b"application/json"
        response = b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n%b" % (kind, len(answer), answer)
        if delay:
            asyncio.get_running_loop().call_later(delay, self._send, response)
        else:
            self._send(response)

    def _drip(self, drip: Drip, at: int) -> None:
        if self._transport.is_closing():
            return
        if at == 0:
            head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
            self._transport.write(head)
        if at == len(drip.pieces):
            self._transport.write(b"0\r\n\r\n")
            return
        drip.sent(at)
        self._transport.write(b"%x\r\n%b\r\n" % (len(drip.pieces[at]), drip.pieces[at]))
        asyncio.get_running_loop().call_later(drip.pause, self._drip, drip, at + 1)

    def _send(self, response: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(response)


@asynccontextmanager
async def answering(answer: Answer) -> AsyncIterator[str]:
    """Serve until the block ends; gives the address."""
    server = await asyncio.get_running_loop().create_server(lambda: Wire(answer), "127.0.0.1", 0, backlog=1_000)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def _length(head: bytes) -> int:
    _, found, rest = head.lower().partition(b"\r\ncontent-length:")
    return int(rest.partition(b"\r\n")[0]) if found else 0
