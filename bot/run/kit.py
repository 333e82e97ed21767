"""Everything a worker is handed: ports to the outside, the clock and chance. Nothing below reads the environment."""

import random
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from time import monotonic
from typing import Protocol

from pydantic import SecretStr
from sqlalchemy import Connection

from bot.core import budget
from bot.core.budget import Budget
from bot.core.items import EarlierMessage, Entry
from bot.core.policy import Policy
from bot.core.thread import Thread
from bot.errors import Unanswered
from bot.model import prices
from bot.model.port import Model, Served, Several
from bot.model.prices import Prices
from bot.run.breakers import Breakers
from bot.run.files import Files
from bot.run.live import Live, Unseen
from bot.run.results import Results
from bot.run.watch import Watchers
from bot.store.database import Database
from bot.store.deliveries import Shown
from bot.store.sealed import Seal
from tools.backends.directory import Directory
from tools.spec import Tool


@dataclass(frozen=True, slots=True)
class SlackPerson:
    """A Slack user as they are right now."""

    user: str
    email: str | None
    #: a person of this workspace who may ask at all: not a bot, not deactivated, not from another company
    colleague: bool
    #: a full member: guests may ask but not approve
    member: bool
    #: Slack has seen the person read mail at the address
    confirmed: bool = True
    #: no colleague, but the settings name their company, or the bot: they may ask for what is of low risk
    visitor: bool = False
    #: their own workspace
    team: str | None = field(default=None, compare=False)


#: how long an answer about people is good for where nothing is decided by it, seconds
REMEMBERED = 300.0


#: tokens of one request, unless a setting says otherwise
CONTEXT_TOKENS = 32_000


class People(Protocol):
    """Who is who in Slack. An answer may be `max_age` seconds old; 0 asks Slack itself. Raises Unanswered."""

    async def who(self, user: str, *, max_age: float = REMEMBERED) -> SlackPerson | None:
        """The user, or None where there is no such user."""

    async def find(self, email: str, *, max_age: float = REMEMBERED) -> str | None:
        """The user id behind an address, or None."""

    async def members(self, group: str, *, max_age: float = REMEMBERED) -> frozenset[str]:
        """The user ids in a user group; empty where there is no such group."""


class Chance(Protocol):
    """Where randomness comes from."""

    def nonce(self) -> bytes:
        """16 bytes."""

    def secret(self) -> SecretStr:
        """A one-time secret nobody can guess, safe in a URL."""

    def jitter(self) -> float:
        """Between 0 and 1."""


class SystemChance:
    """Randomness of the operating system."""

    def nonce(self) -> bytes:
        return secrets.token_bytes(16)

    def secret(self) -> SecretStr:
        return SecretStr(secrets.token_urlsafe(32))

    def jitter(self) -> float:
        return random.random()  # noqa: S311 -- spreads retries; nothing secret depends on it


def utc_now() -> datetime:
    """Aware UTC."""
    return datetime.now(UTC)


#: what the entry, just appended, wants shown; `thread` is the fold with it
Render = Callable[[Thread, Entry], Iterable[Shown]]


class Threads(Protocol):
    """What stands in Slack's threads. Raises Unanswered."""

    async def before(
        self, tenant: str, channel: str, thread_ts: str, ts: str, most: int
    ) -> tuple[list[EarlierMessage], bool]:
        """What was said in the thread before `ts`, the newest `most` of it, oldest first; and whether that is all."""


class Unread:
    """Nothing can be read."""

    async def before(
        self, _tenant: str, _channel: str, _thread_ts: str, _ts: str, _most: int
    ) -> tuple[list[EarlierMessage], bool]:
        raise Unanswered("nobody reads Slack's threads here")


@dataclass(frozen=True, slots=True)
class Instructions:
    """A version of the prompt."""

    text: str
    version: str


#: raises LostClaim where another worker has the conversation now; asked in the transaction that it is to protect
Fence = Callable[[Connection, str], None]


def alone(_: Connection, __: str) -> None:
    """No other worker is there: one process has the database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    database: Database
    tools: Mapping[str, Tool]
    #: what tools are handed, by the type they ask for
    backends: Mapping[type, object]
    #: the names of tools that were on offer at the start and are not any more
    withdrawn: Callable[[], frozenset[str]] = frozenset
    #: where people are looked up for decisions
    directory: Directory
    policy: Policy
    model: Model
    #: sums up what the model is not shown any more; None: the model itself does
    small: Model | None = None
    #: tokens that one request to the model may have, as estimated (core/weight.py)
    context_tokens: int = CONTEXT_TOKENS
    several: Several = field(default_factory=Several)
    #: the shipped ones
    instructions: Instructions
    people: People
    render: Render
    seal: Seal
    threads: Threads = field(default_factory=Unread)
    #: where files that people send are kept; without it none is read
    files: Files | None = None
    #: the model can look at pictures
    sees: bool = True
    #: where addresses of messages begin, such as https://example.slack.com/; empty: there are none
    workspace_url: str = ""
    #: names this run of the process, among others and after restarts
    process: str
    #: whom hand-overs are told: a channel (C…, G…), a user group (S…), or both
    humans: tuple[str, ...] = ()
    #: what tokens cost, and how much people may use
    prices: Prices = field(default_factory=prices.load)
    budgets: tuple[Budget, ...] = budget.DEFAULT
    #: what tools that only read gave a moment ago
    results: Results = field(default_factory=Results)
    fence: Fence = alone
    #: who shows what happens while it happens
    live: Live = field(default_factory=Unseen)
    #: who looks on: traces, metrics
    watch: Watchers = field(default_factory=Watchers)
    now: Callable[[], datetime] = utc_now
    chance: Chance = field(default_factory=SystemChance)
    breakers: Breakers = field(default_factory=lambda: Breakers(monotonic, SystemChance().jitter))
    #: the people of a tenant, where there are several
    people_in: Callable[[str], People] | None = None

    @property
    def menu(self) -> Mapping[str, Tool]:
        """The tools on offer now; a call that began before goes on with those of the start."""
        gone = self.withdrawn()
        return {name: each for name, each in self.tools.items() if name not in gone} if gone else self.tools

    def served(self, model: str) -> Served:
        """The model of this name; the only one has none."""
        return self.several.served.get(model) or Served(self.model, "", self.sees)

    def at(self, tenant: str) -> "Kit":
        """The same for what happens in this tenant."""
        return replace(self, people=self.people_in(tenant)) if self.people_in else self
