"""What is told of an error that nobody expected: of what kind it is and where, and never with what.

The words of an error may quote a row, a message, an address with a token in it. Only our own errors are quoted: theirs
are sentences for people. Python's and asyncio's own reports quote all of it.
"""

import asyncio
import re
import traceback
from collections.abc import Coroutine, Iterator, Mapping
from typing import Any, TypeVar

import structlog

from bot.errors import HelpdeskError

T = TypeVar("T")

#: causes of causes that are told
MAX_CAUSES = 20

_BEGIN = re.compile("[A-Za-z ]*")

log = structlog.get_logger()


def traced(error: BaseException) -> list[str]:
    """Where it was raised, the cause before what it caused; lines as Python's own."""
    chain = [error]
    while len(chain) < MAX_CAUSES and (before := _before(chain[-1])) is not None:
        chain.append(before)
    return [line for each in reversed(chain) for line in _lines(each)]


async def watched(work: Coroutine[Any, Any, T]) -> T:
    """What the work gives; what breaks in the background of its event loop is told without values."""
    asyncio.get_running_loop().set_exception_handler(_in_background)
    return await work


def _in_background(_: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
    # the message goes on with a task, a callback or a result, as Python writes them
    begin = _BEGIN.match(str(context.get("message", "")))
    log.error("something broke in the background", how=begin[0].strip() if begin else "", exc_info=_error(context))


def _error(context: Mapping[str, Any]) -> BaseException | None:
    found = context.get("exception")
    return found if isinstance(found, BaseException) else None


def _before(error: BaseException) -> BaseException | None:
    return error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _lines(error: BaseException) -> Iterator[str]:
    yield from traceback.format_tb(error.__traceback__)
    words = f": {error}" if isinstance(error, HelpdeskError) else ""
    yield f"{type(error).__module__}.{type(error).__qualname__}{words}\n"
