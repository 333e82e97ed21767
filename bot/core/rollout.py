"""Which version of the prompt a conversation is led by. Pure.

Law: a conversation keeps the version it began with, unless the roll-out is for `everywhere`; of new ones a share,
always the same ones, gets the active version, the others the one before.
"""

import hashlib
from dataclasses import dataclass

#: a version's name: it stands in logs, in the audit trail and in the provider's cache keys
VERSION = r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """What whoever runs the bot wants: `percent` of new conversations are led by `active`, the others by `before`."""

    active: str
    before: str
    #: from 1 to 100
    percent: int = 100
    #: what has begun already, too
    everywhere: bool = False


def led_by(rollout: Rollout, conversation: str, pinned: str) -> str:
    """The version for the next turn; `pinned` is what led the conversation until now, empty at its beginning."""
    if pinned and not rollout.everywhere:
        return pinned
    return rollout.active if _share(conversation, rollout.active) < rollout.percent else rollout.before


def _share(conversation: str, version: str) -> int:
    """Where in a hundred the conversation stands; for another version elsewhere."""
    digest = hashlib.sha256(f"{version}\n{conversation}".encode()).digest()
    return int.from_bytes(digest[:8]) % 100
