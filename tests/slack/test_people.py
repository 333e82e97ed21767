"""Who is who: remembered for minutes, asked afresh where it decides, and never guessed."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.errors import Unanswered
from bot.playground import DEMO, LocalSlack
from bot.playground.web_api import CONNECTION_LOST
from bot.run.ports import REMEMBERED, SlackPerson
from bot.slack import people
from bot.slack.client import connection_pool, web_client
from bot.slack.clients import OneWorkspace
from bot.slack.people import SlackPeople
from tests.playground.app import served
from tests.slack.edge import US


class Watch:
    """A monotonic clock that a test moves."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    """A workspace without an app."""
    local = LocalSlack("http://127.0.0.1:9/none", seed=DEMO)
    async with served(local):
        yield local


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
async def known(slack: LocalSlack, watch: Watch) -> AsyncIterator[SlackPeople]:
    async with connection_pool() as pool:
        client = web_client(slack.token, f"{slack.base_url}/api/", pool)
        yield SlackPeople(OneWorkspace(client, US), "T0DEMO", watch)


def change(slack: LocalSlack, user: str, **fields: object) -> None:
    """Change what Slack says about the user."""
    slack.workspace.users[user] = slack.workspace.users[user].model_copy(update=fields)


async def test_a_colleague_a_guest_a_bot_a_stranger_and_one_who_left(slack: LocalSlack, known: SlackPeople) -> None:
    change(slack, "U0SAM", deleted=True)
    change(slack, "U0OMAR", team_id="T0OTHER")
    change(slack, "U0MARIA", is_ultra_restricted=True)
    found = {user: await known.who(user) for user in ("U0ALEX", "U0GIL", "U0BOT", "U0SAM", "U0OMAR", "U0MARIA")}
    assert found["U0ALEX"] == SlackPerson("U0ALEX", "alex.chen@example.com", colleague=True, member=True)
    standing = {user: (person.colleague, person.member) for user, person in found.items() if person}
    assert standing["U0GIL"] == standing["U0MARIA"] == (True, False)
    assert not any(standing[user][0] for user in ("U0BOT", "U0SAM", "U0OMAR"))


async def test_who_does_not_exist_is_nobody_and_not_an_error(slack: LocalSlack, known: SlackPeople) -> None:
    assert await known.who("U0NOBODY") is None
    assert await known.find("nobody@example.com") is None
    assert await known.members("S0NONE") == frozenset()
    change(slack, "U0SAM", deleted=True)
    assert await known.find("sam.patel@example.com") is None


async def test_an_answer_is_remembered_for_minutes_and_asked_afresh_on_demand(
    slack: LocalSlack, known: SlackPeople, watch: Watch
) -> None:
    async def looked_up() -> tuple[bool, str | None, frozenset[str]]:
        person = await known.who("U0OMAR")
        return (
            bool(person and person.colleague),
            await known.find("omar.haddad@example.com"),
            await known.members("S0ITADM"),
        )

    before = await looked_up()
    change(slack, "U0OMAR", deleted=True)
    groups = slack.workspace.usergroups
    groups["S0ITADM"] = groups["S0ITADM"].model_copy(update={"users": ("U0DANA",)})
    watch.seconds = REMEMBERED - 1
    assert await looked_up() == before == (True, "U0OMAR", frozenset({"U0DANA", "U0OMAR"}))

    fresh = await known.who("U0OMAR", max_age=0)
    assert fresh
    assert not fresh.colleague
    assert await known.find("omar.haddad@example.com", max_age=0) is None
    assert await known.members("S0ITADM", max_age=0) == {"U0DANA"}
    assert await looked_up() == (False, None, frozenset({"U0DANA"})), "what was asked afresh is what is remembered"

    watch.seconds = 3 * REMEMBERED
    change(slack, "U0OMAR", deleted=False)
    assert (await looked_up())[0]


@pytest.mark.parametrize("how", ["internal_error", "missing_scope", "invalid_auth", 500, 503, CONNECTION_LOST])
async def test_while_slack_does_not_say_nothing_is_known(slack: LocalSlack, known: SlackPeople, how: str | int) -> None:
    for method in ("users.info", "users.lookupByEmail", "usergroups.users.list"):
        slack.fail(method, 2, how)  # the client itself repeats a reading call once whose connection was cut
    with pytest.raises(Unanswered):
        await known.who("U0ALEX", max_age=0)
    with pytest.raises(Unanswered):
        await known.find("alex.chen@example.com")
    with pytest.raises(Unanswered):
        await known.members("S0ITADM")


async def test_a_limit_names_the_wait_and_until_it_is_over_slack_is_not_asked(
    slack: LocalSlack, known: SlackPeople, watch: Watch
) -> None:
    slack.limit("users.info", 1, retry_after=7)
    for passed in (0, 3):
        watch.seconds = passed
        with pytest.raises(Unanswered) as caught:
            await known.who("U0ALEX")
        assert caught.value.wait == 7 - passed
    assert await known.members("S0ITADM"), "other questions are asked"
    assert [method for method, _ in slack.calls] == ["users.info", "usergroups.users.list"]
    watch.seconds = 7
    assert await known.who("U0ALEX"), "a failure is not remembered"


async def test_those_who_ask_at_the_same_time_share_an_answer_no_older_than_their_question(slack: LocalSlack) -> None:
    async with connection_pool() as pool:
        client = web_client(slack.token, f"{slack.base_url}/api/", pool)
        known = SlackPeople(OneWorkspace(client, US), "T0DEMO")
        first = asyncio.create_task(known.members("S0ITADM", max_age=0))
        await slack.wait_for(lambda: slack.calls)
        groups = slack.workspace.usergroups
        groups["S0ITADM"] = groups["S0ITADM"].model_copy(update={"users": ("U0DANA",)})
        later = [known.members("S0ITADM", max_age=0) for _ in range(20)]
        assert set(await asyncio.gather(*later)) == {frozenset({"U0DANA"})}
        assert await first == {"U0DANA", "U0OMAR"}
        assert len(slack.calls) == 2


async def test_a_failure_never_brings_an_old_answer_back_where_a_fresh_one_is_asked_for(
    slack: LocalSlack, known: SlackPeople
) -> None:
    assert await known.who("U0OMAR")
    slack.fail("users.info", 1, 500)
    with pytest.raises(Unanswered):
        await known.who("U0OMAR", max_age=0)


async def test_memory_has_an_end(known: SlackPeople, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "MAX_REMEMBERED", 3)
    for user in ("U0ALEX", "U0DANA", "U0OMAR", "U0SAM", "U0ALEX"):
        assert await known.who(user)
    assert len(known._answers) <= 3
