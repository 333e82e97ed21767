"""The door: GET /metrics, as text or as OpenMetrics, whichever whoever asks prefers.

Promise: where there is a token, nobody without it learns anything, and it is in no log.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from hmac import compare_digest

from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector, CollectorRegistry
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.metrics.metrics import Metrics
from bot.store.database import Database


def route(metrics: Metrics, database: Database, now: Callable[[], datetime], token: SecretStr | None) -> Route:
    """The route; without a token whoever reaches it may ask."""

    async def scrape(request: Request) -> Response:
        if token and not _known(request, token):
            headers = {"WWW-Authenticate": "Bearer"}
            return PlainTextResponse("HELPDESK_METRICS_TOKEN is needed as a bearer token", 401, headers)
        await metrics.standing.read(database, now)
        encode, kind = choose_encoder(request.headers.get("accept", ""))
        # nothing in between waits, so what is given belongs together
        return Response(encode(_Lean(metrics.registry)), headers={"Content-Type": kind})

    return Route("/metrics", scrape)


def _known(request: Request, token: SecretStr) -> bool:
    kind, _, given = request.headers.get("authorization", "").partition(" ")
    right = token.get_secret_value().encode()
    return compare_digest(given.strip().encode(), right) and kind.lower() == "bearer"


class _Lean(Collector):
    """A registry without the times at which series were made: a third of all lines, which nothing here needs."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def collect(self) -> Iterator[Metric]:
        for metric in self._registry.collect():
            metric.samples = [each for each in metric.samples if not each.name.endswith("_created")]
            yield metric
