"""Tasks that nobody waits for: what goes wrong in them is told in the program's log and costs nobody an answer."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import LostClaim, NotInstalled
from bot.slack.budget import Closing
from bot.slack.refusals import error_code

log = structlog.get_logger()


class Background:
    """Keeps its tasks until they end."""

    def __init__(self) -> None:
        self.closed = False
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """How many are under way."""
        return len(self._tasks)

    def start(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """The task that does it; it is cut off when the process ends."""
        task = asyncio.create_task(_quietly(work, name), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        """Cut off what runs."""
        self.closed = True
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _quietly(work: Coroutine[Any, Any, None], name: str) -> None:
    try:
        await work
    except (LostClaim, Closing) as error:
        log.info("left to others", task=name, why=str(error))
    except SlackApiError as error:
        log.warning("left as it is", task=name, error=error_code(error))
    except (NotInstalled, aiohttp.ClientError, TimeoutError, SQLAlchemyError) as error:
        log.warning("left as it is", task=name, error=type(error).__name__)
    except Exception:  # a bug of ours, which nobody waits for
        log.exception("a task broke", task=name)
