"""Answers by HTTP, each within a time and a size."""

import asyncio
from typing import Any

from httpx2 import AsyncClient, InvalidURL, RequestError, Response, StreamError

from tools.backends.failures import System

#: what of an answer's head is read; its body is unpacked by then
_READ = ("content-type", "etag", "retry-after")


async def answer(
    system: System, http: AsyncClient, method: str, url: str, *, seconds: float, most: int, **more: Any
) -> Response:
    """What the system answers, whatever its status, of at most so many bytes. Raises NoAnswer."""
    body = bytearray()
    try:
        async with asyncio.timeout(seconds), http.stream(method, url, **more) as streamed:
            async for piece in streamed.aiter_bytes():
                body += piece
                if len(body) > most:
                    raise system.unreadable("it is too long", limit=most)
    except (TimeoutError, RequestError, StreamError, InvalidURL) as error:
        # what it says may hold what we asked for, and as whom
        raise system.no_answer(type(error).__name__) from None
    headers = {name: streamed.headers[name] for name in _READ if name in streamed.headers}
    return Response(streamed.status_code, headers=headers, content=bytes(body))
