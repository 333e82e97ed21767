"""Puts the HTTP API together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic

from bot.api.agent import Agent
from bot.api.doors import Doors, Issuer
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
    #: whose web tokens count, too
    issuer: Issuer | None = None
    #: requests a minute; seconds
    rate: int = RATE
    wait: float = WAIT


def agent(kit: Kit, wake: Callable[[str], None], tenant: str | None, terms: Terms) -> Agent:
    """The agent for those whom the terms let in, and those who have a token of the database.

    Web tokens count where there is one workspace: they name none.
    """
    there = kit.at(tenant) if tenant else None
    signed_in = None
    if terms.issuer and there:
        from bot.api.keys import Keys  # noqa: PLC0415 -- nine megabytes that few need
        from bot.api.signed_in import WebTokens, person  # noqa: PLC0415

        keys = Keys(terms.issuer.keys, monotonic)
        signed_in = WebTokens(terms.issuer, keys, lambda claimed: person(there, claimed))
    doors = Doors(kit.database, terms.given, lambda: kit.now().timestamp(), monotonic, signed_in)
    made = Agent(kit.database, wake, kit.now, doors, Persons(kit, tenant), Rate(terms.rate, monotonic))
    kit.watch.join(made.waits)
    return made
