"""What `helpdesk audit …` takes, and the kinds of arguments of all commands. Apart from what it does: so it is there at
once."""

import argparse
import re
from datetime import timedelta
from pathlib import Path

#: sentences that `show` prints at most, however many are asked for
MAX_LAST = 1_000_000

_LENGTH = re.compile(r"(\d{1,4})([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def add_audit(parser: argparse.ArgumentParser) -> None:
    """The actions of the command, each with its options."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    def add(name: str, text: str) -> argparse.ArgumentParser:
        made = actions.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        made.add_argument("--database-url", type=database_url, help="default: DATABASE_URL")
        return made

    add("export", "print one JSON line an item of the log, oldest first")
    verify = add("verify", "say whether the log is what was written; name the first bad record of each conversation")
    verify.add_argument("--checkpoint", type=Path, metavar="FILE", help="compare with these checkpoints, too")
    verify.add_argument("--max-age", type=length, metavar="2h", help="the newest checkpoint may be this old")
    verify.add_argument("--export", type=Path, metavar="FILE", help="verify this exported file, not the database")
    checkpoint = add("checkpoint", "sign how far every conversation has come, and its last hash")
    checkpoint.add_argument("--out", default="-", metavar="FILE", help="append to this file; -: print it (default)")
    show = add("show", "print one sentence a decision, oldest first, times in UTC")
    show.add_argument("conversation", nargs="?", help="such as T024BE7LD:C0IT:1732100000.000100; default: all")
    show.add_argument("--since", type=length, metavar="7d", help="not older than this: minutes, hours, days, weeks")
    show.add_argument("--tool", metavar="NAME", help="about calls of this tool only")
    show.add_argument("--request", metavar="ID", help="about one request: its id, or its number in the conversation")
    show.add_argument("--model", action="store_true", help="also what the model was asked, with its tokens")
    show.add_argument("--last", type=_count, default=200, metavar="N", help="at most so many (default: %(default)s)")


def database_url(text: str) -> str:
    """The address of a database. Raises ArgumentTypeError where it holds a password: every process here sees it."""
    if re.search("://[^/@]*:.*@|password=", text):
        raise argparse.ArgumentTypeError("takes no password, which others could see here: set DATABASE_URL instead")
    return text


def length(text: str) -> timedelta:
    """A length of time, such as 30m, 2h, 7d, 4w."""
    match = _LENGTH.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no length of time such as 30m, 2h, 7d or 4w")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def days(text: str) -> timedelta:
    """A length of time, a day at least: within a day rules count what was started, and a denial is remembered."""
    found = length(text)
    if found < timedelta(days=1):
        raise argparse.ArgumentTypeError(f"{text!r} is less than a day")
    return found


def slack_user(text: str) -> str:
    """The id of a Slack user. Raises ArgumentTypeError for anything else."""
    if not re.fullmatch("[UW][A-Z0-9]+", text):
        raise argparse.ArgumentTypeError("a Slack user has an id like U0ALEX (profile → ⋮ → Copy member ID)")
    return text


def workspace(text: str) -> str:
    """The id of a workspace. Raises ArgumentTypeError for anything else."""
    if not re.fullmatch("[TE][A-Z0-9]+", text):
        raise argparse.ArgumentTypeError("a workspace has an id like T0123456789, an organisation one like E0123456789")
    return text


def seconds(text: str) -> float:
    """From 0 to an hour. Raises ArgumentTypeError for anything else."""
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= 3600:  # noqa: PLR2004 -- as the sentence says
        raise argparse.ArgumentTypeError("takes seconds, from 0 to 3600")
    return value


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text[:9]) <= MAX_LAST:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {MAX_LAST}")
    return int(text[:9])
