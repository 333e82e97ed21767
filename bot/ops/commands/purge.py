"""`helpdesk purge`."""

import sys
from argparse import Namespace

from bot.ops.commands.command import Commands, Settings, now
from bot.ops.commands.kinds import days


def add(to: Commands) -> None:
    """Add the command."""
    purge = to.add("purge", _purge, "Remove conversations that are long over; their chain stays provable.")
    purge.add_argument("--older-than", type=days, required=True, metavar="90d", help="nothing happened for so long")
    purge.add_argument("--content-only", action="store_true", help="erase what was written; who decided what stays")
    purge.add_argument("--dry-run", action="store_true", help="only say how much would go")


async def _purge(options: Namespace, settings: Settings) -> None:
    from bot.ops.purge import purge  # noqa: PLC0415 -- each command loads only what it needs

    url, key, age = options.database_url, settings.secret_key(), options.older_than
    await purge(url, key, age, now(), sys.stdout, dry_run=options.dry_run, content_only=options.content_only)
