"""The embedded device system, in SQL. It records that a device was wiped; no machine is reached from here."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from tools.backends.database import Database, ask, only_writer
from tools.backends.devices import MAX_LISTED, Device
from tools.backends.failures import DEVICES
from tools.backends.tables import devices
from tools.spec import NotPossible, Resource

#: the first device is L-1001, so that an id always has four digits
_BEFORE_FIRST = 1000
#: nine digits fit into any database's integer
_ID = re.compile(r"L-[0-9]{4,9}")


class SqlDevices:
    """Devices over the `devices` table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def resolve(self, named: str) -> Resource | None:
        """See Devices."""
        return await ask(self._database, DEVICES, lambda connection: _resolve(connection, _number(named)))

    async def find(self, person: str) -> Sequence[Device]:
        """See Devices."""
        return await ask(self._database, DEVICES, lambda connection: _find(connection, person))

    async def wipe(self, device_id: str, key: str, now: datetime) -> bool:
        """See Devices."""
        number = _number(device_id)
        return await ask(self._database, DEVICES, lambda connection: _wipe(connection, number, key, now))


def _resolve(connection: Connection, number: int) -> Resource | None:
    row = _read(connection, number)
    if row is None:
        return None
    return Resource(kind="device", id=_id(row.number), name=f"{row.model} ({_id(row.number)})", holder=row.person_id)


def _find(connection: Connection, person: str) -> Sequence[Device]:
    theirs = select(devices).where(devices.c.person_id == person).order_by(devices.c.number).limit(MAX_LISTED)
    return [Device(_id(row.number), row.model, row.last_seen, row.wiped_at) for row in connection.execute(theirs)]


def _wipe(connection: Connection, number: int, key: str, now: datetime) -> bool:
    only_writer(connection, devices)
    row = _read(connection, number)
    if row is None:
        raise NotPossible("There is no such device any more.")
    if row.wiped_at is not None:
        return bool(row.wipe_key == key)
    connection.execute(update(devices).where(devices.c.number == number).values(wiped_at=now, wipe_key=key))
    return True


def _read(connection: Connection, number: int) -> Row[Any] | None:
    return connection.execute(select(devices).where(devices.c.number == number)).one_or_none()


def _id(number: int) -> str:
    return f"L-{number + _BEFORE_FIRST}"


def _number(device_id: str) -> int:
    """The row's number; for what is no device's id, as this module writes it, a number that no row has."""
    number = int(device_id[2:]) - _BEFORE_FIRST if _ID.fullmatch(device_id) else 0
    return number if device_id == _id(number) else 0
