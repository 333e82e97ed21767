"""What every command has: a name, a sentence, arguments, what it calls, and an exit code."""

from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from bot.ops.commands.kinds import database_url
from bot.telemetry.logs import configure_logs

if TYPE_CHECKING:
    from bot.ops.tools.box import Toolbox
    from tools.backends.directory import Directory
    from tools.backends.mcp_config import McpFile
    from tools.spec import Tool

#: exit codes
GOOD, FAILED = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Each is read when a command needs it. They raise ConfigError."""

    database_url: Callable[[], str]
    secret_key: Callable[[], SecretStr]
    #: the same; None where it is not set
    secret_key_if_set: Callable[[], SecretStr | None]
    prompts: Callable[[], Path | None]
    #: the folder of articles, which of its folders are reviewed, and what links begin with
    articles: Callable[[], tuple[Path | None, tuple[str, ...], str]]
    #: where that is not the embedded one
    directory: "Callable[[], AbstractAsyncContextManager[Directory | None]]"
    #: the same with access, by the type that tools ask for
    people_systems: "Callable[[], AbstractAsyncContextManager[Mapping[type, object]]]"
    #: the file, who approves, and the tools it may name
    policy: "Callable[[], tuple[Path | None, tuple[str, ...], tuple[Tool, ...]]]"
    mcp: "Callable[[], McpFile | None]"
    toolbox: "Callable[[], Toolbox]"


#: False: it failed, and has said why
Run = Callable[[Namespace, Settings], Awaitable[bool | None]]


class Commands:
    """Where commands are added: those of `helpdesk`, or those of a group."""

    def __init__(self, parsers: Any, settings: Settings) -> None:
        self._parsers = parsers
        self._settings = settings

    def group(self, name: str, text: str) -> "Commands":
        """`helpdesk NAME …`, without anything of its own."""
        made = self._parsers.add_parser(name, help=text, description=text)
        return Commands(made.add_subparsers(required=True, metavar="ACTION"), self._settings)

    def add(self, name: str, run: Run, text: str, *, database: bool = True) -> ArgumentParser:
        """A command, for its other arguments; it sets `command`, which takes the options and gives the exit code.

        `database`: it works on one, whose address it finds in the options.
        """
        made: ArgumentParser = self._parsers.add_parser(name, help=text, description=text)
        if database:
            made.add_argument("--database-url", type=database_url, help="default: DATABASE_URL")
        made.set_defaults(command=partial(_run, run, self._settings))
        return made


async def _run(run: Run, settings: Settings, options: Namespace) -> int:
    if "database_url" in options:
        configure_logs("INFO")
        options.database_url = options.database_url or settings.database_url()
    return FAILED if await run(options, settings) is False else GOOD


def now() -> datetime:
    """Aware UTC."""
    return datetime.now(UTC)
