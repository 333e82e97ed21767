"""The connections to one server: a few, kept while they are used, and made anew where the server ended them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from bonsai import LDAPClient, LDAPError, LDAPSearchScope
from pydantic import SecretStr

from tools.backends.failures import DIRECTORY
from tools.backends.ldap.calm import CalmConnection
from tools.backends.ldap.codes import AWAY, Said, failed
from tools.backends.ldap.dial import MAX_BYTES, Address, Carried, carried

T = TypeVar("T")

#: connections that are used at the same time
MOST = 4
#: seconds after which one that was not used is not trusted to be there
IDLE_S = 60.0


@dataclass(frozen=True, slots=True)
class Login:
    """Who asks."""

    user: str
    password: SecretStr


@dataclass(slots=True)
class Opened:
    """A connection, signed in."""

    connection: Any
    through: Carried
    used: float = 0.0

    def close(self) -> None:
        """End it."""
        self.connection.close()
        self.through.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    """To one server. Its methods raise Said, OSError where it is not reached, and wait as long as they are let."""

    address: Address
    login: Login
    #: entries that are there, or the settings are wrong
    bases: Sequence[str]
    #: nobody else's
    folder: Path
    _idle: list[Opened] = field(default_factory=list)
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MOST))
    _numbers: Iterator[int] = field(default_factory=count)

    async def use(self, work: Callable[[Any], Awaitable[T]], *, twice: bool = False) -> T:
        """What `work` makes of a connection; `twice`: it may be tried again, where the connection turns out gone."""
        async with self._slots:
            try:
                return await self._once(work)
            except Said as said:
                if not (twice and said.code in AWAY):
                    raise
            return await self._once(work)

    async def sign_in(self, login: Login) -> Opened:
        """A connection of somebody's."""
        through = await carried(self.address, self.folder / str(next(self._numbers)))
        try:
            client = LDAPClient(CalmConnection.url(through.path))
            client.set_credentials("SIMPLE", user=login.user, password=login.password.get_secret_value())
            client.set_async_connection_class(CalmConnection)
            client.set_password_policy(True)
            # nobody is followed elsewhere
            client.set_server_chase_referrals(False)
            client.set_ignore_referrals(True)
            with _saying():
                connection, _ = await client.connect(is_async=True)
        except BaseException:
            through.close()
            raise
        return Opened(connection, through)

    def close(self) -> None:
        """End those that are kept."""
        while self._idle:
            self._idle.pop().close()

    async def _once(self, work: Callable[[Any], Awaitable[T]]) -> T:
        opened = self._kept() or await self._new()
        opened.through.left, keep = MAX_BYTES, False
        try:
            with _saying():
                found = await work(opened.connection)
            keep = True
        except Said as said:
            if opened.through.left < 0:
                raise DIRECTORY.unreadable("it is too long", limit=MAX_BYTES) from None
            keep = said.code not in AWAY
            raise
        finally:
            if keep:
                opened.used = asyncio.get_running_loop().time()
                self._idle.append(opened)
            else:
                opened.close()
        return found

    def _kept(self) -> Opened | None:
        while self._idle:
            last = self._idle.pop()
            if not last.through.ended and asyncio.get_running_loop().time() - last.used < IDLE_S:
                return last
            last.close()
        return None

    async def _new(self) -> Opened:
        try:
            opened = await self.sign_in(self.login)
        except Said as said:
            raise failed(said.code, "HELPDESK_LDAP_USER and HELPDESK_LDAP_PASSWORD") from None
        there = False
        try:
            with _saying():
                there = all([await self._there(opened, base) for base in self.bases])
        finally:
            if not there:
                opened.close()
        if not there:
            raise DIRECTORY.unreadable(
                "a base is not there for who asks: look at HELPDESK_LDAP_BASE and HELPDESK_LDAP_GROUPS"
            )
        return opened

    async def _there(self, opened: Opened, base: str) -> bool:
        return bool(await opened.connection.search(base, LDAPSearchScope.BASE, "(objectClass=*)", ["1.1"]))


@contextmanager
def _saying() -> Iterator[None]:
    """What the library finds wrong before it sends anything is told like what the server says."""
    try:
        yield
    except LDAPError as error:
        raise Said(error.code) from None
