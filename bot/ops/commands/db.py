"""`helpdesk db …`."""

import sys
from argparse import Namespace

from bot.ops.commands.command import Commands, Settings, now
from bot.ops.commands.kinds import database_url


def add(to: Commands) -> None:
    """Add the command."""
    text = "Bring the database to the schema of this version, or deal with a restored backup."
    database = to.add("db", _db, text, database=False)
    database.add_argument("action", choices=["upgrade", "restored"], help="restored: once, after restoring a backup")
    database.add_argument("--database-url", type=database_url, help="default: DATABASE_URL")


async def _db(options: Namespace, _: Settings) -> None:
    from bot.ops.database import upgrade  # noqa: PLC0415 -- each command loads only what it needs
    from bot.ops.restored import restored  # noqa: PLC0415

    if options.action == "restored":
        await restored(options.database_url, now(), sys.stdout)
    else:
        print(f"The schema is at revision {await upgrade(options.database_url)}.")
