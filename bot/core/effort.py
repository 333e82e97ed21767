"""What a turn asks of the model, and how each model did in it: all that the choice of a model rests on."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Effort:
    """It only grows while the turn lasts, unless a message is deleted, so a choice that rests on it never goes back."""

    #: characters of the turn's messages; whether files came with them
    said: int = 0
    files: bool = False
    #: replies that were empty or rejected, calls that could not be made, results the model is to correct
    troubles: int = 0
    #: what calls gave, and its characters
    results: int = 0
    length: int = 0


#: before anybody said anything
NONE = Effort()


@dataclass(frozen=True, slots=True)
class Trial:
    """A model that failed in the turn, since its last reply there."""

    failures: int
    #: it was not even asked: its provider's breaker is open
    shut: bool
    #: None: asking it again is useless
    retry_at: datetime | None
