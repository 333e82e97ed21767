"""Where the bot was installed by OAuth, as rows: who we are there, and the token, sealed together.

Promise: a token is never in plain in the database; what says that one is no longer good takes no newer one away.
"""

import hashlib
import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import SecretStr
from sqlalchemy import BindParameter, Connection, bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from bot.store.sealed import Seal
from bot.store.tables import installations, used_states

#: what the key of installations is derived for
PURPOSE = "installations 1"

#: Slack's clock and ours may differ by this much, seconds
SKEW = 5.0


@dataclass(frozen=True, slots=True)
class Installation:
    """Who we are in one tenant."""

    enterprise: str | None
    #: None: in the whole organisation
    team: str | None
    bot: str
    bot_user: str
    token: SecretStr

    @property
    def tenant(self) -> str:
        """The enterprise where there is one, else the team."""
        return self.enterprise or self.team or ""

    def served_by(self, teams: Collection[str]) -> bool:
        """The workspace, or its organisation, is one of those."""
        return self.team in teams or self.enterprise in teams


_row = insert(installations)
_SAVE = _row.on_conflict_do_update(
    index_elements=[installations.c.tenant],
    set_={name: _row.excluded[name] for name in ("team", "sealed", "installed_at")},
)
_FIND = select(installations.c.sealed).where(installations.c.tenant == bindparam("of_tenant"))
_those: BindParameter[Any] = bindparam("ids", expanding=True)
_REMOVE = (
    delete(installations)
    .where(installations.c.tenant.in_(_those) | installations.c.team.in_(_those))
    .where(installations.c.installed_at <= bindparam("before"))
    .returning(installations.c.tenant)
)
_USE = insert(used_states).on_conflict_do_nothing().returning(used_states.c.digest)
_FORGET = delete(used_states).where(used_states.c.until < bindparam("now"))


def save(connection: Connection, seal: Seal, installed: Installation, now: float) -> bool:
    """Keep it in the place of an earlier one; false where another team of the same organisation has it already."""
    before = find(connection, seal, installed.tenant)
    if before and installed.team and before.team != installed.team:
        return False
    told: dict[str, Any] = asdict(installed) | {"token": installed.token.get_secret_value()}
    sealed = seal.encrypted(SecretStr(json.dumps(told)))
    row = {"tenant": installed.tenant, "team": installed.team, "sealed": sealed, "installed_at": now}
    connection.execute(_SAVE, row)
    return True


def find(connection: Connection, seal: Seal, tenant: str) -> Installation | None:
    """What is installed there; None where nothing is, or where it was sealed with another key."""
    sealed = connection.scalar(_FIND, {"of_tenant": tenant})
    opened = seal.decrypted(sealed) if sealed else None
    if opened is None:
        return None
    told = json.loads(opened.get_secret_value())
    return Installation(**told | {"token": SecretStr(told["token"])})


def remove(connection: Connection, ids: Collection[str], at: float) -> list[str]:
    """Forget what was installed in these at that time, in seconds since the epoch; which tenants that were.

    `ids` are of teams and of organisations: what Slack says of a team does not always name its organisation.
    """
    return list(connection.scalars(_REMOVE, {"ids": list(ids), "before": at + SKEW}))


def use(connection: Connection, state: str, now: float, until: float) -> bool:
    """Whether this is the first use of it; `until` then it would be refused anyway."""
    connection.execute(_FORGET, {"now": now})
    digest = hashlib.sha256(state.encode()).hexdigest()
    return connection.scalar(_USE, {"digest": digest, "until": until}) is not None
