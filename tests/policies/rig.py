"""A policy file written by a test, and the menu it is about."""

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from bot import policies
from bot.core.policy import Policy
from bot.errors import ConfigError
from tools.spec import Resolves, Risk, Tool, tool

ITADM = "S0ITADM"


@tool(risk=Risk.LOW, read_only=True)
async def look(query: str) -> str:
    """Look."""
    return query


@tool(risk=Risk.MEDIUM, subject="user_id", idempotent=True)
async def unlock(user_id: str) -> str:
    """Unlock."""
    return user_id


@tool(risk=Risk.HIGH, subject="user_id", idempotent=True)
async def grant(
    user_id: str,
    hours: Annotated[int, Field(ge=1, le=720)] = 8,
    reason: Annotated[str, Field(max_length=20_000)] = "",
    kind: Literal["read", "write"] = "read",
    tags: Annotated[list[str], Field(max_length=50)] = [],  # noqa: B006 -- read by pydantic, which copies it
    note: str | None = None,
) -> str:
    """Grant something."""
    return f"{user_id}{hours}{reason}{kind}{tags}{note}"


@tool(risk=Risk.HIGH, resource="device", resolved_by=Resolves)
async def wipe(device: str) -> str:
    """Wipe."""
    return device


@tool(risk=Risk.CRITICAL)
async def erase(name: str) -> str:
    """Erase."""
    return name


MENU: tuple[Tool, ...] = (look, unlock, grant, wipe, erase)


class Desk:
    """Where policy files are written and read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(
        self, text: str, approvers: tuple[str, ...] = (ITADM,), clock: Callable[[], float] | None = None
    ) -> Policy:
        """The policy of this text. Raises ConfigError."""
        file = self.folder / "policy.yml"
        file.write_text(text, encoding="utf-8")
        # a clock that stands still: no test depends on how busy the machine is
        return policies.load(file, approvers, MENU, clock=clock or (lambda: 0.0))

    def refused(self, text: str, **given: Any) -> list[str]:
        """The lines that say what is wrong."""
        with pytest.raises(ConfigError) as caught:
            self.load(text, **given)
        return str(caught.value).splitlines()

    def rule(self, body: str) -> Policy:
        """The policy of one rule, in flow style."""
        return self.load(f"version: 1\nrules:\n- {{name: r, {body}}}")

    def wrong(self, body: str) -> str:
        """What is wrong with one rule, from `rules[0]` on."""
        (line,) = self.refused(f"version: 1\nrules:\n- {{name: r, {body}}}")
        place, _, said = line.partition("rules[0]")
        assert place == "policy.yml line 3, "
        return said

    def when(self, condition: str, about: str = "grant") -> str:
        """What is wrong with a condition."""
        text = f"version: 1\nrules:\n- name: r\n  tool: {about!r}\n  forbid: No.\n  when: |-\n    {condition}"
        (line,) = self.refused(text)
        place, _, said = line.partition("rules[0].when: ")
        assert place == "policy.yml line 6, "
        return said


def ticking(seconds: float) -> Callable[[], float]:
    """A clock that goes on by so much at each look."""
    ticks = count()
    return lambda: next(ticks) * seconds
