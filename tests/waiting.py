"""Waiting for what nothing announces."""

import asyncio
from collections.abc import Callable


async def until(reached: Callable[[], object], timeout: float = 60) -> None:
    """Returns once it is so; it is asked a hundred times a second. `TimeoutError` after `timeout` s."""
    async with asyncio.timeout(timeout):
        while not reached():
            await asyncio.sleep(0.01)
