"""Who is who in Slack, remembered for a few minutes; what decides about approvals is asked afresh.

Promise: those who ask the same at the same time share an answer, which is never one that Slack was asked for before
they asked; and while Slack wants a pause it is not asked.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar, cast
from weakref import WeakValueDictionary

import aiohttp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import NotInstalled, Unanswered
from bot.run.ports import REMEMBERED, SlackPerson
from bot.slack.clients import Clients
from bot.slack.refusals import OURS, error_code, http_status, retry_after

T = TypeVar("T")

#: answers remembered
MAX_REMEMBERED = 10_000

#: wait before Slack is asked again where it names no time, seconds
RETRY = 2.0

#: workspaces of one organisation that are known
MAX_TEAMS = 100

#: Slack's ways to say that there is no such user or group
_NOBODY = {"user_not_found", "users_not_found", "no_such_subteam", "user_not_visible"}


@dataclass(frozen=True, slots=True)
class Visitors:
    """Who may ask although they are no colleagues: people of these teams, and these bots."""

    teams: frozenset[str] = frozenset()
    bots: frozenset[str] = frozenset()

    def let_in(self, user: Mapping[str, Any], team: str | None) -> bool:
        """Whether this user, as Slack tells them to the `team` or organisation, is one of them."""
        if user.get("deleted"):
            return False
        if user.get("is_bot"):
            return user["id"] in self.bots
        others = {user.get("team_id"), (user.get("enterprise_user") or {}).get("enterprise_id")} - {team, None}
        return bool(others & self.teams)


class SlackPeople:
    """Looks people of one tenant up by the Web API."""

    def __init__(
        self,
        clients: Clients,
        tenant: str,
        clock: Callable[[], float] = time.monotonic,
        visitors: Visitors = Visitors(),
    ) -> None:
        self._clients = clients
        self._tenant = tenant
        self._clock = clock
        self._visitors = visitors
        #: when Slack was asked, and what it said, by question
        self._answers: dict[str, tuple[float, Any]] = {}
        self._asking: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        #: the end of the pause that Slack wants, by the question's first word
        self._paused: dict[str, float] = {}

    async def who(self, user: str, *, max_age: float = REMEMBERED) -> SlackPerson | None:
        """The user, or None."""
        client, us = await self._here()
        return await self._ask(
            f"who {user}", max_age, lambda: client.users_info(user=user), lambda answer: self._person(answer, us)
        )

    async def find(self, email: str, *, max_age: float = REMEMBERED) -> str | None:
        """The id of the user with this address, or None."""
        client, _ = await self._here()
        return await self._ask(f"find {email}", max_age, lambda: client.users_lookupByEmail(email=email), _active)

    async def members(self, group: str, *, max_age: float = REMEMBERED) -> frozenset[str]:
        """The ids of the users in the group."""
        client, us = await self._here()
        for team in (us.team_id,) if us.team_id else await self._teams(client):
            found = await self._ask(
                f"members {group} {team}",
                max_age,
                lambda team=team: client.usergroups_users_list(usergroup=group, team_id=team),  # type: ignore[misc]
                lambda answer: frozenset(answer["users"]),
            )
            if found is not None:
                return found
        return frozenset()

    async def teams(self) -> frozenset[str]:
        """What is ours: the workspace, or those of the organisation where all of it has the bot; the organisation."""
        client, us = await self._here()
        workspaces = (us.team_id,) if us.team_id else await self._teams(client)
        return frozenset(each for each in (*workspaces, us.enterprise_id) if each)

    async def team_of(self, user: str) -> str | None:
        """The workspace in which the user reads us; None where there is no such user."""
        _, us = await self._here()
        if us.team_id:
            return us.team_id
        person = await self.who(user)
        return person.team if person else None

    async def _teams(self, client: AsyncWebClient) -> tuple[str, ...]:
        """The workspaces of the organisation that we are in: each has user groups of its own."""
        found = await self._ask(
            "teams",
            REMEMBERED,
            lambda: client.auth_teams_list(limit=MAX_TEAMS),
            lambda answer: tuple(team["id"] for team in answer["teams"]),
        )
        return found or ()

    async def _here(self) -> tuple[AsyncWebClient, AuthorizeResult]:
        try:
            return await self._clients.of(self._tenant), await self._clients.us(self._tenant)
        except (NotInstalled, SQLAlchemyError) as error:
            raise Unanswered(f"Slack cannot be asked: {type(error).__name__}") from None

    def _person(self, answer: Any, us: AuthorizeResult) -> SlackPerson:
        user = answer["user"]
        guest = bool(user.get("is_restricted") or user.get("is_ultra_restricted"))
        stranger = bool(user.get("is_stranger")) or not _ours(user, us)
        colleague = not (user.get("is_bot") or user.get("deleted") or stranger)
        return SlackPerson(
            user=user["id"],
            email=user.get("profile", {}).get("email"),
            colleague=colleague,
            member=not guest,
            confirmed=user.get("is_email_confirmed") is not False,
            visitor=not colleague and self._visitors.let_in(user, us.team_id or us.enterprise_id),
            team=user.get("team_id"),
        )

    async def _ask(
        self, question: str, max_age: float, call: Callable[[], Awaitable[Any]], take: Callable[[Any], T]
    ) -> T | None:
        """What `take` makes of Slack's answer, None for nobody; that alone is remembered."""
        since = self._clock()
        async with self._asking.setdefault(question, asyncio.Lock()):
            asked_at, known = self._answers.get(question, (float("-inf"), None))
            if since - asked_at < max_age or asked_at > since:
                return cast("T | None", known)
            asked_at = self._clock()
            found = await self._answer(question.split(maxsplit=1)[0], call, take)
            if len(self._answers) >= MAX_REMEMBERED:
                self._answers.clear()
            self._answers[question] = (asked_at, found)
            return found

    async def _answer(self, what: str, call: Callable[[], Awaitable[Any]], take: Callable[[Any], T]) -> T | None:
        if (left := self._paused.get(what, 0.0) - self._clock()) > 0:
            raise Unanswered(f"Slack wants a pause before it says {what}", wait=left)
        try:
            return take((await call()).data)
        except SlackApiError as error:
            if (code := error_code(error)) in _NOBODY:
                return None
            if code in OURS:
                self._clients.forget(self._tenant)
            wait = retry_after(error, RETRY)
            if http_status(error) == HTTPStatus.TOO_MANY_REQUESTS:
                self._paused[what] = self._clock() + wait
            raise Unanswered(f"Slack does not say {what}: {code}", wait=wait) from None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unanswered(f"Slack does not answer: {type(error).__name__}") from None


def _ours(user: Mapping[str, Any], us: AuthorizeResult) -> bool:
    """Of the workspace; of any workspace of the organisation where all of it has the bot."""
    if us.team_id:
        return bool(user.get("team_id") == us.team_id)
    return bool(us.enterprise_id) and (user.get("enterprise_user") or {}).get("enterprise_id") == us.enterprise_id


def _active(answer: Any) -> str | None:
    user = answer["user"]
    return None if user.get("deleted") else str(user["id"])
