"""Pauses: until when Slack wants no more calls of a kind, as one worker was told and all of them respect.

Times are seconds since the epoch.
"""

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from bot.store.tables import pauses


@dataclass(frozen=True, slots=True)
class Limit:
    """What Slack counts together: a method's calls for a team, or in one channel where a channel is named."""

    team: str
    method: str
    channel: str = ""


_row = insert(pauses)
_NOTE = _row.on_conflict_do_update(
    index_elements=list(pauses.primary_key),
    set_={"until": _row.excluded.until},
    where=pauses.c.until < _row.excluded.until,
)
_IN_FORCE = select(pauses).where(pauses.c.until > bindparam("now"))
_PAST = delete(pauses).where(pauses.c.until <= bindparam("now"))


def note(connection: Connection, limit: Limit, until: float, now: float) -> None:
    """No such calls before `until`; a pause that ends later stays. Pauses that are over are forgotten."""
    connection.execute(_PAST, {"now": now})
    connection.execute(_NOTE, asdict(limit) | {"until": until})


def in_force(connection: Connection, now: float) -> dict[Limit, float]:
    """When each pause ends that is not over."""
    rows = connection.execute(_IN_FORCE, {"now": now})
    return {Limit(row.team, row.method, row.channel): row.until for row in rows}
