"""Whether a running bot is measured, and where that can be fetched: a port of its own, or the main one."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import structlog
from starlette.routing import Route

from bot.api import app as http
from bot.api.serving import serving
from bot.config.metrics import MetricsSettings
from bot.metrics import Metrics, door
from bot.wiring import Bot

log = structlog.get_logger()


def metrics_of(settings: MetricsSettings, *, hears: bool) -> Metrics | None:
    """What is told of all that happens; None where nobody could fetch it."""
    if settings.helpdesk_metrics_port or (settings.helpdesk_metrics_token and hears):
        return Metrics()
    if settings.helpdesk_metrics_token:
        log.warning("nobody can fetch metrics here: a worker needs HELPDESK_METRICS_PORT for that")
    return None


@asynccontextmanager
async def measured(settings: MetricsSettings, bot: Bot, metrics: Metrics | None) -> AsyncIterator[Sequence[Route]]:
    """Measure until the block ends; gives what the main door has beside its own. Raises ConfigError for a taken port.

    Nothing is beside it where metrics have a port of their own. There a worker is asked how it is, too.
    """
    if metrics is None:
        yield ()
        return
    found = door.route(metrics, bot.database, bot.kit.now, settings.helpdesk_metrics_token)
    async with metrics.process.sampled():
        if settings.helpdesk_metrics_port is None:
            yield (found,)
            return
        app = http.application(None, bot.ready)
        app.router.routes.append(found)
        host, port = settings.helpdesk_metrics_host, settings.helpdesk_metrics_port
        async with serving(app, host, port, "HELPDESK_METRICS_PORT"):
            yield ()
