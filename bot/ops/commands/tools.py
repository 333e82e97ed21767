"""`helpdesk tools …`."""

import sys
from argparse import ArgumentParser, Namespace

from bot.ops.commands.command import Commands, Settings, now
from bot.ops.commands.kinds import seconds, slack_user, workspace
from bot.ops.commands.shell import read

#: how long a call is waited for, seconds, unless told
WAIT = 600.0


def add(to: Commands) -> None:
    """Add the command."""
    group = to.group("tools", "The tools: what there is, what each says about itself, and a call from here.")
    text = "List the tools: how risky each is, and why it is not offered, if so."
    listed = group.add("list", _list, text, database=False)
    listed.add_argument("--json", action="store_true", help="one JSON object a line")
    text = "Say what a tool does, which arguments it takes, and what it takes to run it."
    describe = group.add("describe", _describe, text, database=False)
    describe.add_argument("name", metavar="NAME", help="such as search_kb")
    describe.add_argument("--json", action="store_true", help="as one JSON object, with the schema of its arguments")
    text = "Call a tool: what only reads at once, the rest in a colleague's name, once it is approved in Slack."
    _add_call(group.add("call", _call, text))


def _add_call(call: ArgumentParser) -> None:
    call.add_argument("name", metavar="NAME", help="such as search_kb")
    call.add_argument(
        "arguments", metavar="ARGS", nargs="?", default="{}", help="""such as '{"query": "wifi"}'; -: standard input"""
    )
    call.add_argument("--for", dest="whose", type=slack_user, metavar="U0ALEX", help="the colleague who answers for it")
    call.add_argument("--wait", type=seconds, default=WAIT, help="for what comes of it, seconds (%(default)g)")
    call.add_argument("--tenant", type=workspace, help="default: the workspace that the database knows")


async def _list(options: Namespace, settings: Settings) -> None:
    from bot.ops.tools import shown  # noqa: PLC0415 -- each command loads only what it needs

    await shown.listed(settings.toolbox(), sys.stdout, as_json=options.json)


async def _describe(options: Namespace, settings: Settings) -> None:
    from bot.ops.tools import shown  # noqa: PLC0415 -- as above

    await shown.described(settings.toolbox(), options.name, sys.stdout, as_json=options.json)


async def _call(options: Namespace, settings: Settings) -> bool:
    from bot.ops.tools import asked, call  # noqa: PLC0415 -- as above

    given = read(asked.MAX_ARGUMENTS + 1) if options.arguments == "-" else options.arguments
    wanted = call.Wanted(options.name, given, options.whose, options.tenant, options.wait)
    return await call.call(options.database_url, wanted, settings.toolbox(), now, sys.stdout, sys.stderr)
