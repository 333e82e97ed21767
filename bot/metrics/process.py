"""The process itself: memory, open files, CPU, the garbage collector, how late the event loop is, what it is."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from prometheus_client import GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from bot.meanwhile import meanwhile
from bot.metrics.instruments import Instruments
from bot.metrics.names import ONLY
from bot.run.breakers import Breakers
from bot.version import version

#: seconds between two samples of the loop, and how many are remembered: more than a scrape every 15 seconds misses
EVERY, SAMPLES = 1.0, 20


class Process:
    """Samples the loop; the rest is read when somebody asks."""

    def __init__(self, make: Instruments) -> None:
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=make.registry)
        self._late: deque[float] = deque([0.0], maxlen=SAMPLES)
        lag = make.gauge(
            "helpdesk_event_loop_lag_seconds",
            "By how much the event loop was late at most in the last 20 seconds; it is sampled each second.",
        )
        lag.set_function(lambda: max(self._late))
        built = make.gauge("helpdesk_build_info", "1, with the version that runs.", "version")
        built.labels(version()).set(1)

    @asynccontextmanager
    async def sampled(self) -> AsyncIterator[None]:
        """Sample until the block ends."""
        async with meanwhile(self._sample()):
            yield

    async def _sample(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            await asyncio.sleep(EVERY)
            self._late.append(max(0.0, loop.time() - began - EVERY))


class BreakerStates(Collector):
    """The breakers of this process."""

    _NAME = "helpdesk_breaker_state"
    _TEXT = "Circuit breakers of tools and of providers of models: 0 closed, 1 open to a few, 2 open."

    def __init__(self, make: Instruments) -> None:
        self.breakers: Breakers | None = None
        make.describe(self._NAME, "gauge", self._TEXT, ("of", "name"))
        make.registry.register(self)

    def describe(self) -> Iterator[Metric]:
        """Nothing, so that registering it does not ask."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """One for each that was needed so far: all are of our menu and our settings."""
        family = GaugeMetricFamily(self._NAME, self._TEXT, labels=("of", "name"))
        for of, name, state in self.breakers.states() if self.breakers else ():
            family.add_metric((of, name or ONLY), state)
        yield family
