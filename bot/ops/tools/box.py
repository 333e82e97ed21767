"""The tools that the settings name, and which of them are offered; asked without a database."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from sqlalchemy import Connection

from bot import policies
from bot.core.policy import Policy
from tools.backends.accounts import Locks, Passwords
from tools.backends.database import Database
from tools.backends.embedded import together
from tools.backends.web import WebSearch
from tools.spec import Context, Tool, ToolFailed

T = TypeVar("T")

#: how the systems are had that are not there by themselves
_HOW: Mapping[type, str] = MappingProxyType(
    {
        Locks: "HELPDESK_RESET_URL is not set, or the directory is elsewhere and knows no locks",
        Passwords: "HELPDESK_RESET_URL is not set, or the directory is elsewhere and takes no passwords",
        WebSearch: "neither HELPDESK_BRAVE_KEY nor HELPDESK_SEARXNG_URL is set",
    }
)


class NoDatabase:
    """In the place of one, where it is only asked what there is."""

    async def run(self, _: Callable[[Connection], T]) -> T:
        raise ToolFailed("There is no database here.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolbox:
    """What the settings say of tools."""

    tools: tuple[Tool, ...]
    #: the systems that are not embedded, by type; their connections end with the block
    systems: Callable[[], AbstractAsyncContextManager[Mapping[type, object]]]
    #: one-time links lead somewhere
    links: bool
    policy_file: Path | None
    approvers: tuple[str, ...]

    def policy(self) -> Policy:
        """Who must agree to what. Raises ConfigError."""
        return policies.load(self.policy_file, self.approvers, self.tools)

    def backends(self, database: Database, systems: Mapping[type, object]) -> Mapping[type, object]:
        """All systems, by the type that tools ask for."""
        return together(database, systems, links=self.links)

    async def configured(self) -> Collection[type]:
        """The types of systems that there are. Raises ConfigError."""
        async with self.systems() as systems:
            return self.backends(NoDatabase(), systems).keys()


def missing(tool: Tool, configured: Collection[type]) -> str:
    """Why the tool is not offered; empty where it is."""
    return "; ".join(_missing(tool, configured))


def _missing(tool: Tool, configured: Collection[type]) -> Iterator[str]:
    for kind in tool.needs.values():
        if kind is not Context and kind not in configured:
            yield _HOW.get(kind, f"nothing is set up that it could use as {kind.__name__}")
