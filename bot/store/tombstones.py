"""Tombstones: what stands for the items of a conversation that were purged.

A tombstone is the hash of the last item that is gone and a signature over the conversation, that item's number and that
hash, with a key that is not in the database. So the chain goes on from it, and nobody without the key can make one,
raise or lower what it stands for, or move it to another conversation.
"""

import json
import re

from pydantic import SecretStr

from bot.store.keys import Signer

#: what the key of HELPDESK_SECRET_KEY's is derived for; with another purpose it is another key
_PURPOSE = b"helpdesk audit tombstone 1"

_TOMBSTONE = re.compile("(?P<hash>[0-9a-f]{64}):(?P<signature>[0-9a-f]{64})")


def signing_key(secret: SecretStr) -> Signer:
    """What signs, from HELPDESK_SECRET_KEY."""
    return Signer.of(secret, _PURPOSE)


def made(key: Signer, conversation: str, purged_to: int, last_hash: str) -> str:
    """The tombstone of a conversation whose items up to `purged_to`, which has this hash, are purged."""
    return f"{last_hash}:{key.sign(_said(conversation, purged_to, last_hash))}"


def hash_of(tombstone: object) -> str | None:
    """The hash that the chain goes on from; None where it is no tombstone."""
    match = _TOMBSTONE.fullmatch(tombstone) if isinstance(tombstone, str) else None
    return match["hash"] if match else None


def signed(key: Signer, conversation: str, purged_to: int, tombstone: str) -> bool:
    """Whether who had the key made the tombstone, for this conversation and up to this item."""
    last_hash, _, signature = tombstone.partition(":")
    return key.signed(_said(conversation, purged_to, last_hash), signature)


def renewed(key: Signer, conversation: str, purged_to: int, tombstone: object) -> str | None:
    """The same, signed with the key for what is new; itself where it is that already, None where no key signed it."""
    last_hash = hash_of(tombstone)
    if last_hash is None or not isinstance(tombstone, str) or not signed(key, conversation, purged_to, tombstone):
        return None
    return made(key, conversation, purged_to, last_hash)


def _said(conversation: str, purged_to: int, last_hash: str) -> bytes:
    return json.dumps([conversation, purged_to, last_hash], separators=(",", ":")).encode()
