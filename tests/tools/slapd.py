"""slapd, as it is set up for tests: with a password policy, memberOf, the demo's people, and a bot that may do little.

It is looked for on the machine, with bonsai; where one is missing tests are skipped with the reason, or fail where
REQUIRE_LDAP is set.
"""

import atexit
import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest
from pydantic import SecretStr

from tools.backends.seed import GROUPS, NESTED, PEOPLE, SeedPerson

SUFFIX = "dc=example,dc=com"
PEOPLE_BASE, GROUPS_BASE = f"ou=people,{SUFFIX}", f"ou=groups,{SUFFIX}"
ROOT, BOT, NOBODY = f"cn=root,{SUFFIX}", f"cn=bot,{SUFFIX}", f"cn=nobody,{SUFFIX}"
PASSWORD = SecretStr("ldap-hunter2")
#: of the policy: longer than ours
MIN_LENGTH = 14

SLAPD, _MODULES, _SCHEMA = Path("/usr/sbin/slapd"), Path("/usr/lib/ldap"), Path("/etc/ldap/schema")

_CONFIG = """
include {schema}/core.schema
include {schema}/cosine.schema
include {schema}/inetorgperson.schema
modulepath {modules}
moduleload back_mdb
moduleload ppolicy
moduleload memberof
{tls}
database mdb
suffix "{suffix}"
rootdn "{root}"
rootpw root
directory "{folder}/db"
dbnosync
maxsize 16777216
index objectClass,uid,mail,member,entryUUID,employeeNumber eq
overlay ppolicy
ppolicy_default "cn=policy,{suffix}"
ppolicy_hash_cleartext
overlay memberof
access to attrs=userPassword by dn.exact="{bot}" =w by anonymous auth
access to attrs=pwdAccountLockedTime by dn.exact="{bot}" write
access to dn.subtree="{groups}" attrs=member by dn.exact="{bot}" write
access to * by dn.exact="{bot}" read by anonymous auth
"""

_FIRST = f"""
dn: {SUFFIX}
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: {BOT}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: bot
userPassword: {PASSWORD.get_secret_value()}

dn: cn=policy,{SUFFIX}
objectClass: organizationalRole
objectClass: pwdPolicy
cn: policy
pwdAttribute: userPassword
pwdMinLength: {MIN_LENGTH}
pwdCheckQuality: 1
pwdInHistory: 3
pwdLockout: TRUE
pwdMaxFailure: 3

dn: {PEOPLE_BASE}
objectClass: organizationalUnit
ou: people

dn: {GROUPS_BASE}
objectClass: organizationalUnit
ou: groups
"""


def ldap_or_skip() -> None:
    """Nothing. Skips or fails where there is no slapd, or no bonsai."""
    missing = [] if SLAPD.exists() else ["slapd"]
    missing += [] if importlib.util.find_spec("bonsai") else ["bonsai"]
    if missing:
        reason = f"no LDAP: {' and '.join(missing)} not installed"
        if os.environ.get("REQUIRE_LDAP"):
            pytest.fail(reason)
        pytest.skip(reason)


@cache
def filled(people: bool) -> Path:
    """A folder with a database that is copied, made once in this process."""
    folder = Path(tempfile.mkdtemp(prefix="helpdesk-slapd-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "db").mkdir()
    configure(folder)
    entries = "\n".join([_FIRST, *(_entries() if people else ())])
    command = [str(SLAPD), "-T", "add", "-q", "-f", str(folder / "slapd.conf")]
    done = subprocess.run(command, input=entries.encode(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return folder


def configure(folder: Path, tls: str = "") -> None:
    """Nothing; the folder has a slapd.conf."""
    text = _CONFIG.format(
        schema=_SCHEMA, modules=_MODULES, suffix=SUFFIX, root=ROOT, bot=BOT, groups=GROUPS_BASE, folder=folder, tls=tls
    )
    (folder / "slapd.conf").write_text(text)


def _entries() -> Iterator[str]:
    at = {each.id: f"uid={each.email.partition('@')[0]},{PEOPLE_BASE}" for each in PEOPLE}
    inside: dict[str, list[str]] = {name: [NOBODY] for name in GROUPS}
    for each in PEOPLE:
        yield _entry(_person(each, at))
        for name in ("staff", *each.groups):
            inside[name].append(at[each.id])
    for child, parent in NESTED:
        inside[parent].append(f"cn={child},{GROUPS_BASE}")
    for number, (name, members) in enumerate(inside.items(), 1):
        known = {"dn": f"cn={name},{GROUPS_BASE}", "objectClass": "groupOfNames", "cn": name}
        yield _entry({**known, "businessCategory": f"G-{number:03d}"}, members)


def _person(each: SeedPerson, at: Mapping[str, str]) -> dict[str, str | None]:
    return {
        "dn": at[each.id],
        "objectClass": "inetOrgPerson",
        "employeeNumber": each.id,
        "displayName": each.name,
        "cn": each.name,
        "sn": each.name.split()[-1],
        "mail": each.email,
        "ou": each.department,
        "l": each.location,
        "manager": at.get(each.manager or ""),
        "userPassword": f"the old password of {each.id}",
        "pwdAccountLockedTime": "20261120080000Z" if each.locked else None,
    }


def _entry(values: Mapping[str, str | None], members: Sequence[str] = ()) -> str:
    lines = [f"{name}: {value}" for name, value in values.items() if value]
    return "\n".join([*lines, *(f"member: {each}" for each in members)]) + "\n"
