"""Puts the HTTP API together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic

from bot.api.agent import Agent
from bot.api.doors import Doors, SignedIn
from bot.api.persons import Persons
from bot.api.rates import Rate
from bot.api.routes import WAIT
from bot.core.tokens import Given
from bot.run.kit import Kit

#: requests a minute of each token's name
RATE = 60


@dataclass(frozen=True, slots=True)
class Terms:
    """Who may use the API, how often, and how long they are kept waiting."""

    given: Sequence[Given] = ()
    signed_in: SignedIn | None = None
    #: requests a minute; seconds
    rate: int = RATE
    wait: float = WAIT


def agent(kit: Kit, wake: Callable[[str], None], tenant: str | None, terms: Terms) -> Agent:
    """The agent for those whom the terms let in, and those who have a token of the database."""
    doors = Doors(kit.database, terms.given, lambda: kit.now().timestamp(), monotonic, terms.signed_in)
    return Agent(kit.database, wake, kit.now, doors, Persons(kit, tenant), Rate(terms.rate, monotonic))
