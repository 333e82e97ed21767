"""Authenticators of approvers: made and taken away at the command line, confirmed by their owner in Slack.

Promise: a seed is shown once, when it is made; it is kept encrypted and never logged.
"""

from typing import TextIO

import pyotp
from pydantic import SecretStr
from sqlalchemy import Connection

from bot.errors import ConfigError, HelpdeskError
from bot.ops.beside import NEVER_SEEN, noted, opened, seen
from bot.store import authenticators
from bot.store.sealed import Seal

#: what the authenticator app shows above the code
ISSUER = "Helpdesk"

#: letters of a seed, five bits each; RFC 4226 recommends 160 bits
SEED_LETTERS = 32

#: others' authenticators that the key is tried on, and named where it does not open them
MAX_TRIED = 100

MADE = """\
Secret:  {seed}
Address: {uri}

This is shown once. Give it to {user} outside of Slack. It counts once {user} has confirmed it with a code:
/helpdesk authenticator in Slack."""
REPLACED = "The earlier authenticator of {user} is forgotten; until the new one is confirmed, {user} has none."


async def enroll(
    database_url: str, key: SecretStr, slack_user: str, now: float, out: TextIO, *, replace: bool = False
) -> None:
    """Make a new seed for the user and show it. Raises ConfigError for another key than the others were made with,
    HelpdeskError where the user has a confirmed authenticator that is not to be replaced."""
    seed, seal = SecretStr(pyotp.random_base32(SEED_LETTERS)), authenticators.seal_of(key)
    async with opened(database_url) as database:
        known = await database.run(lambda connection: seen(connection, slack_user))
        replaced = await database.run(lambda c: _enroll(c, slack_user, seed, seal, now, replace=replace), durable=True)
    noted("authenticator made", slack_user=slack_user)
    address = pyotp.TOTP(seed.get_secret_value()).provisioning_uri(name=slack_user, issuer_name=ISSUER)
    print(MADE.format(seed=_grouped(seed), uri=address, user=slack_user), file=out)
    if not known:
        print(NEVER_SEEN.format(user=slack_user), file=out)
    if replaced:
        print(REPLACED.format(user=slack_user), file=out)


async def reset(database_url: str, slack_user: str, out: TextIO) -> None:
    """Take the user's authenticator away. Raises ConfigError, and HelpdeskError where there is none."""
    async with opened(database_url) as database:
        if not await database.run(lambda connection: authenticators.reset(connection, slack_user), durable=True):
            raise HelpdeskError(f"{slack_user} has no authenticator.")
    noted("authenticator taken away", slack_user=slack_user)
    print(f"{slack_user} has no authenticator any more. A new one: helpdesk totp enroll {slack_user}", file=out)


def _enroll(connection: Connection, slack_user: str, seed: SecretStr, seal: Seal, now: float, *, replace: bool) -> bool:
    """Whether a confirmed authenticator was replaced."""
    known = authenticators.of_user(connection, slack_user)
    if known and known.confirmed and not replace:
        raise HelpdeskError(f"{slack_user} has an authenticator. To make another one in its place: --replace")
    _try_key(connection, slack_user, seal)
    authenticators.enroll(connection, slack_user, seed, seal, now)
    return bool(known and known.confirmed)


def _try_key(connection: Connection, slack_user: str, seal: Seal) -> None:
    """What is sealed with a key that the bot does not have would never be confirmed."""
    others = authenticators.others(connection, slack_user, MAX_TRIED)
    closed = [each.slack_user for each in others if each.seed(seal) is None]
    if closed:
        raise ConfigError(
            "HELPDESK_SECRET_KEY is not the key that other authenticators were made with. Take the bot's own; or, if "
            f"that was changed, first reset the authenticators of: {', '.join(closed)}"
        )


def _grouped(seed: SecretStr) -> str:
    """In groups of four, as people type it; apps ignore the spaces."""
    letters = seed.get_secret_value()
    return " ".join(letters[at : at + 4] for at in range(0, len(letters), 4))
