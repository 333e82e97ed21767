"""`helpdesk approvals …`."""

import sys
from argparse import Namespace

from bot.ops.commands.command import Commands, Settings, now


def add(to: Commands) -> None:
    """Add the command."""
    group = to.group("approvals", "What waits for people.")
    listed = group.add("list", _list, "List the open approval requests, oldest first.")
    listed.add_argument("--json", action="store_true", help="one JSON object a line")


async def _list(options: Namespace, _: Settings) -> None:
    from bot.ops import approvals  # noqa: PLC0415 -- each command loads only what it needs

    await approvals.show(options.database_url, now(), sys.stdout, as_json=options.json)
