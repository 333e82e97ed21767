"""The people of the demo. Promise: seeding twice changes nothing, and never undoes what happened since."""

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from tools.backends.database import Database
from tools.backends.tables import accounts, people, people_groups, people_memberships

#: name → privileged
GROUPS = {
    "staff": False,
    "engineering": False,
    "finance": False,
    "sales": False,
    "people-team": False,
    "it-admins": True,
    "admin-db": True,
}


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
    """Nothing; afterwards the people, groups and accounts of the demo exist."""
    await database.run(_seed)


def _seed(connection: Connection) -> None:
    _add_groups(connection)
    there = set(connection.execute(select(people.c.id)).scalars())
    new = [person for person in PEOPLE if person.id not in there]
    if not new:
        return
    connection.execute(insert(people), [_row(person) for person in new])
    memberships = [{"person_id": p.id, "group_name": name} for p in new for name in ("staff", *p.groups)]
    connection.execute(insert(people_memberships), memberships)
    connection.execute(insert(accounts), [{"person_id": person.id, "locked": person.locked} for person in new])


def _add_groups(connection: Connection) -> None:
    there = set(connection.execute(select(people_groups.c.name)).scalars())
    missing = [{"name": name, "privileged": privileged} for name, privileged in GROUPS.items() if name not in there]
    if missing:
        connection.execute(insert(people_groups), missing)


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
