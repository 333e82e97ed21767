"""What the policy lets people see of others: only what a condition allows that can be evaluated."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.core.known import Person
from bot.core.rules import OBJECTS, VALUES, Outcome
from bot.core.sight import OF_PEOPLE, OF_TICKETS, Clause, Look, Sight

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
IDS = st.sampled_from(["U-1", "U-2", "U-3"])
PEOPLE = st.builds(
    Person,
    record=IDS,
    name=st.text(max_size=3),
    privileged=st.booleans(),
    slack_user=st.none(),
    manager=st.none() | IDS,
    groups=st.lists(st.sampled_from(["it-staff", "staff"]), unique=True).map(tuple),
)
LOOKS = st.builds(Look, requester=PEOPLE, subject=st.none() | PEOPLE, tainted=st.booleans(), now=st.just(NOW))


def manages(seen: Any) -> bool:
    return bool(seen["manages_subject"])


def test_without_a_section_nothing_is_seen() -> None:
    assert (Sight().people, Sight().tickets) == (None, None)


@given(LOOKS)
def test_a_manager_sees_reports_and_nobody_else(look: Look) -> None:
    is_manager = look.subject is not None and look.subject.manager == look.requester.record
    assert (Clause("manages_subject", manages).outcome(look, UTC) is Outcome.MATCHED) is is_manager


@given(LOOKS, st.sampled_from([1, "true", None, [True]]) | st.sampled_from([KeyError, ValueError, RecursionError]))
def test_what_is_not_plainly_true_shows_nothing(look: Look, answer: Any) -> None:
    def broken(_: Any) -> Any:
        if isinstance(answer, type):
            raise answer
        return answer

    assert Clause("broken", broken).outcome(look, UTC) is Outcome.FAILED


@given(LOOKS)
def test_all_that_a_condition_may_name_is_always_there(look: Look) -> None:
    seen = look.seen(UTC)
    assert set(seen) == set(OF_PEOPLE)
    assert set(OF_TICKETS) < set(OF_PEOPLE) <= {*OBJECTS, *VALUES}
    assert all(set(seen[name]) == set(OBJECTS[name]) for name in OF_PEOPLE if name in OBJECTS)
