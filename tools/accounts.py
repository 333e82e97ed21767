"""Sign-in accounts: unlocking one, and a one-time link for a new password.

Promise: the link's secret is in no argument, no result and no table.
"""

from typing import TypedDict

from tools.backends.accounts import LINK_VALID, Locks, Passwords, ResetLink, token_hash
from tools.backends.directory import Directory
from tools.directory import UserId, known
from tools.spec import Context, OnFailure, Risk, tool


class Unlocked(TypedDict):
    """What unlocking did."""

    #: directory id
    id: str
    #: False: the account was not locked, so nothing was changed
    was_locked: bool


@tool(
    risk=Risk.MEDIUM,
    subject="user_id",
    idempotent=True,
    undo="IT locks the account again in the account system.",
    trusted=True,
    on_failure=OnFailure.RETRY,
)
async def unlock_account(user_id: UserId, *, directory: Directory, locks: Locks, context: Context) -> Unlocked:
    """Unlock the sign-in account of a person who is locked out after too many wrong passwords.

    The password stays as it is: someone who has forgotten it needs reset_password instead.
    """
    person = await known(directory, user_id)
    was_locked = await locks.unlock(person.id, context.key, context.now)
    return {"id": person.id, "was_locked": was_locked}


@tool(risk=Risk.HIGH, subject="user_id", idempotent=True, trusted=True, sealed=True, on_failure=OnFailure.RETRY)
async def reset_password(user_id: UserId, *, directory: Directory, passwords: Passwords, context: Context) -> str:
    """Send a person a one-time link, valid for 15 minutes, with which they set a new password and unlock their account.

    The link goes to that person alone, by direct message; nobody else, you included, sees it. An earlier link stops
    working.
    """
    if context.secret is None:
        raise RuntimeError("reset_password is sealed and was called without a secret")
    person = await known(directory, user_id)
    link = ResetLink(person.id, token_hash(context.secret), context.now + LINK_VALID)
    await passwords.issue(link, context.key, context.now)
    minutes = LINK_VALID.seconds // 60
    return f"A one-time link to set a new password, valid for {minutes} minutes, goes to {person.id} by direct message."
