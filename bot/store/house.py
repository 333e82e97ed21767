"""How things are in the house, as a table, and the place of its conversation: what every start asks and any may freeze.

Promise: a freeze holds from the commit that notes it, and ends only by a switch that counted and that no other follows.
"""

from sqlalchemy import Connection, bindparam, exists, select
from sqlalchemy.dialects.postgresql import insert

from bot.core import items
from bot.core.house import CHANNEL
from bot.core.items import ITEM, Entry
from bot.store import inbox
from bot.store.arrivals import ThawArrived, ThreadId
from bot.store.tables import endings, house, log
from bot.store.tables import inbox as inbox_table

# statements are made once: making one takes ten times as long as running it
_row = insert(house)
_NOTE = _row.on_conflict_do_update(
    index_elements=[house.c.name], set_={name: _row.excluded[name] for name in ("value", "actor", "at")}
)
_NOTED = select(house.c.value, house.c.at).where(house.c.name == bindparam("noted"))
_HELD = _NOTED.with_for_update(read=True)
_TURNED = _NOTED.with_for_update()
_FREEZING = select(
    exists().where(
        inbox_table.c.conversation.endswith(f":{CHANNEL}:0"),
        inbox_table.c.body.contains('"action":"freeze"'),
    )
)
# the brake is one for all tenants: who let go of it in one of them does not do so for another one
_HELD_ELSEWHERE = select(
    exists().where(house.c.name.startswith("frozen "), house.c.name != bindparam("own"), house.c.value == "1")
)
_SWITCHED = (
    select(log.c.body)
    .where(
        log.c.conversation == bindparam("conversation"),
        log.c.seq > bindparam("after"),
        log.c.kind.in_(("switched", "switch_refused")),
        log.c.actor == bindparam("user"),
    )
    .order_by(log.c.seq)
    .limit(1)
)
_ENDING = select(endings.c.conversation).distinct()


def place_of(tenant: str) -> ThreadId:
    """Where the tenant's house is among the conversations."""
    return ThreadId(tenant=tenant, channel=CHANNEL, thread_ts="0", private=False)


def frozen(connection: Connection) -> bool:
    """Nothing above low risk may start."""
    return noted(connection, "freeze") == "1"


def lets_start(connection: Connection) -> bool:
    """It is not frozen, and who freezes it waits until the transaction of the start has ended."""
    row = connection.execute(_HELD, {"noted": "freeze"}).first()
    return row is None or row.value != "1"


def noted(connection: Connection, name: str) -> str | None:
    """How things are."""
    row = connection.execute(_NOTED, {"noted": name}).first()
    return str(row.value) if row else None


def noted_at(connection: Connection, name: str) -> float:
    """Since when, in seconds since the epoch; 0 where nobody noted anything."""
    row = connection.execute(_NOTED, {"noted": name}).first()
    return row.at if row else 0.0


def note(connection: Connection, name: str, value: str, actor: str | None = None, at: float = 0.0) -> None:
    """How things are from now on."""
    connection.execute(_NOTE, {"name": name, "value": value, "actor": actor, "at": at})


def freeze(connection: Connection, *, on: bool, actor: str | None, at: float) -> None:
    """From this commit on nothing above low risk starts, or it may again; `at` in seconds since the epoch."""
    note(connection, "freeze", "1" if on else "0", actor, at)


def project(connection: Connection, conversation: str, entry: Entry) -> None:
    """Bring the table up to the entry."""
    at = entry.at.timestamp()
    match entry.item:
        case items.Switched(frozen=on, actor=actor):
            # the command line freezes at once, before its switch is taken up: that is seen here, or comes after this
            connection.execute(_TURNED, {"noted": "freeze"})
            own = f"frozen {conversation}"
            note(connection, own, "1" if on else "0", actor, at)
            if on or not (connection.scalar(_FREEZING) or connection.scalar(_HELD_ELSEWHERE, {"own": own})):
                freeze(connection, on=on, actor=actor, at=at)
            if not on:
                _thaw(connection, f"thaw:{conversation}:{entry.seq}", at)
        case items.PolicyChanged(digest=digest):
            note(connection, "policy", digest, None, at)
        case items.Alert() as alert:
            note(connection, alert_name(conversation, alert), alert_value(alert), None, at)


def switched(connection: Connection, place: str, user: str, after: int) -> items.Switched | items.SwitchRefused | None:
    """What came of the first switch of this person behind seq `after` of the house; None: nothing yet."""
    body = connection.scalar(_SWITCHED, {"conversation": place, "user": user, "after": after})
    item = ITEM.validate_json(body) if body else None
    return item if isinstance(item, items.Switched | items.SwitchRefused) else None


def told(connection: Connection, place: str, alert: items.Alert) -> bool:
    """The house at this place was told of it, or of more, in the same period."""
    period, _, percent = (noted(connection, alert_name(place, alert)) or " 0").partition(" ")
    return period == alert.period and int(percent) >= alert.percent


def alert_name(place: str, alert: items.Alert) -> str:
    """What the newest alert of its kind is noted as."""
    return f"alert {place} {alert.about} {alert.what}"


def alert_value(alert: items.Alert) -> str:
    """How it is noted."""
    return f"{alert.period} {alert.percent}"


def _thaw(connection: Connection, key: str, at: float) -> None:
    """Every conversation in which the clock has something to end is told."""
    for conversation in connection.scalars(_ENDING).all():
        inbox.put(connection, f"{key}:{conversation}", conversation, ThawArrived(), sent_at=at, received_at=at)
