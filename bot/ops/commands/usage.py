"""`helpdesk usage`."""

import sys
from argparse import Namespace

from bot.ops.commands.command import Commands, Settings, now
from bot.ops.commands.kinds import days


def add(to: Commands) -> None:
    """Add the command."""
    used = to.add("usage", _usage, "Show what was used and what it cost: requests, tokens, money, time, failures.")
    used.add_argument(
        "--by", choices=["user", "workspace", "day", "model", "prompt", "tool"], default="day", help="(%(default)s)"
    )
    used.add_argument("--since", type=days, default=days("30d"), metavar="30d", help="so many days back (30d)")
    used.add_argument("--conversation", metavar="ID", help="one conversation, turn by turn, whenever it was")
    used.add_argument("--json", action="store_true", help="one JSON object a line, the last with the totals")


async def _usage(options: Namespace, _: Settings) -> None:
    from bot.ops import usage  # noqa: PLC0415 -- each command loads only what it needs

    url, as_json = options.database_url, options.json
    if options.conversation:
        await usage.show_conversation(url, options.conversation, sys.stdout, as_json=as_json)
    else:
        await usage.show(url, options.by, options.since, now(), sys.stdout, as_json=as_json)
