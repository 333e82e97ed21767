"""What `helpdesk tools …` takes. Apart from what it does: so it is there at once."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from bot.ops.arguments import database_url, seconds, slack_user, workspace
from bot.telemetry.logs import configure_logs

if TYPE_CHECKING:
    from bot.ops.tools.box import Toolbox

    #: raises ConfigError
    Read = Callable[[], Toolbox]

#: how long a call is waited for, seconds, unless told
WAIT = 600.0


def add_tools(parser: ArgumentParser, read: "Read", database: Callable[[], str]) -> None:
    """Add the actions; each sets `command`."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    text = "List the tools: how risky each is, and why it is not offered, if so."
    listed = actions.add_parser("list", help=text, description=text)
    listed.add_argument("--json", action="store_true", help="one JSON object a line")
    listed.set_defaults(command=partial(_list, read))
    text = "Say what a tool does, which arguments it takes, and what it takes to run it."
    describe = actions.add_parser("describe", help=text, description=text)
    describe.add_argument("name", metavar="NAME", help="such as search_kb")
    describe.add_argument("--json", action="store_true", help="as one JSON object, with the schema of its arguments")
    describe.set_defaults(command=partial(_describe, read))
    _add_call(actions.add_parser("call", help=CALL, description=CALL)).set_defaults(
        command=partial(_call, read, database)
    )


CALL = "Call a tool: what only reads at once, the rest in a colleague's name, once it is approved in Slack."


def _add_call(call: ArgumentParser) -> ArgumentParser:
    call.add_argument("name", metavar="NAME", help="such as search_kb")
    call.add_argument(
        "arguments", metavar="ARGS", nargs="?", default="{}", help="""such as '{"query": "wifi"}'; -: standard input"""
    )
    call.add_argument("--for", dest="whose", type=slack_user, metavar="U0ALEX", help="the colleague who answers for it")
    call.add_argument("--wait", type=seconds, default=WAIT, help="for what comes of it, seconds (%(default)g)")
    call.add_argument("--tenant", type=workspace, help="default: the workspace that the database knows")
    call.add_argument("--database-url", type=database_url, help="default: DATABASE_URL")
    return call


async def _list(read: "Read", options: Namespace) -> int:
    from bot.ops.tools import shown  # noqa: PLC0415 -- each command loads only what it needs

    await shown.listed(read(), sys.stdout, as_json=options.json)
    return 0


async def _describe(read: "Read", options: Namespace) -> int:
    from bot.ops.tools import shown  # noqa: PLC0415 -- as above

    await shown.described(read(), options.name, sys.stdout, as_json=options.json)
    return 0


async def _call(read: "Read", database: Callable[[], str], options: Namespace) -> int:
    from bot.ops.tools import call  # noqa: PLC0415 -- as above

    configure_logs("INFO")
    arguments = sys.stdin.read(call.MAX_ARGUMENTS + 1) if options.arguments == "-" else options.arguments
    wanted = call.Wanted(options.name, arguments, options.whose, options.tenant, options.wait)
    url = options.database_url or database()
    return 0 if await call.call(url, wanted, read(), lambda: datetime.now(UTC), sys.stdout, sys.stderr) else 1
