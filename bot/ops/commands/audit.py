"""`helpdesk audit …`."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from bot.ops.commands.command import Commands, Settings, now
from bot.ops.commands.kinds import last, length


def add(to: Commands) -> None:
    """Add the command."""
    group = to.group("audit", "Show and export what happened, and prove that it is what was written.")
    group.add("export", _export, "Print one JSON line an item of the log, oldest first.")
    text = "Say whether the log is what was written; name the first bad record of each conversation."
    verify = group.add("verify", _verify, text)
    verify.add_argument("--checkpoint", type=Path, metavar="FILE", help="compare with these checkpoints, too")
    verify.add_argument("--max-age", type=length, metavar="2h", help="the newest checkpoint may be this old")
    verify.add_argument("--export", type=Path, metavar="FILE", help="verify this exported file, not the database")
    text = "Sign how far every conversation has come, and its last hash."
    checkpoint = group.add("checkpoint", _checkpoint, text)
    checkpoint.add_argument("--out", default="-", metavar="FILE", help="append to this file; -: print it (default)")
    _add_show(group.add("show", _show, "Print one sentence a decision, oldest first, times in UTC."))


def _add_show(show: ArgumentParser) -> None:
    show.add_argument("conversation", nargs="?", help="such as T024BE7LD:C0IT:1732100000.000100; default: all")
    show.add_argument("--since", type=length, metavar="7d", help="not older than this: minutes, hours, days, weeks")
    show.add_argument("--tool", metavar="NAME", help="about calls of this tool only")
    show.add_argument("--request", metavar="ID", help="about one request: its id, or its number in the conversation")
    show.add_argument("--model", action="store_true", help="also what the model was asked, with its tokens")
    show.add_argument("--last", type=last, default=200, metavar="N", help="at most so many (default: %(default)s)")


async def _export(options: Namespace, _: Settings) -> None:
    from bot.ops import audit  # noqa: PLC0415 -- each command loads only what it needs

    await audit.export(options.database_url, sys.stdout)


async def _checkpoint(options: Namespace, settings: Settings) -> None:
    from bot.ops import audit  # noqa: PLC0415 -- as above

    file = None if options.out == "-" else Path(options.out)
    await audit.checkpoint(options.database_url, settings.secret_key(), file, now(), sys.stdout)


async def _show(options: Namespace, _: Settings) -> None:
    from bot.ops import audit  # noqa: PLC0415 -- as above

    since = now() - options.since if options.since else None
    wanted = audit.Wanted(options.conversation, since, options.tool, options.request, options.last, options.model)
    await audit.show(options.database_url, wanted, sys.stdout)


async def _verify(options: Namespace, settings: Settings) -> bool:
    from bot.ops import audit  # noqa: PLC0415 -- as above

    secret = settings.secret_key() if options.checkpoint else settings.secret_key_if_set()
    pinned = audit.Pinned(options.checkpoint, secret, now(), options.max_age)
    return await audit.verified(options.database_url, options.export, pinned, sys.stdout)
