"""Grants in every order on a server: a permanent member loses nothing, a granted one stays as long as a grant."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings
from hypothesis.stateful import rule, run_state_machine_as_test

from tests.tools.ldap import ldap_world
from tests.tools.ldap_office import ldap_server
from tests.tools.rig import OwnDatabase
from tests.tools.scim import TOKEN, scim_world
from tests.tools.slapd import ldap_or_skip
from tests.tools.test_grants import PAIRS, Grants, Pair
from tools.backends.elsewhere.access import ServerAccess
from tools.backends.scim.server import server

#: how a server begins, and how it is asked
KINDS: dict[str, tuple[Callable[..., Any], Callable[[Any], Any]]] = {
    "scim": (scim_world, lambda world: server(world.url, TOKEN)),
    "ldap": (ldap_world, lambda world: ldap_server(world.port)),
}


class ServerGrants(Grants):
    """As on the tables, but an administrator cannot say that a membership of ours is permanent from now on."""

    def __init__(self, database: OwnDatabase, kind: str) -> None:
        super().__init__(database)
        begin, connect = KINDS[kind]
        self.around = begin(people=False)
        self.world = self.around.__enter__()
        for person in ("U-001", "U-002"):
            self.world.add_person(person)
        for number in (1, 2):
            self.world.add_group(f"group {number}", f"G-00{number}")
        self.connected = connect(self.world)
        asked = self.runner.run(self.connected.__aenter__())
        self.access = ServerAccess(server=asked, database=database)  # type: ignore[assignment] # as an Access

    def teardown(self) -> None:
        self.runner.run(self.connected.__aexit__(None, None, None))
        self.around.__exit__(None, None, None)
        super().teardown()

    def members(self) -> set[Pair]:
        return {(key, f"G-00{number}") for number in (1, 2) for key in self.world.members(f"group {number}")}

    @rule(pair=PAIRS)
    def make_permanent(self, pair: Pair) -> None:
        if pair not in self.members() and not any(each.holds() for each in self.of(pair)):
            self.world.join(pair[0], f"group {pair[1][-1]}")
            self.permanent.add(pair)

    @rule(pair=PAIRS)
    def take_permanent_away(self, pair: Pair) -> None:
        if pair in self.permanent and not any(each.holds() for each in self.of(pair)):
            self.world.leave(pair[0], f"group {pair[1][-1]}")
            self.permanent.discard(pair)


@pytest.mark.sqlite
@pytest.mark.parametrize("kind", KINDS)
def test_grants_in_every_order(database: OwnDatabase, kind: str) -> None:
    if kind == "ldap":
        ldap_or_skip()

    class Here(ServerGrants):
        def __init__(self) -> None:
            super().__init__(database, kind)

    chosen = settings(max_examples=4, stateful_step_count=25, deadline=None)
    run_state_machine_as_test(Here, settings=chosen)
