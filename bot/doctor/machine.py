"""The machine: files with secrets, what the bot itself could change, and as whom it runs."""

import os
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path

from bot.config import Settings, open_to_others, secret_files
from bot.doctor.database import sqlite_file
from bot.doctor.findings import Finding, good, warning, wrong

ABOUT = "machine"

#: where settings may be, beside the environment
DOTENV = Path(".env")


async def look(settings: Settings) -> AsyncIterator[Finding]:
    """Files and their modes."""
    secrets = "It holds secrets: who has the bot's tokens speaks as the bot, who has its key opens one-time links."
    words = "All that people wrote is in it, and all that was decided."
    stored = sqlite_file(settings)
    for each in (
        *_closed([DOTENV, *secret_files()], secrets),
        *_closed([stored] if stored else [], words, "*"),
        *_own_rights(settings),
    ):
        yield each


def _closed(files: Iterable[Path], why: str, beside: str = "") -> Iterator[Finding]:
    """Whether nobody else reads those that are there; `beside` ends the name of a file that has others beside it."""
    there = [each for each in files if each.exists()]
    opened = [each for each in there if open_to_others(each)]
    for file in opened:
        yield wrong(ABOUT, f"Others on this machine can read or change {file}.", why, f"chmod 600 {file}{beside}")
    if there and not opened:
        yield good(ABOUT, f"Nobody else reads {', '.join(map(str, there))}.")


def _own_rights(settings: Settings) -> list[Finding]:
    found = []
    if os.geteuid() == 0:
        why = "Whoever takes over the bot has the whole machine, and can change the policy."
        found.append(
            warning(ABOUT, "The bot would run as root.", why, "Run it as a user of its own, as the image does.")
        )
    policy = settings.policy_file
    if policy and os.geteuid() and os.access(policy, os.W_OK):
        why = "Whoever takes over the bot could change who must agree to what."
        fix = f"Give it to another user, and let the bot read it: chmod 644 {policy}"
        found.append(warning(ABOUT, f"The bot can change its own policy, {policy}.", why, fix))
    return found
