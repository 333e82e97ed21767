"""Prometheus, as far as a test needs it: asks a real door by HTTP and reads what it says."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import httpx
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as plain_text
from pydantic import SecretStr
from starlette.applications import Starlette

from bot.api.serving import serving
from bot.metrics import Metrics, door
from tests.rig import Helpdesk

TEXT = "text/plain; version=0.0.4"
OPEN = "application/openmetrics-text; version=1.0.0"


class Scraped:
    """What a door said."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self.families = {family.name: family for family in families}
        self.samples = {
            (sample.name, *sorted(sample.labels.values())): sample.value
            for family in self.families.values()
            for sample in family.samples
        }

    def of(self, name: str, *labels: str) -> float:
        """The value of the series with these values of labels, in any order; 0 where there is none."""
        return self.samples.get((name, *sorted(labels)), 0.0)

    def counted(self, name: str) -> dict[tuple[str, ...], float]:
        """Those that are not 0."""
        return {labels: value for labels, value in self.all(name).items() if value}

    def all(self, name: str) -> dict[tuple[str, ...], float]:
        """Every series of this name, by the values of its labels, sorted."""
        return {key[1:]: value for key, value in self.samples.items() if key[0] == name}


@asynccontextmanager
async def doored(desk: Helpdesk, metrics: Metrics, token: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the metrics' door."""
    secret = SecretStr(token) if token else None
    app = Starlette(routes=[door.route(metrics, desk.bot.database, desk.bot.kit.now, secret)])
    async with serving(app, "127.0.0.1", 0) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        yield client


def read(answer: httpx.Response) -> Scraped:
    """What it says, in whichever format."""
    assert answer.status_code == 200
    is_open = answer.headers["content-type"].startswith("application/openmetrics-text")
    return Scraped((open_metrics if is_open else plain_text)(answer.text))


async def scraped(desk: Helpdesk, metrics: Metrics) -> Scraped:
    """What the door says now."""
    async with doored(desk, metrics) as client:
        return read(await client.get("/metrics"))
