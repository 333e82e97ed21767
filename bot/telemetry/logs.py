"""Logs: one JSON object a line on standard error, without what people wrote. Libraries never speak below INFO.

Promise: the last thing that happens to a line, of our own or of a library, is that it is redacted and cut.
"""

import logging
import sys
from collections.abc import Mapping

import structlog
from structlog.typing import EventDict, Processor

from bot.telemetry.patterns import SECRET_NAME
from bot.telemetry.redact import Redactor

#: characters of a text that is logged, and of one that is looked at for that
MAX_TEXT, MAX_READ = 2_000, 8_000

#: entries of a list or a mapping that are logged, and how deep they may lie in each other
MAX_ENTRIES, MAX_DEPTH = 50, 6

#: made by us of nothing that is private, and wanted as they are: to find what belongs together
OURS = frozenset({"conversation", "trace_id", "timestamp", "level", "logger", "at", "worker", "kind"})

_MORE = "…"

#: characters before a cut that what was cut off may belong to, such as the first groups of a card's number
_BORDER = 60


def configure_logs(level: str) -> Redactor:
    """Set up logging for the process; `level` applies to our own messages. What is given back learns names."""
    redactor = Redactor()
    guard = Guard(redactor)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _trace_without_values,
    ]
    structlog.configure(
        processors=[*shared, guard, structlog.processors.JSONRenderer(ensure_ascii=False)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    root = logging.getLogger()
    root.handlers[:] = [_of_libraries(shared, guard)]
    root.setLevel(max(logging.INFO, logging.getLevelNamesMapping()[level]))
    for noisy in ("httpx", "httpx2", "httpcore", "httpcore2", "openai", "alembic", "aiohttp.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # a collector that is away is told once for each batch, and not for each try
    logging.getLogger("opentelemetry").setLevel(logging.ERROR)
    return redactor


def _of_libraries(shared: list[Processor], guard: "Guard") -> logging.Handler:
    """Writes what libraries log as what we log ourselves is written."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                guard,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
        )
    )
    return handler


class Guard:
    """Redacts all that a line says, but for what is ours."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    def __call__(self, _: object, __: str, event: EventDict) -> EventDict:
        """The line as it may be written."""
        return {key: value if key in OURS else self._field(key, value, MAX_DEPTH) for key, value in event.items()}

    def _field(self, name: str, value: object, depth: int) -> object:
        if SECRET_NAME.fullmatch(name) and not (value is None or isinstance(value, bool)):
            return "[password]"
        return self._value(value, depth)

    def _value(self, value: object, depth: int) -> object:
        if isinstance(value, int | float):
            # a number may be that of a card
            redacted = self._redactor(str(value))
            return value if redacted == str(value) else redacted
        if value is None:
            return value
        if isinstance(value, str):
            return self._text(value)
        if not depth:
            return _MORE
        if isinstance(value, Mapping):
            some = list(value.items())[:MAX_ENTRIES]
            return {self._text(str(key)): self._field(str(key), each, depth - 1) for key, each in some}
        if isinstance(value, list | tuple | set | frozenset):
            more = [_MORE] if len(value) > MAX_ENTRIES else []
            return [self._value(each, depth - 1) for each in list(value)[:MAX_ENTRIES]] + more
        return self._text(repr(value))

    def _text(self, text: str) -> str:
        if len(text) > MAX_READ:
            # never in the middle of a word, or of groups of digits, which might be half a secret
            redacted = self._redactor(text[:MAX_READ].rpartition(" ")[0])[:-_BORDER] + _MORE
        else:
            redacted = self._redactor(text)
        return redacted if len(redacted) <= MAX_TEXT else redacted[: MAX_TEXT - 1] + _MORE


def _trace_without_values(_: object, __: str, event: EventDict) -> EventDict:
    """Where it broke, not what with: the text of an exception may quote a message, an argument, a row."""
    found = event.pop("exc_info", None)
    error = sys.exc_info()[1] if found is True else found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        event["at"] = _frames(error)
    return event


def _frames(error: BaseException) -> list[str]:
    frames, trace = [], error.__traceback__
    while trace:
        code = trace.tb_frame.f_code
        frames.append(f"{code.co_filename}:{trace.tb_lineno} {code.co_qualname}")
        trace = trace.tb_next
    return frames[-12:]
