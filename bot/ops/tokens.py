"""The tokens of the API: made, listed and revoked at the command line, beside the running bot.

Promise: a token is shown once, when it is made; only its SHA-256 is kept, and neither is logged.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TextIO

from pydantic import SecretStr
from sqlalchemy import Connection

from bot.core.known import SlackUser
from bot.core.tokens import ANYONE, digest_of
from bot.errors import HelpdeskError
from bot.ops.beside import NEVER_SEEN, noted, opened, seen
from bot.store import tokens
from bot.store.tokens import Token

#: what a token begins with, so that people and scanners know it, and how many random bytes follow
BEGINS, BYTES = "helpdesk_", 32

MADE = """\
Token: {token}
Id:    {id}

This is shown once. Keep it where your secrets are. {owner} answers for it, and cannot approve what is asked with it."""
TOO_MANY = "There are two valid tokens {name} already, so that one can take the other's place. Revoke one: {ids}"
OTHER_OWNER = "A valid token {name} belongs to {owner}. Take another name, or revoke it first: {id}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A token that is to be made."""

    name: str
    owner: SlackUser
    acts_for: tuple[str, ...]
    tenant: str | None
    lasts: timedelta | None


async def create(database_url: str, wanted: Wanted, now: datetime, out: TextIO) -> None:
    """Make a token and show it. Raises ConfigError, and HelpdeskError where there are two of this name, or another
    person's."""
    secret = SecretStr(BEGINS + secrets.token_urlsafe(BYTES))
    token = Token(
        id=secrets.token_hex(4),
        name=wanted.name,
        tenant=wanted.tenant,
        owner=wanted.owner,
        acts_for=wanted.acts_for,
        created_at=now.timestamp(),
        expires_at=(now + wanted.lasts).timestamp() if wanted.lasts else None,
    )
    async with opened(database_url) as database:
        known = await database.run(lambda connection: seen(connection, wanted.owner))
        await database.run(lambda connection: _add(connection, token, secret), durable=True, alone=True)
    noted("token made", id=token.id, name=token.name, owner=token.owner)
    print(MADE.format(token=secret.get_secret_value(), id=token.id, owner=token.owner), file=out)
    if not known:
        print(NEVER_SEEN.format(user=token.owner), file=out)


async def show(database_url: str, now: datetime, out: TextIO) -> None:
    """List the tokens, a line each. Raises ConfigError."""
    async with opened(database_url) as database:
        found = await database.run(tokens.listed)
    for each in found:
        print(_line(each, now.timestamp()), file=out)
    if not found:
        print("There is no token. Make one: helpdesk tokens create NAME --owner U… --acts-for U…", file=out)


async def revoke(database_url: str, token: str, now: datetime, out: TextIO) -> None:
    """Make a token worthless at once. Raises ConfigError, and HelpdeskError where there is none that is good."""
    async with opened(database_url) as database:
        if not await database.run(lambda c: tokens.revoke(c, token, now.timestamp()), durable=True):
            raise HelpdeskError(f"There is no token {token} that was not revoked. List them: helpdesk tokens list")
    noted("token revoked", id=token)
    print(f"{token} is no good any more.", file=out)


def _add(connection: Connection, token: Token, secret: SecretStr) -> None:
    there = tokens.valid(connection, token.name, token.created_at)
    if others := [each for each in there if (each.owner, each.tenant) != (token.owner, token.tenant)]:
        raise HelpdeskError(OTHER_OWNER.format(name=token.name, owner=others[0].owner, id=others[0].id))
    if len(there) >= tokens.MOST:
        raise HelpdeskError(TOO_MANY.format(name=token.name, ids=" or ".join(each.id for each in there)))
    tokens.add(connection, token, digest_of(secret.get_secret_value()))


def _line(token: Token, now: float) -> str:
    whom = "anyone" if ANYONE in token.acts_for else ", ".join(token.acts_for) or "nobody"
    used = f"used {_day(token.last_used_at)}" if token.last_used_at else "never used"
    where = f" in {token.tenant}" if token.tenant else ""
    return f"{token.id}  {token.name}{where}  {_state(token, now)}  owner {token.owner}  for {whom}  {used}"


def _state(token: Token, now: float) -> str:
    if token.revoked_at is not None:
        return f"revoked {_day(token.revoked_at)}"
    if token.expires_at is None:
        return "valid"
    return f"{'valid until' if token.expires_at > now else 'expired'} {_day(token.expires_at)}"


def _day(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}"
