"""`helpdesk secrets …`."""

import sys
from argparse import Namespace

from bot.ops.commands.command import Commands, Settings


def add(to: Commands) -> None:
    """Add the command."""
    group = to.group("secrets", "The key that is changed.")
    group.add("rotate", _rotate, "Make anew with HELPDESK_SECRET_KEY what the key of before made.")


async def _rotate(options: Namespace, settings: Settings) -> None:
    from bot.ops import secrets  # noqa: PLC0415 -- each command loads only what it needs

    await secrets.rotate(options.database_url, settings.secret_key(), sys.stdout)
