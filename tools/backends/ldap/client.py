"""How an LDAP server is asked, and how its failures reach people.

Promise: an answer comes within a time, a size and a number of rows, or as ToolFailed; neither a sentence nor the log
holds a password, or whom was asked for.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from bonsai import LDAPEntry, LDAPModOp, LDAPSearchScope
from pydantic import SecretStr

from tools.backends.ldap.codes import (
    CHANGE_AFTER_RESET,
    CONSTRAINT,
    EXISTS,
    HAD_BEFORE,
    MAX_ROWS,
    NO_SUCH_ATTRIBUTE,
    NO_SUCH_OBJECT,
    NOT_YOURS,
    OBJECT_CLASS,
    Said,
    failed,
    unreached,
)
from tools.backends.ldap.connections import Connections, Login
from tools.backends.ldap.dial import Address

T = TypeVar("T")

#: seconds for one question, with the connection where that is new
LIMIT_S = 4.0


@dataclass(frozen=True, slots=True)
class Row:
    """An entry: where it is, and what was asked of it, by names in lower case."""

    dn: str
    values: Mapping[str, Sequence[str]]

    def all(self, attribute: str) -> Sequence[str]:
        """Its values that are text."""
        return self.values.get(attribute.lower(), ())

    def one(self, attribute: str) -> str | None:
        """The first of them."""
        return next(iter(self.all(attribute)), None)


@dataclass(frozen=True, slots=True)
class Client:
    """The server. Its methods raise ToolFailed."""

    connections: Connections

    async def rows(self, base: str, wanted: str, attributes: Sequence[str], *, only: bool = False) -> list[Row]:
        """The entries below `base` for which the filter holds; `only`: `base` itself, if it does."""
        scope = LDAPSearchScope.BASE if only else LDAPSearchScope.SUBTREE

        async def search(connection: Any) -> list[Row]:
            found = await connection.search(base, scope, wanted, list(attributes), sizelimit=MAX_ROWS)
            return [_row(each) for each in found]

        return await _answered(self.connections.use(search, twice=True))

    async def change(self, dn: str, attribute: str, add: str | None = None, remove: str | None = None) -> int:
        """0, or one of the codes below that says why not; without a value all of them are removed.

        Raises NoAnswer where nobody knows whether it was done.
        """
        operation, value = (LDAPModOp.DELETE, remove) if add is None else (LDAPModOp.ADD, add)

        async def modify(connection: Any) -> int:
            entry = LDAPEntry(dn, connection)
            entry.change_attribute(attribute, operation, *([] if value is None else [value]))
            await entry.modify()
            return 0

        return await self._said(modify, NO_SUCH_ATTRIBUTE, EXISTS, NO_SUCH_OBJECT, OBJECT_CLASS)

    async def set_password(self, dn: str, password: SecretStr) -> int:
        """0, or a code of the password policy. Raises as `change`."""

        async def modify(connection: Any) -> int:
            await connection.modify_password(dn, password.get_secret_value())
            return 0

        return await self._said(modify, CONSTRAINT, *range(HAD_BEFORE, NOT_YOURS + 1))

    async def signs_in(self, dn: str, password: SecretStr) -> bool:
        """Whether that is the password of the entry, and the account is open."""

        async def try_it() -> bool:
            try:
                (await self.connections.sign_in(Login(dn, password))).close()
            except Said as said:
                return said.code == CHANGE_AFTER_RESET
            return True

        return await _answered(try_it())

    async def _said(self, modify: Callable[[Any], Awaitable[int]], *passed: int) -> int:
        async def work(connection: Any) -> int:
            try:
                return await modify(connection)
            except Said as said:
                if said.code not in passed:
                    raise
                return said.code

        return await _answered(self.connections.use(work))


@asynccontextmanager
async def client(address: Address, login: Login, bases: Sequence[str]) -> AsyncIterator[Client]:
    """The server with its connections, which end with the block."""
    with TemporaryDirectory(prefix="helpdesk-", ignore_cleanup_errors=True) as folder:
        connections = Connections(address=address, login=login, bases=bases, folder=Path(folder))
        try:
            yield Client(connections)
        finally:
            connections.close()


async def _answered(work: Awaitable[T]) -> T:
    try:
        async with asyncio.timeout(LIMIT_S):
            return await work
    except Said as said:
        raise failed(said.code, "what HELPDESK_LDAP_USER may do") from None
    except OSError as error:
        raise unreached(error) from None


def _row(entry: Any) -> Row:
    values = {
        name.lower(): tuple(each for each in found if isinstance(each, str))
        for name, found in entry.items()
        if name != "dn"
    }
    return Row(str(entry.dn), values)
