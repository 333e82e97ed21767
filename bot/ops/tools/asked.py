"""Which tool a command names, and whether the tool takes the arguments that come with it."""

import difflib
from collections.abc import Iterable

from bot.core.canonical import Ambiguous, parse
from bot.core.known import whole
from bot.errors import ConfigError
from bot.ops.audit.plain import plain
from tools.spec import BadArguments, Tool

#: names that are told where one is misspelt
NEAR = 3

#: characters of arguments
MAX_ARGUMENTS = 200_000


def named(tools: Iterable[Tool], name: str) -> Tool:
    """The tool of this name. Raises ConfigError, with the nearest ones if there are any."""
    menu = {each.name: each for each in tools}
    if found := menu.get(name):
        return found
    near = " or ".join(difflib.get_close_matches(name, menu, NEAR, 0.5))
    meant = f"; did you mean {near}?" if near else "."
    raise ConfigError(f"There is no tool of this name{meant} helpdesk tools list")


def fitting(tool: Tool, arguments: str) -> str:
    """The arguments, JSON, if the tool takes them. Raises ConfigError."""
    given = whole(arguments)
    if len(given) > MAX_ARGUMENTS:
        raise ConfigError(f"The arguments may have {MAX_ARGUMENTS:,} characters.")
    try:
        parse(given)
        tool.parse(given)
    except (Ambiguous, BadArguments) as error:
        raise ConfigError(
            f"The arguments do not fit {tool.name}: {plain(str(error))}. helpdesk tools describe {tool.name}"
        ) from None
    return given
