"""The steps that `decide` can choose: a closed union of small frozen values."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.core.items import Item


@dataclass(frozen=True, slots=True)
class Append:
    """Write the items; nothing outside happens."""

    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Resolve:
    """Look up what decides about item `ref` and append it as facts; `earlier`: what was said before it."""

    about: Literal["turn", "call", "click", "start", "switch", "humans", "earlier"]
    ref: int


@dataclass(frozen=True, slots=True)
class Fetch:
    """Read the files that came with the message and append what became of them."""

    turn: int
    message: int


@dataclass(frozen=True, slots=True)
class Run:
    """Run these calls; several only if all are read-only."""

    calls: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CallModel:
    """Ask the model on behalf of the turn; `last`: it must answer and may not call; `model` "": the only one."""

    turn: int
    last: bool
    model: str = ""


@dataclass(frozen=True, slots=True)
class Summarise:
    """Let the model's input begin at item `since`, after asking for a summary of what is left out by that."""

    turn: int
    since: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do before `until`; None: before something arrives."""

    until: datetime | None


Step = Append | Resolve | Fetch | Run | CallModel | Summarise | Wait
