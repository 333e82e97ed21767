"""The chain over the items of a conversation.

`commitment` = SHA-256(nonce ‖ body); `hash` = SHA-256 over the item's skeleton, its commitment and the hash before
it. So content can be erased (body and nonce) without breaking the chain, and any other change is found.
`helpdesk audit verify` looks; see docs/audit.md.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from bot.core import items
from bot.core.items import Entry

#: the hash before the first item
GENESIS = "0" * 64

#: bytes of every nonce; a fixed number, so that no byte can pass for one of the content
NONCE_BYTES = 16

#: what an item says about itself beside its content, in the order it is hashed
SKELETON = ("conversation", "seq", "at", "kind", "turn", "call", "tool", "actor", "commitment", "prev_hash")


def chain_hash(row: dict[str, Any]) -> str:
    """The hash of an item's skeleton; `row` has at least the SKELETON columns."""
    return hashlib.sha256(json.dumps([row[name] for name in SKELETON], separators=(",", ":")).encode()).hexdigest()


def commit_to(nonce: bytes, body: str) -> str:
    """The commitment to a content that may be erased later."""
    return hashlib.sha256(nonce + body.encode()).hexdigest()


def rows(
    conversation: str, entries: Sequence[Entry], nonce: Callable[[], bytes], prev_hash: str
) -> Iterator[dict[str, Any]]:
    """The entries as rows of the log, which follow one with the hash `prev_hash`."""
    for entry in entries:
        salt, body = nonce(), entry.item.model_dump_json()
        row = {
            "conversation": conversation,
            "seq": entry.seq,
            "at": entry.at.timestamp(),
            "kind": entry.item.kind,
            **_skeleton(entry),
            "body": body,
            "nonce": salt,
            "commitment": commit_to(salt, body),
            "prev_hash": prev_hash,
        }
        row["hash"] = prev_hash = chain_hash(row)
        yield row


def _skeleton(entry: Entry) -> dict[str, Any]:
    """What stays when content is erased: enough to say who did what when."""
    item = entry.item
    turn = getattr(item, "turn", None)
    call = getattr(item, "call", None)
    actor = getattr(item, "actor", None)
    match item:
        case items.UserMessage():
            turn, actor = item.joins or entry.seq, item.author
        case items.Edited() | items.Deleted() | items.Attached():
            actor = item.author
        case items.Commanded():
            turn = entry.seq
        case items.Call():
            call = entry.seq
        case items.Close() | items.HandedOver():
            actor = item.by
        case items.Request():
            actor = item.requester
        case items.Rebase():
            # the turn that is shown first
            turn = item.since
    return {"turn": turn, "call": call, "tool": getattr(item, "tool", None), "actor": actor}
