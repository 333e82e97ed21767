"""`helpdesk kb …`."""

import sys
from argparse import Namespace
from pathlib import Path

from bot.ops.commands.command import Commands, Settings


def add(to: Commands) -> None:
    """Add the command."""
    group = to.group("kb", "The knowledge base.")
    text = "Bring the knowledge base into step with a folder of articles, beside the bot."
    group.add("sync", _sync, text).add_argument("folder", type=Path, nargs="?", metavar="DIR", help="default: KB_DIR")


async def _sync(options: Namespace, settings: Settings) -> None:
    from bot.ops import kb  # noqa: PLC0415 -- each command loads only what it needs

    folder, reviewed, url = settings.articles()
    await kb.sync(options.database_url, options.folder, (folder, reviewed), url, sys.stdout, sys.stderr)
