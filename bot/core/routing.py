"""Which model is asked: by rules on cost and need, and where a model fails by the list of its fallbacks.

Promises: within a turn the rules never go back from the large model to the small one, for what they rest on only grows,
unless somebody deletes a message; a model that fails gives its place to the next one of the list for the rest of the
turn; the next turn begins with the rules again. With one model there is nothing to choose, and nothing is recorded.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.core import items
from bot.core.steps import Append, Step
from bot.core.thread import Thread, Turn

#: characters of an easy question; what is longer is for the large model
EASY = 400

#: results, or characters of them, that it takes the large model to put together
MANY_RESULTS, LONG_RESULTS = 3, 6_000

#: share of the tightest budget from which on the small model is asked whatever the need
NEARLY_SPENT = 0.9

Role = Literal["small", "large"]


@dataclass(frozen=True, slots=True)
class Offer:
    """A model that can be asked."""

    name: str
    role: Role = "large"
    #: it can look at pictures
    sees: bool = True
    #: tokens a request may have; None: unknown
    context: int | None = None


@dataclass(frozen=True, slots=True)
class Lineup:
    """The models on offer, the first one of a role going before the others; empty: there is one, without a choice."""

    offers: tuple[Offer, ...] = ()
    #: names, in the order in which they are asked where the model of the rules fails
    fallback: tuple[str, ...] = ()
    #: failures of a model in a turn after which the next one is asked
    attempts: int = 2


#: one model, without a choice
ONE = Lineup()


@dataclass(frozen=True, slots=True)
class Choice:
    """The model to ask, not before `at`; empty: the only one."""

    model: str
    why: items.RoutedWhy
    at: datetime | None = None


def chosen(thread: Thread, turn: Turn, lineup: Lineup) -> Choice | None:
    """Whom to ask for the turn next; None where asking anybody again is useless."""
    if not lineup.offers:
        if turn.failure is None:
            return Choice("", "easy")
        return Choice("", "easy", turn.failure.retry_at) if turn.failure.retry_at else None
    own, why = by_rules(thread, turn, lineup)
    alive = [name for name in dict.fromkeys((own, *lineup.fallback)) if not _dead(turn, name)]
    fresh = unspent(turn, alive, lineup)
    if not alive:
        return None
    # once everybody failed it is about who is worth asking again first
    when = {name: trial.retry_at for name, trial in turn.trials.items() if trial.retry_at}
    name = fresh[0] if fresh else min(alive, key=lambda each: when[each])
    return Choice(name, why if name == own else "fallback", when.get(name))


def unspent(turn: Turn, names: Sequence[str], lineup: Lineup) -> list[str]:
    """Those that have not failed as often as they may before the next one is asked."""
    trials = turn.trials
    return [
        name
        for name in names
        if name not in trials or not (trials[name].shut or trials[name].failures >= lineup.attempts)
    ]


def by_rules(thread: Thread, turn: Turn, lineup: Lineup) -> tuple[str, items.RoutedWhy]:
    """The model that fits the turn, whether it works or not."""
    role, why = _wish(turn)
    fitting = [each for each in lineup.offers if each.role == role] or list(lineup.offers)
    if thread.pictures:
        seeing = [each for each in (*fitting, *lineup.offers) if each.sees]
        fitting = seeing or fitting
    return fitting[0].name, why


def routed(thread: Thread, turn: Turn, choice: Choice) -> Iterator[Step]:
    """The choice goes on record where it is another one; nobody is sent what only the model before can read."""
    if choice.model and choice.model != thread.model:
        begins = (items.Rebase(reason="model", since=thread.since),) if thread.seen else ()
        yield Append((items.Routed(turn=turn.seq, model=choice.model, why=choice.why), *begins))


def _wish(turn: Turn) -> tuple[Role, items.RoutedWhy]:
    effort = turn.effort
    if turn.known and turn.known.spent >= NEARLY_SPENT:
        return "small", "budget"
    if effort.troubles:
        return "large", "failures"
    if effort.results >= MANY_RESULTS or effort.length >= LONG_RESULTS:
        return "large", "synthesis"
    if effort.files:
        return "large", "files"
    return ("large", "long") if effort.said > EASY else ("small", "easy")


def _dead(turn: Turn, name: str) -> bool:
    return name in turn.trials and turn.trials[name].retry_at is None
