"""How the failures of a system reach people: sentences without what was asked, and a line in the log that says why."""

from dataclasses import dataclass

import structlog

from tools.spec import ToolFailed

DOWN = "The {} did not answer. Please try again in a minute."
BUSY = "The {} has too much to do. Please try again in {}."
REFUSED = "The {} does not let the helpdesk do that. IT can see in the log what it said."
UNREADABLE = "The {} gave an answer that cannot be used. IT can see in the log what is wrong with it."

log = structlog.get_logger()


class NoAnswer(ToolFailed):
    """Nobody knows what became of the request."""


@dataclass(frozen=True, slots=True)
class System:
    """What people call it; its methods give what to raise."""

    name: str

    def says(self, sentence: str, *more: str) -> str:
        """One of the sentences above."""
        return sentence.format(self.name, *more)

    def no_answer(self, error: str, **known: object) -> NoAnswer:
        """None came in time."""
        log.warning("a system did not answer", system=self.name, error=error, **known)
        return NoAnswer(self.says(DOWN))

    def unsent(self, error: str, **known: object) -> ToolFailed:
        """It could not be asked at all."""
        log.warning("a system is not reached", system=self.name, error=error, **known)
        return ToolFailed(self.says(DOWN))

    def busy(self, wait: float | None, **known: object) -> ToolFailed:
        """It has no time, so nothing was done; `wait`: for so many seconds, if it says so."""
        log.warning("a system has too much to do", system=self.name, **known)
        return ToolFailed(self.says(BUSY, "a minute" if wait is None else f"{wait:.0f} seconds"))

    def refused(self, status: int | str, look: str) -> ToolFailed:
        """It does not do what it is asked, so nothing was done; `look` is for IT, at what."""
        log.error("a system refuses us", system=self.name, look_at=look, status=status)
        return ToolFailed(self.says(REFUSED))

    def unreadable(self, why: str, **known: object) -> NoAnswer:
        """Its answer cannot be used."""
        log.error("a system gave an answer that cannot be used", system=self.name, why=why, **known)
        return NoAnswer(self.says(UNREADABLE))


ACCESS, ACCOUNTS, DEVICES = System("access system"), System("account system"), System("device system")
DIRECTORY, KNOWLEDGE, MEMORY = System("directory"), System("knowledge base"), System("memory")
TICKETS, WEB_SEARCH = System("ticket system"), System("web search")
