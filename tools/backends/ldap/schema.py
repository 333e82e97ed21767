"""What we read of a server's people and groups, what it is called there, and how it is asked for.

Promise: whatever is in a value stays in it.
"""

import re
import string
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from tools.backends.directory import ID
from tools.backends.elsewhere.members import Group
from tools.backends.ldap.client import Row

#: when an account is locked for good (draft-behera-ldap-password-policy, 5.3.3)
_FOR_GOOD = "000001010000Z"

#: the name that a place begins with (RFC 4514), and what stands for a character in one
_FIRST = re.compile(r"[^=,+]+=((?:\\.|[^\\,+])+)", re.DOTALL)
_ESCAPED = re.compile(rb"\\(?:([0-9a-fA-F]{2})|(.))", re.DOTALL)

_PLAIN = frozenset((string.ascii_letters + string.digits).encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What attributes are called there; the defaults are OpenLDAP's and 389 Directory Server's."""

    #: never changed and never reused, of people and of groups
    id: str = "entryUUID"
    group_id: str = "entryUUID"
    login: str = "uid"
    name: str = "displayName"
    email: str = "mail"
    department: str = "ou"
    location: str = "l"
    manager: str = "manager"
    group: str = "cn"
    member: str = "member"
    member_of: str = "memberOf"
    locked: str = "pwdAccountLockedTime"

    def of_people(self) -> list[str]:
        """What is asked of a person."""
        known = (self.id, self.login, self.name, "cn", self.email, self.department, self.location)
        return [*dict.fromkeys((*known, self.manager, self.member_of, self.locked))]

    def of_groups(self) -> list[str]:
        """What is asked of a group: never its members, who may be many."""
        return [*dict.fromkeys((self.group_id, self.group))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person as the server knows them now."""

    dn: str
    id: str
    logins: Sequence[str]
    name: str
    #: in lower case
    emails: Sequence[str]
    department: str | None
    location: str | None
    #: places of entries
    manager: str | None
    groups: Sequence[str]
    locked: bool
    #: false: locked for good, and so nobody
    active: bool

    @classmethod
    def of(cls, row: Row, names: Names) -> Self | None:
        """None: it has no id that could stand in a prompt or a card, so it is nobody."""
        key = row.one(names.id)
        if key is None or not ID.fullmatch(key):
            return None
        return cls(
            dn=row.dn,
            id=key,
            logins=row.all(names.login),
            name=row.one(names.name) or row.one("cn") or key,
            emails=[each.strip().lower() for each in row.all(names.email)],
            department=row.one(names.department),
            location=row.one(names.location),
            manager=row.one(names.manager),
            groups=row.all(names.member_of),
            locked=bool(row.all(names.locked)),
            active=_FOR_GOOD not in row.all(names.locked),
        )


def group_of(row: Row, names: Names) -> Group | None:
    """None as of a person. It is found again by its place."""
    key = row.one(names.group_id)
    return Group(key, row.one(names.group), row.dn) if key and ID.fullmatch(key) else None


def group_at(dn: str) -> Group:
    """A group of which only its place is known, and so its name; without one it may be any."""
    named = _FIRST.match(dn)
    return Group(dn, plain(named[1]) if named else None, dn)


def plain(dn: str) -> str:
    """A place, or a part of one, as all ways to write it have in common."""
    raw = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]) if found[1] else found[2], dn.encode())
    return raw.decode("utf-8", "replace")


def equal(attribute: str, value: str) -> str:
    """The filter for that: each byte that is no letter or digit of ASCII is written as its number (RFC 4515, 3)."""
    written = (chr(each) if each in _PLAIN else f"\\{each:02x}" for each in value.encode("utf-8", "surrogatepass"))
    return f"({attribute}={''.join(written)})"


def either(terms: Sequence[str]) -> str:
    """The filter that one of these holds."""
    return f"(|{''.join(terms)})"


def both(*terms: str) -> str:
    """The filter that all of these hold."""
    return f"(&{''.join(terms)})"
