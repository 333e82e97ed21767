"""Serving: how connections are used."""

import asyncio
import socket

import httpx2
import psutil
from starlette.applications import Starlette

from bot.api.serving import serving


async def test_an_answer_is_sent_whole_at_once() -> None:
    """Else its second part waits for the word that the first arrived, which takes 40 ms on a kept connection."""
    async with serving(Starlette(), "127.0.0.1", 0) as port, httpx2.AsyncClient(trust_env=False) as client:
        await client.get(f"http://127.0.0.1:{port}/")
        ours = [each for each in psutil.Process().net_connections() if each.laddr[1:] == (port,) and each.raddr]
        assert len(ours) == 1
        with socket.fromfd(ours[0].fd, socket.AF_INET, socket.SOCK_STREAM) as sending:
            assert sending.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_a_connection_is_kept_for_the_next_request() -> None:
    """Else a proxy that keeps it for longer sends a request in the moment in which it is closed here."""
    async with serving(Starlette(), "127.0.0.1", 0) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for pause in (6, 0):
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await reader.readline()).startswith(b"HTTP/1.1 404")
            await reader.readuntil(b"\r\n\r\nNot Found")
            await asyncio.sleep(pause)
        writer.close()
