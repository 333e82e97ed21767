"""`helpdesk privacy …`."""

import sys
from argparse import Namespace
from pathlib import Path

from bot.errors import ConfigError
from bot.ops.commands.command import Commands, Settings, now
from bot.ops.commands.kinds import seconds
from bot.ops.commands.shell import attended

#: how long conversations that go on are waited for, seconds, unless told
WAIT = 10.0


def add(to: Commands) -> None:
    """Add the command."""
    group = to.group("privacy", "What is kept about a person: hand it to them, or erase it.")
    export = group.add("export", _export, "Write all that is kept about a person as JSON lines.")
    export.add_argument("--out", default="-", metavar="FILE", help="a new file; -: print it (default)")
    erase = group.add("erase", _erase, "Erase what a person wrote and who they are; who decided what stays.")
    erase.add_argument("--also", action="append", default=[], metavar="WORDS", help="more that names them: a phone, …")
    erase.add_argument("--wait", type=seconds, default=WAIT, help="for conversations that go on, seconds (%(default)g)")
    erase.add_argument("--yes", action="store_true", help="do not ask")
    for each in (export, erase):
        each.add_argument("person", help="an id of the directory or of Slack, such as U-123 or U0ALEX")


async def _export(options: Namespace, settings: Settings) -> None:
    from bot.ops.privacy.export import export  # noqa: PLC0415 -- each command loads only what it needs

    file = None if options.out == "-" else Path(options.out)
    async with settings.directory() as directory:
        await export(options.database_url, options.person, file, directory)


async def _erase(options: Namespace, settings: Settings) -> None:
    from bot.ops.privacy.erase import Wanted, erase  # noqa: PLC0415 -- as above

    wanted = Wanted(options.person, options.also, options.wait)
    sure = (lambda _: True) if options.yes else _asked
    async with settings.directory() as directory:
        await erase(options.database_url, wanted, now, sure, sys.stdout, directory)


def _asked(question: str) -> bool:
    """What somebody at a terminal says. Raises ConfigError where nobody is there."""
    if not attended():
        raise ConfigError("Nobody can be asked here. If you are sure: --yes")
    return input(question).strip().lower() in ("y", "yes")
