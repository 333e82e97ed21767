"""Pictures that people sent: their bytes beside the log, which has only their SHA-256.

Promise: they go with their message: when it is erased or purged, when the model is shown it no more, and after KEPT.
"""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from bot.store.tables import attachments

#: how long bytes are kept at most, seconds
KEPT = 30 * 24 * 3600

_here = attachments.c.conversation == bindparam("of_conversation")
_KEEP = insert(attachments).on_conflict_do_nothing()
_BODIES = select(attachments.c.sha256, attachments.c.body).where(
    _here, attachments.c.sha256.in_(bindparam("wanted", expanding=True))
)
_DROP = delete(attachments).where(_here, attachments.c.seq.in_(bindparam("seqs", expanding=True)))
_LEAVE_OUT = delete(attachments).where(_here, attachments.c.seq < bindparam("since"))


def keep(connection: Connection, conversation: str, seq: int, bodies: Mapping[str, bytes], now: float) -> None:
    """Keep the bytes, by their SHA-256, of pictures that came with message `seq`."""
    rows = [
        {"conversation": conversation, "seq": seq, "sha256": sha256, "body": body, "at": now}
        for sha256, body in bodies.items()
    ]
    if rows:
        connection.execute(_KEEP, rows)


def bodies(connection: Connection, conversation: str, wanted: Iterable[str]) -> dict[str, bytes]:
    """The bytes by their SHA-256, of those that are kept."""
    rows = connection.execute(_BODIES, {"of_conversation": conversation, "wanted": sorted(wanted)})
    return {sha256: bytes(body) for sha256, body in rows}


def drop(connection: Connection, conversation: str, seqs: Iterable[int]) -> None:
    """These messages are erased."""
    if gone := list(seqs):
        connection.execute(_DROP, {"of_conversation": conversation, "seqs": gone})


def leave_out(connection: Connection, conversation: str, since: int) -> None:
    """The model is shown nothing any more of what stands before `since`."""
    connection.execute(_LEAVE_OUT, {"of_conversation": conversation, "since": since})


def drop_old(connection: Connection, now: float) -> None:
    """Their time is over."""
    connection.execute(delete(attachments).where(attachments.c.at < now - KEPT))
