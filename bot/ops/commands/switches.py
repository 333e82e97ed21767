"""`helpdesk freeze` and `helpdesk unfreeze`."""

import sys
from argparse import Namespace

from bot.ops.commands.command import Commands, Settings, now
from bot.ops.commands.kinds import seconds, workspace

#: how long they give the bot, seconds, unless told
WAIT = 10.0


def add(to: Commands) -> None:
    """Add the commands."""
    freeze = to.add("freeze", _freeze, "Stop everything above low risk at once, whether the bot runs or not.")
    unfreeze = to.add("unfreeze", _unfreeze, "Be one of the two who say that everything may go on.")
    for each in (freeze, unfreeze):
        each.add_argument("--tenant", type=workspace, help="default: the workspace that the database knows")
        each.add_argument("--wait", type=seconds, default=WAIT, help="for the bot to note it, seconds (%(default)g)")


async def _freeze(options: Namespace, _: Settings) -> None:
    from bot.ops import freeze  # noqa: PLC0415 -- each command loads only what it needs

    await freeze.freeze(options.database_url, options.tenant, options.wait, now, sys.stdout)


async def _unfreeze(options: Namespace, _: Settings) -> None:
    from bot.ops import freeze  # noqa: PLC0415 -- as above

    await freeze.unfreeze(options.database_url, options.tenant, options.wait, now, sys.stdout)
