"""The arguments of `helpdesk mcp …`; what each does is in mcp.py, which is loaded only then."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from bot.errors import ConfigError, HelpdeskError

if TYPE_CHECKING:
    from tools.backends.mcp_config import McpFile

    #: the servers of the settings, or None. Raises ConfigError
    Read = Callable[[], McpFile | None]

NO_FILE = "MCP_CONFIG is not set: it is the path of a JSON file that names MCP servers."


def add_mcp(parser: ArgumentParser, read: "Read") -> None:
    """Add the actions; each sets `command`."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    text = "List what each server offers: accepted, new, changed or gone."
    actions.add_parser("list", help=text, description=text).set_defaults(command=partial(_list, read))
    text = "Start each server and say what is wrong."
    actions.add_parser("check", help=text, description=text).set_defaults(command=partial(_check, read))
    text = "Accept what servers offer, as it is now; the bot offers it from its next start on."
    accept = actions.add_parser("accept", help=text, description=text)
    accept.add_argument("wanted", nargs="?", metavar="SERVER[.TOOL]", help="default: all that is new or changed")
    accept.add_argument(
        "--risk", choices=["low", "medium", "high", "critical"], help="low: it only reads; default: high"
    )
    accept.add_argument("--yes", action="store_true", help="do not ask about each")
    accept.set_defaults(command=partial(_accept, read))


async def _list(read: "Read", _: Namespace) -> int:
    from bot.ops import mcp  # noqa: PLC0415 -- each command loads only what it needs

    await mcp.listed(_file(read), sys.stdout)
    return 0


async def _check(read: "Read", _: Namespace) -> int:
    from bot.ops import mcp  # noqa: PLC0415 -- as above

    return 0 if await mcp.checked(_file(read), sys.stdout) else 1


async def _accept(read: "Read", options: Namespace) -> int:
    from bot.ops import mcp  # noqa: PLC0415 -- as above
    from tools.spec import Risk  # noqa: PLC0415

    file = _file(read)
    if not (options.yes or sys.stdin.isatty()):
        raise HelpdeskError(mcp.NO_ANSWER)
    risk = Risk(options.risk) if options.risk else None
    await mcp.accepted(file, options.wanted, risk, None if options.yes else _sure, sys.stdout)
    return 0


def _sure(shown: str) -> bool:
    print(shown)
    return input("Accept it? [y/N] ").strip().lower() in ("y", "yes")


def _file(read: "Read") -> "McpFile":
    if (file := read()) is None:
        raise ConfigError(NO_FILE)
    return file
