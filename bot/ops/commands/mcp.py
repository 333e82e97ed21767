"""`helpdesk mcp …`."""

import sys
from argparse import Namespace
from typing import TYPE_CHECKING

from bot.errors import ConfigError
from bot.ops.commands.command import Commands, Settings
from bot.ops.commands.shell import attended

if TYPE_CHECKING:
    from tools.backends.mcp_config import McpFile

NO_FILE = "MCP_CONFIG is not set: it is the path of a JSON file that names MCP servers."


def add(to: Commands) -> None:
    """Add the command."""
    group = to.group("mcp", "Tools of MCP servers.")
    group.add("list", _list, "List what each server offers: accepted, new, changed or gone.", database=False)
    group.add("check", _check, "Start each server and say what is wrong.", database=False)
    text = "Accept what servers offer, as it is now; the bot offers it from its next start on."
    accept = group.add("accept", _accept, text, database=False)
    accept.add_argument("wanted", nargs="?", metavar="SERVER[.TOOL]", help="default: all that is new or changed")
    accept.add_argument(
        "--risk", choices=["low", "medium", "high", "critical"], help="low: it only reads; default: high"
    )
    accept.add_argument("--yes", action="store_true", help="do not ask about each")


async def _list(_: Namespace, settings: Settings) -> None:
    from bot.ops import mcp  # noqa: PLC0415 -- each command loads only what it needs

    await mcp.listed(_file(settings), sys.stdout)


async def _check(_: Namespace, settings: Settings) -> bool:
    from bot.ops import mcp  # noqa: PLC0415 -- as above

    return await mcp.checked(_file(settings), sys.stdout)


async def _accept(options: Namespace, settings: Settings) -> None:
    from bot.ops import mcp  # noqa: PLC0415 -- as above
    from tools.spec import Risk  # noqa: PLC0415

    file = _file(settings)
    if not (options.yes or attended()):
        raise ConfigError(mcp.NO_ANSWER)
    risk = Risk(options.risk) if options.risk else None
    await mcp.accepted(file, options.wanted, risk, None if options.yes else _sure, sys.stdout)


def _sure(shown: str) -> bool:
    print(shown)
    return input("Accept it? [y/N] ").strip().lower() in ("y", "yes")


def _file(settings: Settings) -> "McpFile":
    if (file := settings.mcp()) is None:
        raise ConfigError(NO_FILE)
    return file
