"""`see` in a policy file: who is shown what of others, checked as conditions of rules are."""

import json

import pytest

from bot.core.known import Person
from bot.core.rules import Outcome
from bot.core.sight import Look, Sight
from tests.core.test_sight import NOW
from tests.policies.rig import Desk, ticking

STAFF = '"it-staff" in requester.groups'
BOTH = f"version: 1\nsee:\n  people: manages_subject || {STAFF}\n  tickets: {json.dumps(STAFF)}"


def person(record: str, *groups: str, manager: str | None = None) -> Person:
    return Person(record=record, name="", privileged=False, slack_user=None, manager=manager, groups=groups)


def sees(desk: Desk, requester: Person, subject: Person) -> tuple[Outcome, Outcome]:
    policy = desk.load(BOTH)
    assert policy.see.people
    assert policy.see.tickets
    about = Look(requester=requester, subject=subject, tainted=False, now=NOW)
    alone = Look(requester=requester, tainted=False, now=NOW)
    return policy.see.people.outcome(about, policy.zone), policy.see.tickets.outcome(alone, policy.zone)


def test_managers_see_their_people_and_it_sees_everybody(desk: Desk) -> None:
    alex = person("U-123", manager="U-101")
    assert sees(desk, person("U-101"), alex) == (Outcome.MATCHED, Outcome.NOT_MATCHED)
    assert sees(desk, person("U-201", "it-staff"), alex) == (Outcome.MATCHED, Outcome.MATCHED)
    assert sees(desk, person("U-456", "staff"), alex) == (Outcome.NOT_MATCHED, Outcome.NOT_MATCHED)


def test_of_somebody_in_more_groups_than_can_be_looked_at_nothing_is_said(desk: Desk) -> None:
    many = person("U-1", "it-staff", *(f"g{number}" for number in range(1_000)))
    assert sees(desk, many, person("U-2")) == (Outcome.FAILED, Outcome.FAILED)


def test_a_file_without_it_shows_nobody_anything(desk: Desk) -> None:
    for text in ("version: 1", "version: 1\nsee: {}"):
        assert desk.load(text).see == Sight()


def test_the_digest_follows_what_is_seen(desk: Desk) -> None:
    digests = {desk.load(text).digest for text in ("version: 1", BOTH, BOTH.replace("it-staff", "it"))}
    assert len(digests) == 3


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("people: nobody", "see.people: 'nobody' is not known; there are requester, time, tainted, subject, "),
        ("people: args.user_id == requester.id", "see.people: 'args' is not known here; there are "),
        ("people: resource.known", "see.people: 'resource' is not known here"),
        ("people: recent.tool_day > 1", "see.people: 'recent' is not known here"),
        ("people: subject.email == ''", "see.people: subject has no field 'email'; it has id, name, "),
        ("people: requester.groups", "see.people: fails on a sample call: the condition is neither true nor false"),
        ("people: requester.id + 1 == ''", "see.people: fails on a sample call: "),
        ("people: '('", "see.people: cannot be read: "),
        ("people: ''", "see.people: "),
        ("people: true", "see.people: should be a valid string"),
        ("tickets: subject.known", "see.tickets: 'subject' is not known here; there are requester, time, tainted"),
        ("tickets: manages_subject", "see.tickets: 'manages_subject' is not known here"),
        ("devices: 'true'", "see.devices: is no key that is known here"),
    ],
)
def test_a_wrong_condition_is_refused_with_its_line(desk: Desk, body: str, said: str) -> None:
    (line,) = desk.refused(f"version: 1\nsee:\n  {body}")
    assert line.startswith(f"policy.yml line 3, {said}"), line


def test_a_slow_condition_is_refused(desk: Desk) -> None:
    (line,) = desk.refused(BOTH.partition("  tickets")[0], clock=ticking(0.021))
    assert "see.people: takes 21 ms on a sample call; at most 20 ms are allowed" in line
