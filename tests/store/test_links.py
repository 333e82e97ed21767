"""Links: one record is one Slack user, whatever order claims and admins' words come in."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine

from bot.store import links
from bot.store.links import Link
from bot.store.tables import people_links

USERS = st.sampled_from(["U0A", "U0B", "U0C"])
RECORDS = st.sampled_from(["U-1", "U-2"])

#: what can happen to links: (what, user, record)
HAPPENINGS = st.lists(st.tuples(st.sampled_from(["claim", "link", "unlink"]), USERS, RECORDS), max_size=12)


@contextmanager
def empty() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        people_links.create(connection)
        yield connection
    engine.dispose()


def happen(connection: Connection, what: str, user: str, record: str) -> None:
    if what == "claim":
        links.claim(connection, user, record, 1.0)
    elif what == "link":
        links.link(connection, user, record, 1.0)
    else:
        links.unlink(connection, user)


@given(HAPPENINGS)
def test_of_a_record_that_several_claim_nobody_is_it_but_whom_an_admin_named(
    happenings: list[tuple[str, str, str]],
) -> None:
    named: dict[str, str] = {}
    with empty() as connection:
        for what, user, record in happenings:
            happen(connection, what, user, record)
            if what != "claim":
                named = {one: other for one, other in named.items() if other != user}
            if what == "link":
                named[record] = user
            listed = links.listed(connection, 100)
            claimed = Counter(link.record for link in listed)
            for link in listed:
                if named.get(link.record) == link.slack_user:
                    assert links.of_record(connection, link.record) == Link(link.slack_user, link.record, False)
                else:
                    assert link.disputed or claimed[link.record] == 1


@given(HAPPENINGS, USERS, RECORDS)
def test_whom_an_admin_names_is_the_only_one(happenings: list[tuple[str, str, str]], user: str, record: str) -> None:
    with empty() as connection:
        for each in happenings:
            happen(connection, *each)
        links.link(connection, user, record, 1.0)
        pinned = Link(user, record, disputed=False)
        assert links.of_user(connection, user) == links.of_record(connection, record) == pinned
        listed = links.listed(connection, 100)
        assert [link for link in listed if user == link.slack_user or record == link.record] == [pinned]


@given(HAPPENINGS, USERS, RECORDS, RECORDS)
def test_who_is_known_stays_who_they_are_whatever_is_claimed_later(
    happenings: list[tuple[str, str, str]], user: str, first: str, second: str
) -> None:
    with empty() as connection:
        for each in happenings:
            happen(connection, *each)
        known = links.claim(connection, user, first, 1.0)
        assert links.claim(connection, user, second, 2.0) == known


def test_a_second_claimant_makes_both_nobody_and_the_claim_says_so() -> None:
    with empty() as connection:
        assert links.claim(connection, "U0A", "U-1", 1.0) == Link("U0A", "U-1", disputed=False)
        assert links.claim(connection, "U0B", "U-1", 2.0) == Link("U0B", "U-1", disputed=True)
        assert links.of_user(connection, "U0A") == Link("U0A", "U-1", disputed=True)


def test_forgetting_tells_whether_there_was_anything() -> None:
    with empty() as connection:
        links.claim(connection, "U0A", "U-1", 1.0)
        assert links.unlink(connection, "U0A") is True
        assert links.unlink(connection, "U0A") is False
        assert links.of_user(connection, "U0A") is links.of_record(connection, "U-1") is None


def test_lists_are_bounded_and_put_disputed_links_first() -> None:
    with empty() as connection:
        for user, record in (("U0A", "U-1"), ("U0B", "U-2"), ("U0C", "U-2")):
            links.claim(connection, user, record, 1.0)
        assert [link.slack_user for link in links.listed(connection, 2)] == ["U0B", "U0C"]
