"""Serving an ASGI application inside a block, and waiting to be told to stop."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.types import ASGIApp

from bot.errors import ConfigError

#: how long open requests may finish at the end, seconds
GRACE = 5

#: how long a connection is kept for the next request, seconds: longer than proxies keep theirs (60), or one of them
#: sends a request in the moment in which it is closed here
KEPT = 75


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are ours, so that the bot stops before its server does."""
        yield


@asynccontextmanager
async def serving(app: ASGIApp, host: str, port: int, setting: str = "PORT") -> AsyncIterator[int]:
    """Serve until the block ends; gives the port, the system's choice for 0. Raises ConfigError for a taken one.

    `setting` is what people choose the port with.
    """
    # of this protocol by name: only then asyncio sends at once what is written, and the second part of an answer
    # does not wait 40 ms for the word that the first arrived
    bound = socket.socket(proto=socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        raise ConfigError(
            f"{setting} {port} cannot be used: {error.strerror}. Choose another with {setting}=…"
        ) from None
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_keep_alive=KEPT,
        timeout_graceful_shutdown=GRACE,
        server_header=False,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[bound]))
    while not server.started:  # noqa: ASYNC110 -- uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        yield bound.getsockname()[1]
    finally:
        server.should_exit = True
        await task


def told_to_stop() -> asyncio.Event:
    """Set at the first SIGINT or SIGTERM after this call; the next one ends the process as it would any other."""
    told, loop = asyncio.Event(), asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)

    def hear() -> None:
        told.set()
        for each in signals:
            loop.remove_signal_handler(each)

    for each in signals:
        loop.add_signal_handler(each, hear)
    return told
