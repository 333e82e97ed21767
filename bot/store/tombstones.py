"""Tombstones: what stands for the items of a conversation that were purged.

A tombstone is the hash of the last item that is gone and a signature over the conversation, that item's number and that
hash, with a key that is not in the database. So the chain goes on from it, and nobody without the key can make one,
raise or lower what it stands for, or move it to another conversation.
"""

import hmac
import json
import re

from pydantic import SecretStr

#: what the key of HELPDESK_SECRET_KEY's is derived for; with another purpose it is another key
_PURPOSE = b"helpdesk audit tombstone 1"

_TOMBSTONE = re.compile("(?P<hash>[0-9a-f]{64}):(?P<signature>[0-9a-f]{64})")


def signing_key(secret: SecretStr) -> bytes:
    """The key that signs, from HELPDESK_SECRET_KEY."""
    return hmac.digest(secret.get_secret_value().encode(), _PURPOSE, "sha256")


def made(key: bytes, conversation: str, purged_to: int, last_hash: str) -> str:
    """The tombstone of a conversation whose items up to `purged_to`, which has this hash, are purged."""
    said = json.dumps([conversation, purged_to, last_hash], separators=(",", ":"))
    return f"{last_hash}:{hmac.digest(key, said.encode(), 'sha256').hex()}"


def hash_of(tombstone: object) -> str | None:
    """The hash that the chain goes on from; None where it is no tombstone."""
    match = _TOMBSTONE.fullmatch(tombstone) if isinstance(tombstone, str) else None
    return match["hash"] if match else None


def signed(key: bytes, conversation: str, purged_to: int, tombstone: str) -> bool:
    """Whether who had the key made the tombstone, for this conversation and up to this item."""
    genuine = made(key, conversation, purged_to, tombstone.partition(":")[0])
    return hmac.compare_digest(genuine, tombstone)
