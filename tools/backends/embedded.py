"""The systems behind the tools, where nothing else is set up: tables in the bot's own database."""

from collections.abc import Mapping

from tools.backends.access import Access
from tools.backends.accounts import Accounts
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


def embedded(database: Database, *, links: bool) -> Mapping[type, object]:
    """Each by the type that tools ask for.

    `links`: one-time links lead somewhere, so there are accounts.
    """
    accounts: dict[type, object] = {Accounts: SqlAccounts(database)} if links else {}
    return {
        Knowledge: SqlKnowledge(database),
        Directory: SqlDirectory(database),
        Tickets: SqlTickets(database),
        Access: SqlAccess(database),
        Devices: SqlDevices(database),
        Memories: SqlMemories(database),
        **accounts,
    }
