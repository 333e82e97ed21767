"""How the failures of a server reach people: sentences without what was asked, and a line in the log that says why."""

import structlog

from tools.spec import ToolFailed

DOWN = "The directory did not answer. Please try again in a minute."
BUSY = "The directory has too much to do. Please try again in {:.0f} seconds."
REFUSED = "The directory does not let the helpdesk do that. IT can see in the log what it said."
UNREADABLE = "The directory gave an answer that cannot be used. IT can see in the log what is wrong with it."

log = structlog.get_logger()


class NoAnswer(ToolFailed):
    """Nobody knows what became of the request."""


def no_answer(error: str, **known: object) -> NoAnswer:
    """What to raise where none came in time; the log says why."""
    log.warning("the directory did not answer", error=error, **known)
    return NoAnswer(DOWN)


def unsent(error: str, **known: object) -> ToolFailed:
    """What to raise where the server could not be asked at all; the log says why."""
    log.warning("the directory is not reached", error=error, **known)
    return ToolFailed(DOWN)


def unreadable(why: str, **known: object) -> NoAnswer:
    """What to raise where an answer cannot be used; the log says why."""
    log.error("the directory gave an answer that cannot be used", why=why, **known)
    return NoAnswer(UNREADABLE)


def refused(status: int | str, look: str) -> ToolFailed:
    """What to raise where the server does not do what it is asked, so nothing was done; `look` is for IT, at what."""
    log.error("the directory refuses us", look_at=look, status=status)
    return ToolFailed(REFUSED)
