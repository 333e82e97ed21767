"""Everything a worker is handed, and the listeners: ports to the outside, the clock and chance."""

import random
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from time import monotonic

from pydantic import SecretStr
from sqlalchemy import Connection

from bot.core import budget
from bot.core.budget import Budget
from bot.core.items import Entry
from bot.core.policy import Policy
from bot.core.thread import Thread
from bot.model import prices
from bot.model.port import Model, Served, Several
from bot.model.prices import Prices
from bot.run.breakers import Breakers
from bot.run.live import Live
from bot.run.ports import Files, People, Threads
from bot.run.results import Results
from bot.run.watch import Watchers
from bot.store.database import Database
from bot.store.deliveries import Shown
from bot.store.sealed import Seal
from tools.backends.directory import Directory
from tools.spec import Tool

#: tokens of one request, unless a setting says otherwise
CONTEXT_TOKENS = 32_000


class Chance:
    """Randomness of the operating system."""

    def nonce(self) -> bytes:
        """16 bytes."""
        return secrets.token_bytes(16)

    def secret(self) -> SecretStr:
        """A one-time secret nobody can guess, safe in a URL."""
        return SecretStr(secrets.token_urlsafe(32))

    def jitter(self) -> float:
        """Between 0 and 1."""
        return random.random()  # noqa: S311 -- spreads retries; nothing secret depends on it


def utc_now() -> datetime:
    """Aware UTC."""
    return datetime.now(UTC)


#: what the entry, just appended, wants shown; `thread` is the fold with it
Render = Callable[[Thread, Entry], Iterable[Shown]]


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
    threads: Threads = field(default_factory=Threads)
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
    live: Live = field(default_factory=Live)
    #: who looks on: traces, metrics
    watch: Watchers = field(default_factory=Watchers)
    now: Callable[[], datetime] = utc_now
    chance: Chance = field(default_factory=Chance)
    breakers: Breakers = field(default_factory=lambda: Breakers(monotonic, Chance().jitter))
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
