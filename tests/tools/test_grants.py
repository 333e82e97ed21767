"""Grants in every order: a permanent member loses nothing, a granted membership lasts as long as a grant does."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import Connection, delete, insert, select, update

from tests.tools.rig import NOW, OwnDatabase
from tools.backends.access import Granted
from tools.backends.sql_access import SqlAccess
from tools.backends.tables import (
    access_grants,
    access_revocations,
    people,
    people_groups,
    people_memberships,
    people_nesting,
)

Pair = tuple[str, str]
#: one pair more often than its neighbours, because what goes wrong needs several steps on the same
PAIRS = st.sampled_from([("U-001", "G-001")] * 6 + [("U-001", "G-002"), ("U-002", "G-001")])


def two_people_and_two_groups(connection: Connection) -> None:
    """Nothing; afterwards that is all there is, and nobody is in a group."""
    for table in (access_grants, access_revocations, people_memberships, people_nesting, people_groups, people):
        connection.execute(delete(table))
    named = [{"id": key, "name": key, "email": key.lower()} for key in ("U-001", "U-002")]
    connection.execute(insert(people), named)
    groups = [{"number": number, "name": f"group {number}", "privileged": False} for number in (1, 2)]
    connection.execute(insert(people_groups), groups)


@dataclass
class Grant:
    """A grant as it was answered, and whether it was ended."""

    pair: Pair
    answer: Granted
    ended: bool = False

    def holds(self) -> bool:
        """It gave the membership or keeps it, and nobody ended it."""
        return self.answer.added and not self.ended

    def lasts(self, now: datetime) -> bool:
        """It holds, and its time is not over."""
        return self.holds() and (self.answer.until is None or self.answer.until > now)


class Grants(RuleBasedStateMachine):
    """Grants, ends, revocations and an administrator's hand, on two people and two groups."""

    grants = Bundle("grants")
    revocations = Bundle("revocations")

    def __init__(self, database: OwnDatabase) -> None:
        super().__init__()
        self.database = database
        self.access = SqlAccess(self.database)
        self.runner = asyncio.Runner()
        self.runner.run(self.database.run(two_people_and_two_groups))
        self.now = NOW
        self.permanent: set[Pair] = set()
        self.known: dict[str, Grant] = {}
        self.keys = 0

    def teardown(self) -> None:
        self.runner.close()

    def key(self) -> str:
        self.keys += 1
        return f"k{self.keys}"

    def members(self) -> set[Pair]:
        rows = self.runner.run(self.database.run(lambda c: c.execute(select(people_memberships)).all()))
        return {(row.person_id, f"G-{row.group_number:03d}") for row in rows}

    def of(self, pair: Pair) -> list[Grant]:
        return [each for each in self.known.values() if each.pair == pair]

    @rule(target=grants, pair=PAIRS, hours=st.none() | st.integers(1, 5))
    def grant(self, pair: Pair, hours: int | None) -> str:
        key, until = self.key(), None if hours is None else self.now + timedelta(hours=hours)
        answer = self.runner.run(self.access.grant(*pair, key, until, self.now))
        assert answer == (Granted(False, None) if pair in self.permanent else Granted(True, until))
        assert pair in self.members()
        self.known[key] = Grant(pair, answer)
        return key

    @rule(key=grants)
    def grant_again(self, key: str) -> None:
        grant, before = self.known[key], self.members()
        until = self.now + timedelta(hours=9)
        assert self.runner.run(self.access.grant(*grant.pair, key, until, self.now)) == grant.answer
        assert self.members() == before

    @rule(key=grants)
    def end(self, key: str) -> None:
        """Ended early, late or twice; what another grant held too long may be left to its own end the second time."""
        grant, before = self.known[key], self.members()
        self.runner.run(self.access.end(key, self.now))
        again, grant.ended = grant.ended, True
        stays = grant.pair in self.permanent or any(each.lasts(self.now) for each in self.of(grant.pair))
        after = self.members()
        assert after == (before if stays else before - {grant.pair}) or (again and after == before)

    @rule()
    def end_what_nobody_granted(self) -> None:
        assert not self.runner.run(self.access.end("k0", self.now))

    @rule(target=revocations, pair=PAIRS)
    def revoke(self, pair: Pair) -> tuple[str, Pair, bool]:
        key, before = self.key(), self.members()
        was_member = self.runner.run(self.access.revoke(*pair, key, self.now))
        assert was_member is (pair in before)
        assert self.members() == before - {pair}
        self.permanent.discard(pair)
        for each in self.of(pair):
            each.ended = True
        return key, pair, was_member

    @rule(revocation=revocations)
    def revoke_again(self, revocation: tuple[str, Pair, bool]) -> None:
        key, pair, was_member = revocation
        before = self.members()
        assert self.runner.run(self.access.revoke(*pair, key, self.now)) is was_member
        assert self.members() == before

    @rule(pair=PAIRS)
    def make_permanent(self, pair: Pair) -> None:
        """An administrator does, in the directory itself."""
        here = {"person_id": pair[0], "group_number": int(pair[1][2:])}
        statement: Any = insert(people_memberships).values(here)
        if pair in self.members():
            mine = [people_memberships.c[name] == value for name, value in here.items()]
            statement = update(people_memberships).where(*mine).values(granted=False)
        self.runner.run(self.database.run(lambda c: c.execute(statement).close()))
        self.permanent.add(pair)

    @rule(pair=PAIRS)
    def take_permanent_away(self, pair: Pair) -> None:
        """An administrator does, where no grant holds the membership as well."""
        if pair in self.permanent and not any(each.holds() for each in self.of(pair)):
            mine = (people_memberships.c.person_id == pair[0]) & (people_memberships.c.group_number == int(pair[1][2:]))
            self.runner.run(self.database.run(lambda c: c.execute(delete(people_memberships).where(mine)).close()))
            self.permanent.discard(pair)

    @rule(hours=st.integers(1, 6))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(data=st.data())
    def the_clock_ends_what_is_due(self, data: st.DataObject) -> None:
        due = [key for key, each in self.known.items() if each.holds() and not each.lasts(self.now)]
        for key in data.draw(st.permutations(due)):
            self.end(key)
        lasting = {each.pair for each in self.known.values() if each.lasts(self.now)}
        assert self.members() == self.permanent | lasting

    @invariant()
    def nobody_loses_what_holds_and_nobody_keeps_what_does_not(self) -> None:
        held = {each.pair for each in self.known.values() if each.holds()}
        lasting = {each.pair for each in self.known.values() if each.lasts(self.now)}
        assert self.permanent | lasting <= self.members() <= self.permanent | held

    @invariant()
    def what_is_listed_ends_with_the_last_grant(self) -> None:
        for person in ("U-001", "U-002"):
            listed = {(person, each.group.id): each.until for each in self.runner.run(self.access.of(person))}
            assert set(listed) == {pair for pair in self.members() if pair[0] == person}
            for pair, until in listed.items():
                ends = [each.answer.until for each in self.of(pair) if each.holds()]
                known = [end for end in ends if end is not None]
                assert until == (None if pair in self.permanent or None in ends else max(known))


def test_grants_in_every_order(database: OwnDatabase) -> None:
    class Here(Grants):
        def __init__(self) -> None:
            super().__init__(database)

    # a step takes several times as long where each commit waits for the disk
    examples = 80 if database.kind == "sqlite" else 20
    chosen = settings(max_examples=examples, stateful_step_count=40, deadline=None)
    run_state_machine_as_test(Here, settings=chosen)
