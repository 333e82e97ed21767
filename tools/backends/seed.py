"""The people of the demo, their groups and devices.

Promise: each step is taken once in the life of a database, so seeding again changes nothing and undoes nothing.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select, update

from tools.backends.database import Database, only_writer
from tools.backends.tables import (
    accounts,
    devices,
    people,
    people_groups,
    people_memberships,
    people_nesting,
    seed_steps,
)

#: name → privileged
GROUPS = {
    "staff": False,
    "engineering": False,
    "finance": False,
    "sales": False,
    "people-team": False,
    "it-admins": True,
    "admin-db": True,
    "finance-reports": False,
    "vpn-users": False,
    "db-oncall": False,
}

#: name → directory id of who answers for it
OWNERS = {"engineering": "U-101", "finance-reports": "U-103", "admin-db": "U-301"}

#: (child, parent): who is on call for the databases is an administrator of them
NESTED = (("db-oncall", "admin-db"),)

#: when the demo's laptops last reported
LAST_SEEN = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SeedPerson:
    """A person of the demo; the address is made of the name, and everybody is in `staff`."""

    id: str
    name: str
    device: str
    location: str
    department: str
    manager: str | None
    groups: tuple[str, ...] = ()
    locked: bool = False

    @property
    def email(self) -> str:
        """first.last@example.com"""
        return f"{self.name.replace(' ', '.').lower()}@example.com"


#: managers before their people, so that every reference finds its row
PEOPLE = (
    SeedPerson("U-100", "Grace Hall", "MacBook Air M3", "London", "Management", None),
    SeedPerson("U-101", "Maria Lopez", "MacBook Pro M3", "London", "Engineering", "U-100", ("engineering",)),
    SeedPerson("U-102", "Peter Novak", "ThinkPad X1", "New York", "Sales", "U-100", ("sales",)),
    SeedPerson("U-103", "Ingrid Berg", "ThinkPad T14", "Berlin", "Finance", "U-100", ("finance",)),
    SeedPerson("U-123", "Alex Chen", "MacBook Pro M3", "London", "Engineering", "U-101", ("engineering",)),
    SeedPerson("U-456", "Sam Patel", "ThinkPad X1", "New York", "Sales", "U-102", ("sales",), locked=True),
    SeedPerson("U-201", "Dana Kim", "MacBook Pro M3", "London", "IT", "U-100", ("it-admins",)),
    SeedPerson("U-202", "Omar Haddad", "ThinkPad X1", "New York", "IT", "U-100", ("it-admins",)),
    SeedPerson("U-301", "Ravi Menon", "ThinkPad P1", "Berlin", "Engineering", "U-101", ("admin-db", "engineering")),
    SeedPerson("U-302", "Chloe Martin", "MacBook Air M3", "Paris", "People", "U-100", ("people-team",)),
    SeedPerson("U-303", "Tomas Silva", "ThinkPad T14", "Lisbon", "Finance", "U-103", ("finance",)),
    SeedPerson("U-304", "Yuki Tanaka", "MacBook Pro M3", "New York", "Sales", "U-102", ("sales",)),
)


async def seed(database: Database) -> None:
    """Nothing; afterwards the people, groups, accounts and devices of the demo exist, as far as nobody changed them."""
    await database.run(_seed)


def _seed(connection: Connection) -> None:
    only_writer(connection, seed_steps)  # two at once would leave gaps in the ids
    taken = set(connection.execute(select(seed_steps.c.step)).scalars())
    for step, take in enumerate((_add_people, _add_access_and_devices), 1):
        if step not in taken:
            take(connection)
            connection.execute(insert(seed_steps).values(step=step))


def _add_people(connection: Connection) -> None:
    groups = [{"name": name, "privileged": privileged} for name, privileged in GROUPS.items()]
    connection.execute(insert(people_groups), groups)
    connection.execute(insert(people), [_row(person) for person in PEOPLE])
    number = _numbers(connection)
    memberships = [{"person_id": p.id, "group_number": number[name]} for p in PEOPLE for name in ("staff", *p.groups)]
    connection.execute(insert(people_memberships), memberships)
    connection.execute(insert(accounts), [{"person_id": person.id, "locked": person.locked} for person in PEOPLE])


def _add_access_and_devices(connection: Connection) -> None:
    for name, owner in OWNERS.items():
        connection.execute(update(people_groups).where(people_groups.c.name == name).values(owner_id=owner))
    number = _numbers(connection)
    nested = [{"child_number": number[child], "parent_number": number[parent]} for child, parent in NESTED]
    connection.execute(insert(people_nesting), nested)
    laptops = [{"model": p.device, "person_id": p.id, "last_seen": LAST_SEEN} for p in PEOPLE]
    connection.execute(insert(devices), laptops)


def _numbers(connection: Connection) -> dict[str, int]:
    return {row.name: row.number for row in connection.execute(select(people_groups.c.name, people_groups.c.number))}


def _row(person: SeedPerson) -> dict[str, object]:
    return {
        "id": person.id,
        "name": person.name,
        "email": person.email,
        "device": person.device,
        "location": person.location,
        "department": person.department,
        "manager_id": person.manager,
    }
