"""A real LDAP server (slapd) with the demo's people, and an administrator's hand in it.

Its ids are the embedded directory's, kept in `employeeNumber` and `businessCategory`.
"""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from tests.tools.slapd import GROUPS_BASE, NOBODY, PEOPLE_BASE, ROOT, SLAPD, SUFFIX, configure, filled, ldap_or_skip


class LdapWorld:
    """The server as an administrator sees it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self._folder, self._numbers = folder, count(1)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *more: str) -> None:
        """It answers when this returns; `more`: other addresses that it listens at."""
        at = " ".join((f"ldap://127.0.0.1:{self.port}", *more))
        command = [str(SLAPD), "-h", at, "-f", str(self._folder / "slapd.conf"), "-d", "0"]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        until = time.monotonic() + 10
        while not self._answers():
            assert self._process.poll() is None, (self._folder / "log").read_text()
            assert time.monotonic() < until
            time.sleep(0.01)

    def stop(self) -> None:
        """It is killed, and all its connections with it."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def add_person(self, key: str, **attributes: Any) -> str:
        """There is a person of this id; their place."""
        dn = attributes.pop("dn", f"uid=name-of-{key},{PEOPLE_BASE}")
        known = {"objectClass": ["inetOrgPerson"], "employeeNumber": key, "cn": key, "sn": key, **attributes}
        self._add(dn, known)
        return str(dn)

    def add_group(self, name: str, key: str | None = None, **attributes: Any) -> str:
        """The place of a new group."""
        dn = attributes.pop("dn", f"cn={name},{GROUPS_BASE}")
        key = key or f"g-{next(self._numbers)}"
        known = {"objectClass": ["groupOfNames"], "cn": name, "businessCategory": key, "member": NOBODY, **attributes}
        self._add(dn, known)
        return str(dn)

    def change(self, dn: str, attribute: str, *values: str, op: int = 2) -> None:
        """The attribute has these values; `op` 0: these, too; 1: not these."""
        from bonsai import LDAPEntry  # noqa: PLC0415 -- an extra

        with self._admin() as admin:
            entry = LDAPEntry(dn, admin)
            entry.change_attribute(attribute, op, *values)
            entry.modify()

    def join(self, member: str, group: str) -> None:
        """The person or group is a member."""
        self.change(self.place(group), "member", self.place(member), op=0)

    def leave(self, member: str, group: str) -> None:
        """The person or group is no member."""
        self.change(self.place(group), "member", self.place(member), op=1)

    def remove(self, named: str) -> None:
        """The group or person is gone."""
        with self._admin() as admin:
            admin.delete(self.place(named))

    def members(self, group: str) -> set[str]:
        """Ids of the group's direct members, but for the one that every group has."""
        found = self.read(self.place(group), "member")
        entries = [
            self.read(each, "employeeNumber") or self.read(each, "businessCategory") for each in found - {NOBODY}
        ]
        return {each for values in entries for each in values}

    def place(self, named: str) -> str:
        """Of a person by id, or of a group by id or name."""
        wanted = f"(|(employeeNumber={named})(businessCategory={named})(&(objectClass=groupOfNames)(cn={named})))"
        with self._admin() as admin:
            found = admin.search(SUFFIX, 2, wanted, ["1.1"])
        return str(found[0].dn)

    def read(self, dn: str, attribute: str) -> set[str]:
        """The values of an attribute there."""
        with self._admin() as admin:
            found = admin.search(dn, 0, "(objectClass=*)", [attribute])
        return {str(each) for each in found[0].get(attribute, ())} if found else set()

    def signs_in(self, person: str, password: str) -> bool:
        """The person can, with that."""
        from bonsai import LDAPClient, LDAPError  # noqa: PLC0415 -- an extra

        client = LDAPClient(f"ldap://127.0.0.1:{self.port}")
        client.set_credentials("SIMPLE", user=self.place(person), password=password)
        try:
            client.connect().close()
        except LDAPError:
            return False
        return True

    def _admin(self) -> Any:
        from bonsai import LDAPClient  # noqa: PLC0415 -- an extra

        client = LDAPClient(f"ldap://127.0.0.1:{self.port}")
        client.set_credentials("SIMPLE", user=ROOT, password="root")
        return client.connect()

    def _add(self, dn: str, attributes: dict[str, Any]) -> None:
        from bonsai import LDAPEntry  # noqa: PLC0415 -- an extra

        with self._admin() as admin:
            entry = LDAPEntry(dn)
            entry.update(attributes)
            admin.add(entry)

    def _answers(self) -> bool:
        with socket.socket() as tried:
            return tried.connect_ex(("127.0.0.1", self.port)) == 0


@contextmanager
def ldap_world(*, people: bool = True, tls: str = "", more: tuple[str, ...] = ()) -> Iterator[LdapWorld]:
    """A server; with the demo's people and groups where `people` says so. Skips or fails where there is none."""
    ldap_or_skip()
    with tempfile.TemporaryDirectory(prefix="helpdesk-slapd-") as made:
        folder = Path(made)
        shutil.copytree(filled(people), folder, dirs_exist_ok=True)
        configure(folder, tls)
        world = LdapWorld(folder, free_port())
        try:
            world.start(*more)
            yield world
        finally:
            world.stop()


def free_port() -> int:
    """One that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
