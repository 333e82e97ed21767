"""Makes counters, gauges and histograms in one registry, and keeps how each is described."""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

#: for what people wait for, seconds
WAITS = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300)

#: for calls to others, seconds
CALLS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)

#: for what waits for people, seconds: from half a minute to a week
DECISIONS = (30, 60, 300, 900, 1_800, 3_600, 4 * 3_600, 8 * 3_600, 24 * 3_600, 72 * 3_600, 168 * 3_600)


@dataclass(frozen=True, slots=True)
class Described:
    """A metric as people read of it; `name` as it stands in an expression, without suffixes of histograms."""

    name: str
    kind: str
    labels: tuple[str, ...]
    text: str


class Instruments:
    """One registry, of one running bot."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        #: in the order they were made
        self.described: list[Described] = []

    def counter(self, name: str, text: str, *labels: str) -> Counter:
        """One that only grows; `name` ends with _total."""
        self.describe(name, "counter", text, labels)
        return Counter(name, text, labels, registry=self.registry)

    def gauge(self, name: str, text: str, *labels: str) -> Gauge:
        """One that goes up and down."""
        self.describe(name, "gauge", text, labels)
        return Gauge(name, text, labels, registry=self.registry)

    def histogram(self, name: str, text: str, *labels: str, buckets: tuple[float, ...]) -> Histogram:
        """How many were how long; `name` ends with its unit."""
        self.describe(name, "histogram", text, labels)
        return Histogram(name, text, labels, registry=self.registry, buckets=buckets)

    def describe(self, name: str, kind: str, text: str, labels: tuple[str, ...] = ()) -> None:
        """For what a collector gives when it is asked."""
        self.described.append(Described(name, kind, labels, text))
