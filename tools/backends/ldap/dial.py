"""How an LDAP server is reached: by Python's own sockets and TLS, behind a socket of ours that libldap is given.

libldap waits without an end for a name, a connection or TLS, and bonsai holds up the whole process meanwhile. So all
that it opens is a socket in a folder which is nobody else's, and what goes through that is carried to the server here.
"""

import asyncio
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

#: bytes that are carried at once, and of one answer
PIECE, MAX_BYTES = 65_536, 5_000_000

#: "speak TLS from here on": an extended request of number 1 (RFC 4511, 4.14.1)
_STARTTLS = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x16" + b"1.3.6.1.4.1.1466.20037"
#: how a yes begins, after the lengths: number 1, an extended response, a result code of 0
_NUMBER, _YES = b"\x02\x01\x01\x78", b"\x0a\x01\x00"


class NoTlsError(ConnectionError):
    """The server does not speak TLS where we asked for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a server is, and how it is spoken to."""

    host: str
    port: int
    #: None: in plain text
    tls: ssl.SSLContext | None
    #: TLS begins after a word about it, and not at once
    starts: bool = False


class Carried:
    """One connection to the server. `path` is a socket that may be opened once."""

    def __init__(self, path: Path, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.path = path
        #: bytes that may still come; below 0: there were more, so it was ended
        self.left = MAX_BYTES
        self._remote = reader, writer
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listening.setblocking(False)
        self._listening.bind(str(self.path))
        self._listening.listen(1)
        self._task = asyncio.create_task(self._carry())

    @property
    def ended(self) -> bool:
        """Nothing goes through any more: one of the two sides is gone."""
        return self._task.done()

    def close(self) -> None:
        """End it."""
        self._task.cancel()

    async def _carry(self) -> None:
        reader, writer = self._remote
        try:
            with self._listening:
                local, _ = await asyncio.get_running_loop().sock_accept(self._listening)
            with local:
                both = [asyncio.create_task(each) for each in (_up(local, writer), self._down(reader, local))]
                try:
                    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for each in both:
                        each.cancel()
                    await asyncio.gather(*both, return_exceptions=True)
        finally:
            writer.close()
            self.path.unlink(missing_ok=True)

    async def _down(self, reader: asyncio.StreamReader, local: socket.socket) -> None:
        while piece := await reader.read(PIECE):
            self.left -= len(piece)
            if self.left < 0:
                return
            await asyncio.get_running_loop().sock_sendall(local, piece)


async def carried(address: Address, path: Path) -> Carried:
    """A new connection, at a path where nothing is. Raises OSError, also where the server does not prove itself."""
    connected = await _connected(address)
    try:
        if address.tls and address.starts:
            await _start_tls(connected)
        name = address.host if address.tls else None
        reader, writer = await asyncio.open_connection(sock=connected, ssl=address.tls, server_hostname=name)
    except BaseException:
        connected.close()
        raise
    return Carried(path, reader, writer)


async def _connected(address: Address) -> socket.socket:
    loop = asyncio.get_running_loop()
    failed: OSError = OSError("the name has no address")
    for family, kind, proto, _, at in await loop.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM):
        made = socket.socket(family, kind, proto)
        made.setblocking(False)
        try:
            await loop.sock_connect(made, at)
        except OSError as error:
            made.close()
            failed = error
        except BaseException:
            made.close()
            raise
        else:
            return made
    raise failed


async def _start_tls(connected: socket.socket) -> None:
    """No byte more than the answer is read: whatever was put in behind it is taken for TLS, and is none."""
    await asyncio.get_running_loop().sock_sendall(connected, _STARTTLS)
    head = await _exactly(connected, 2)
    length = head[1]
    if length & 0x80:
        length = int.from_bytes(await _exactly(connected, min(length & 0x7F, 4)))
    answer = await _exactly(connected, min(length, PIECE))
    if head[0] != 0x30 or not answer.startswith(_NUMBER) or _YES not in answer[len(_NUMBER) : len(_NUMBER) + 8]:  # noqa: PLR2004 -- BER
        raise NoTlsError("it does not speak TLS")


async def _exactly(connected: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        piece = await asyncio.get_running_loop().sock_recv(connected, size - len(found))
        if not piece:
            raise NoTlsError("it ends the connection")
        found += piece
    return found


async def _up(local: socket.socket, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await asyncio.get_running_loop().sock_recv(local, PIECE):
            writer.write(piece)
            await writer.drain()
