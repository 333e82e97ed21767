"""The one door to a language model. Each provider is a small adapter behind it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bot.core.exchange import Prompt, Reply
from bot.core.routing import ONE, Lineup

#: is given the answer's text piece by piece, in order; returns at once and never raises
Hear = Callable[[str], None]


def unheard(_: str) -> None:
    """Nobody listens."""


class Model(Protocol):
    #: the name that goes on record with each reply
    name: str

    async def reply(self, prompt: Prompt, hear: Hear = unheard) -> Reply:
        """One reply, within a time limit of its own. Raises ModelUnavailable (worth retrying) or ModelRejected.

        What `hear` was given, joined, begins the text that ModelOutput keeps of this reply, and is all of it when the
        reply is returned: neither reasoning nor calls. Only where a provider takes back what it said is more or other
        text in the reply; whoever showed what was heard compares. Before an error any beginning may have been heard.
        """


@dataclass(frozen=True, slots=True)
class Served:
    """A model, and the name of the provider it is asked at."""

    model: Model
    provider: str
    #: it can look at pictures
    sees: bool = True


@dataclass(frozen=True, slots=True)
class Several:
    """Models by name, and what the choice among them rests on; empty where there is one, without a choice."""

    served: Mapping[str, Served] = field(default_factory=dict)
    lineup: Lineup = ONE

    @property
    def small(self) -> Model | None:
        """The first one of that role, if there is one."""
        return next((self.served[each.name].model for each in self.lineup.offers if each.role == "small"), None)
