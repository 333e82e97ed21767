"""The machine: files with secrets, what the bot itself could change, and as whom it runs."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

from sqlalchemy import make_url

from bot.config import Settings, open_to_others, secret_files
from bot.doctor.findings import Finding, good, warning, wrong

ABOUT = "machine"

#: where settings may be, beside the environment
DOTENV = Path(".env")


async def look(settings: Settings) -> AsyncIterator[Finding]:
    """Files and their modes."""
    secret = [each for each in (DOTENV, *secret_files()) if each.exists()]
    for file in secret:
        if open_to_others(file):
            why = "It holds secrets: who has the bot's tokens speaks as the bot, who has its key opens one-time links."
            yield wrong(ABOUT, f"Others on this machine can read or change {file}.", why, f"chmod 600 {file}")
    if secret and not any(open_to_others(each) for each in secret):
        yield good(ABOUT, f"Nobody else reads {', '.join(map(str, secret))}.")
    for each in _database(settings):
        yield each
    for each in _own_rights(settings):
        yield each


def _database(settings: Settings) -> list[Finding]:
    url = make_url(settings.database_url.get_secret_value())
    file = Path(url.database or "")
    if url.get_backend_name() != "sqlite" or not file.exists():
        return []
    if open_to_others(file):
        why = "All that people wrote is in it, and all that was decided."
        return [wrong(ABOUT, f"Others on this machine can read or change {file}.", why, f"chmod 600 {file}*")]
    return [good(ABOUT, f"Nobody else reads {file}.")]


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
