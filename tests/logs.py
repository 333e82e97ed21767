"""The log in a test: as a process sets it up, which the test shares with others, and what it was told."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import structlog
from structlog.typing import EventDict, WrappedLogger


def with_fields(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """A line for pytest, which shows the message alone: so the fields are in it, too."""
    line = dict(structlog.stdlib.render_to_log_kwargs(logger, method, event))
    if fields := line["extra"]:
        line["msg"] = f"{line['msg']} {fields}"
    return line


@contextmanager
def log_as_before() -> Iterator[None]:
    """Whatever is set up in the block is as it was before it, afterwards."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        structlog.configure(**before)
        root.handlers[:] = handlers
        root.setLevel(level)


def logged(caplog: pytest.LogCaptureFixture, by: str = "") -> str:
    """All that the log was told, with the fields of each line; by loggers whose names begin so."""
    return repr([vars(each) for each in caplog.records if each.name.startswith(by)])
