"""`helpdesk prompts …`."""

import sys
from argparse import Namespace

from bot.ops.commands.command import Commands, Settings, now
from bot.ops.commands.kinds import percent, workspace


def add(to: Commands) -> None:
    """Add the command."""
    group = to.group("prompts", "The versions of the prompt: roll one out, and go back.")
    group.add("list", _list, "List the versions, and what each of them leads.")
    activate = group.add("activate", _activate, "Let a version lead new conversations.")
    activate.add_argument("version", help="as in the front matter of a file of HELPDESK_PROMPTS, or a shipped one")
    activate.add_argument("--percent", type=percent, default=100, help="of new conversations (%(default)d)")
    rollback = group.add("rollback", _rollback, "Let the version before lead again.")
    for each in (activate, rollback):
        each.add_argument("--now", action="store_true", help="also conversations that have begun")
        each.add_argument("--tenant", type=workspace, help="default: the workspace that the database knows")


async def _list(options: Namespace, settings: Settings) -> None:
    from bot.ops import prompts  # noqa: PLC0415 -- each command loads only what it needs

    await prompts.show(options.database_url, settings.prompts(), sys.stdout)


async def _activate(options: Namespace, settings: Settings) -> None:
    from bot.ops import prompts  # noqa: PLC0415 -- as above

    wanted = prompts.Wanted(options.version, options.percent, options.now)
    await prompts.activate(options.database_url, settings.prompts(), wanted, options.tenant, now(), sys.stdout)


async def _rollback(options: Namespace, _: Settings) -> None:
    from bot.ops import prompts  # noqa: PLC0415 -- as above

    await prompts.rollback(options.database_url, options.now, options.tenant, now(), sys.stdout)
