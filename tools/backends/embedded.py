"""The systems behind the tools, where nothing else is set up: tables in the bot's own database."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from tools.backends.access import Access
from tools.backends.accounts import Locks, Passwords
from tools.backends.database import Database
from tools.backends.devices import Devices
from tools.backends.directory import Directory
from tools.backends.knowledge import Knowledge
from tools.backends.memories import Memories
from tools.backends.sql_access import SqlAccess
from tools.backends.sql_accounts import SqlAccounts
from tools.backends.sql_devices import SqlDevices
from tools.backends.sql_directory import SqlDirectory
from tools.backends.sql_knowledge import SqlKnowledge
from tools.backends.sql_memories import SqlMemories
from tools.backends.sql_tickets import SqlTickets
from tools.backends.tickets import Tickets


@dataclass(frozen=True, slots=True)
class Booked:
    """A system elsewhere that keeps books in the bot's own database, and knows people by the directory in use."""

    opened: Callable[[Database, Directory], object]


def together(database: Database, elsewhere: Mapping[type, object], *, links: bool) -> Mapping[type, object]:
    """The embedded systems with what is elsewhere in their place, each by the type that tools ask for.

    The embedded accounts are those of the embedded directory's people, and of nobody else's. Passwords are nothing
    where one-time links lead nowhere.
    """
    directory = cast("Directory", elsewhere.get(Directory)) or SqlDirectory(database)
    others = {
        kind: each.opened(database, directory) if isinstance(each, Booked) else each
        for kind, each in elsewhere.items()
        if links or kind is not Passwords
    }
    return {**embedded(database, links=links and Directory not in elsewhere), **others}


def embedded(database: Database, *, links: bool) -> Mapping[type, object]:
    """Each by the type that tools ask for.

    `links`: one-time links lead somewhere, so there are accounts.
    """
    accounts = SqlAccounts(database)
    of_people: dict[type, object] = {Locks: accounts, Passwords: accounts} if links else {}
    return {
        Knowledge: SqlKnowledge(database),
        Directory: SqlDirectory(database),
        Tickets: SqlTickets(database),
        Access: SqlAccess(database),
        Devices: SqlDevices(database),
        Memories: SqlMemories(database),
        **of_people,
    }
