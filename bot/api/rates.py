"""How often somebody may do something: evenly spread over a minute, with a minute's worth at once.

By the generic cell rate algorithm, which remembers one moment for each of them. In memory, of one process.
"""

from collections import OrderedDict
from collections.abc import Callable

#: of whom it is remembered; whoever is forgotten had done nothing for longest
MAX_REMEMBERED = 10_000

#: seconds
MINUTE = 60.0


class Rate:
    """So many times a minute, each of those who are named."""

    def __init__(self, a_minute: int, clock: Callable[[], float]) -> None:
        """`clock` counts seconds from anywhere."""
        self._every = MINUTE / a_minute
        self._clock = clock
        #: until when what somebody did counts
        self._until: OrderedDict[str, float] = OrderedDict()

    def wait(self, who: str) -> float:
        """Seconds until they may do it again; 0: now."""
        return max(0.0, self._until.get(who, 0.0) + self._every - MINUTE - self._clock())

    def take(self, who: str) -> float:
        """As `wait`; where that is 0, they do it now."""
        if left := self.wait(who):
            return left
        self._until[who] = max(self._until.get(who, 0.0), self._clock()) + self._every
        self._until.move_to_end(who)
        if len(self._until) > MAX_REMEMBERED:
            self._until.popitem(last=False)
        return 0.0
