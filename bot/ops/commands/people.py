"""`helpdesk people …`."""

import sys
from argparse import Namespace
from pathlib import Path

from bot.ops.commands.command import Commands, Settings, now
from bot.ops.commands.kinds import slack_user


def add(to: Commands) -> None:
    """Add the command."""
    group = to.group("people", "Who is who: which record of the directory a Slack user is.")
    group.add("list", _list, "List who is who, disputed ones first.")
    bring = group.add("import", _import, "Bring people into the embedded directory from a CSV file.")
    bring.add_argument(
        "file", type=Path, metavar="FILE.csv", help="its first line names the columns (docs/directory.md)"
    )
    bring.add_argument("--remove-missing", action="store_true", help="who is not in the file is nobody any more")
    bring.add_argument("--dry-run", action="store_true", help="only say what it would do")
    link = group.add("link", _link, "Say that a Slack user is a record; nobody else is it then.")
    link.add_argument("slack_user", type=slack_user, help="such as U0ALEX")
    link.add_argument("record", help="an id of the directory, such as U-123")
    unlink = group.add("unlink", _unlink, "Forget who a Slack user is.")
    unlink.add_argument("slack_user", type=slack_user, help="such as U0ALEX")


async def _list(options: Namespace, settings: Settings) -> None:
    from bot.ops import people  # noqa: PLC0415 -- each command loads only what it needs

    async with settings.directory() as directory:
        await people.show(options.database_url, sys.stdout, directory)


async def _import(options: Namespace, _: Settings) -> None:
    from bot.ops import people_import  # noqa: PLC0415 -- as above

    wanted = {"remove_missing": options.remove_missing, "dry_run": options.dry_run}
    await people_import.bring(options.database_url, options.file, sys.stdout, **wanted)


async def _link(options: Namespace, settings: Settings) -> None:
    from bot.ops import people  # noqa: PLC0415 -- as above

    user, at = options.slack_user, now().timestamp()
    async with settings.directory() as directory:
        await people.link(options.database_url, user, options.record, at, sys.stdout, directory)


async def _unlink(options: Namespace, _: Settings) -> None:
    from bot.ops import people  # noqa: PLC0415 -- as above

    await people.unlink(options.database_url, options.slack_user, sys.stdout)
