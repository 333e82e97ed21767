"""The kinds of arguments that commands take: each gives the value of a text, or raises ArgumentTypeError."""

import argparse
import re
from datetime import timedelta

from bot.core import lengths, tokens
from bot.core.known import SLACK_USER

#: sentences that `show` prints at most, however many are asked for
MAX_LAST = 1_000_000


def database_url(text: str) -> str:
    """The address of a database. Raises ArgumentTypeError where it holds a password: every process here sees it."""
    if re.search("://[^/@]*:.*@|password=", text):
        raise argparse.ArgumentTypeError("takes no password, which others could see here: set DATABASE_URL instead")
    return text


def length(text: str) -> timedelta:
    """A length of time, such as 30m, 2h, 7d, 4w."""
    found = lengths.length(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no length of time such as 30m, 2h, 7d or 4w")
    return found


def days(text: str) -> timedelta:
    """A length of time, a day at least: within a day rules count what was started, and a denial is remembered."""
    found = length(text)
    if found < timedelta(days=1):
        raise argparse.ArgumentTypeError(f"{text!r} is less than a day")
    return found


def slack_user(text: str) -> str:
    """The id of a Slack user. Raises ArgumentTypeError for anything else."""
    if not SLACK_USER.fullmatch(text):
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


def percent(text: str) -> int:
    """From 1 to 100. Raises ArgumentTypeError for anything else."""
    if not text.isdecimal() or not 1 <= int(text) <= 100:  # noqa: PLR2004 -- as the sentence says
        raise argparse.ArgumentTypeError("takes a number from 1 to 100")
    return int(text)


def token_name(text: str) -> str:
    """The name of a token of the API. Raises ArgumentTypeError for anything else."""
    if not tokens.NAME.fullmatch(text):
        raise argparse.ArgumentTypeError("takes a name of small letters, digits, - and _, such as portal")
    return text


def people(text: str) -> tuple[str, ...]:
    """Ids of people, comma-separated. Raises ArgumentTypeError for anything else."""
    found = tuple(each.strip() for each in text.split(",") if each.strip())
    if not found or not all(tokens.PERSON.fullmatch(each) for each in found):
        raise argparse.ArgumentTypeError("takes Slack users (U0ALEX) and ids of the directory (U-123), comma-separated")
    return found


def last(text: str) -> int:
    """How many sentences to show. Raises ArgumentTypeError for anything else."""
    if not text.isdecimal() or not 1 <= int(text[:9]) <= MAX_LAST:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {MAX_LAST}")
    return int(text[:9])
