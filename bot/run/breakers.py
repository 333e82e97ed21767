"""Circuit breakers, one for each provider of models and one for each tool: what fails again and again is left alone for
a while, then tried by a few, and open to everybody once they succeed.

Promise: what is turned away here was not called. Each process has its own; they know nothing of each other.
"""

from collections.abc import Awaitable, Callable, Iterator
from math import ceil

import structlog
from interlock import CircuitOpenError, Config, CoreEventListener, Registry, State, WindowType

from bot.core import words
from bot.core.exchange import Reply
from bot.errors import ModelRejected, NotAsked, NotLooked
from tools.spec import NotPossible, ToolFailed, TryAgain

#: a breaker opens once so many calls failed in a row; one that works begins the count anew, however seldom it is used
CALLS = 5

#: seconds it is open, before a few calls are let through to see
OPEN_S = 10.0

#: how many are let through: requests to a provider, all at once, or calls of a tool
PROBES, TOOL_PROBES = 3, 1

#: whoever waits for a provider comes back within so many seconds after that, each at another moment
SPREAD_S = 20.0

#: being slow is what time limits are for
_NEVER_SLOW = 86_400.0

log = structlog.get_logger()


class Breakers:
    """`monotonic` is seconds that nobody can set back, `jitter` between 0 and 1."""

    def __init__(self, monotonic: Callable[[], float], jitter: Callable[[], float]) -> None:
        self._clock = _Clock(monotonic)
        self._jitter = jitter
        self._opened_providers = _Opened("provider", self._clock)
        self._providers = Registry(
            config=_config(PROBES),
            clock=self._clock,
            classifier=_Unless(ModelRejected, NotLooked),
            listener=self._opened_providers,
        )
        self._opened = _Opened("tool", self._clock)
        self._tools = Registry(
            config=_config(TOOL_PROBES),
            clock=self._clock,
            classifier=_Unless(TryAgain, NotPossible),
            listener=self._opened,
        )

    async def ask(self, provider: str, ask: Callable[[], Awaitable[Reply]]) -> Reply:
        """What a model of the provider replies. Raises what it raises, and NotAsked where the breaker is open.

        ModelRejected is about the request, NotLooked about somebody else: no sign that the provider does not work.
        """
        try:
            return await self._providers.get(provider).call_async(ask)
        except CircuitOpenError as error:
            wait = OPEN_S if error.retry_after is None else error.retry_after
            told = (
                f"The provider {provider} has failed too often lately." if provider else "It failed too often lately."
            )
            raise NotAsked(told, wait + SPREAD_S * self._jitter()) from None

    async def call(self, tool: str, call: Callable[[], Awaitable[object]]) -> object:
        """What the tool gives. Raises what it raises, and ToolFailed where the breaker is open.

        TryAgain and NotPossible are about what is asked for and no sign that the system behind does not work.
        """
        try:
            return await self._tools.get(tool).call_async(call)
        except CircuitOpenError as error:
            raise ToolFailed(words.not_lately(tool, ceil(error.retry_after or OPEN_S))) from None

    def shut(self, tool: str) -> float | None:
        """For how many seconds calls of the tool are turned away; None: it may be tried."""
        if self._tools.get(tool).state is not State.OPEN:
            return None
        left = self._opened.at[tool] + OPEN_S - self._clock.monotonic()
        return left if left > 0 else None

    def states(self) -> Iterator[tuple[str, str, float]]:
        """Each that was needed so far: "provider" or "tool", its name, and 0 closed, 1 open to a few, 2 open."""
        for of, breakers, opened in (
            ("provider", self._providers, self._opened_providers),
            ("tool", self._tools, self._opened),
        ):
            for name, breaker in breakers.items():
                yield of, name, self._state(breaker.state, opened.at.get(name, 0.0))

    def _state(self, state: State, opened_at: float) -> float:
        # an open one whose time is over lets the next call through, though nobody may have tried
        waits = state is State.OPEN and self._clock.monotonic() < opened_at + OPEN_S
        return 2.0 if waits else 0.0 if state is State.CLOSED else 1.0


class _Clock:
    def __init__(self, monotonic: Callable[[], float]) -> None:
        self.monotonic = monotonic


class _Unless:
    """Everything that is raised counts as a failure but these."""

    def __init__(self, *kinds: type[Exception]) -> None:
        self._kinds = kinds

    def is_failure(self, *, result: object, exception: Exception | None) -> bool:
        del result
        return exception is not None and not isinstance(exception, self._kinds)


class _Opened(CoreEventListener):
    """Says in the log how breakers change, and remembers when each opened."""

    def __init__(self, of: str, clock: _Clock) -> None:
        self._of = of
        self._clock = clock
        self.at: dict[str, float] = {}

    def on_state_change(self, *, name: str, old: State, new: State) -> None:
        if new is State.OPEN:
            self.at[name] = self._clock.monotonic()
        log.warning("a circuit breaker changed", **{self._of: name}, before=str(old), now=str(new))


def _config(probes: int) -> Config:
    return Config(
        failure_rate_threshold=1.0,
        minimum_number_of_calls=CALLS,
        window_type=WindowType.COUNT_BASED,
        window_size=CALLS,
        wait_duration_in_open=OPEN_S,
        permitted_calls_in_half_open=probes,
        max_concurrent_probes=probes,
        slow_call_duration_threshold=_NEVER_SLOW,
    )
