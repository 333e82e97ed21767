"""Slack withholds events of a workspace that makes more than 30,000 an hour, and says so, by HTTP alone.

https://docs.slack.dev/reference/events/app_rate_limited
"""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse

from bot.core.items import Alert
from bot.run import alerts
from bot.slack.edge import Edge
from bot.slack.shapes import RATE_LIMITED
from bot.store.house import place_of


def listen(app: AsyncApp, edge: Edge) -> None:
    """Attach the listener: it is no event of Bolt's, so it is heard before all of them."""

    async def withheld(
        body: Mapping[str, Any], context: Mapping[str, Any], next_: Callable[[], Awaitable[BoltResponse]]
    ) -> BoltResponse:
        """The workspace is told once a day that what people wrote may not have reached us."""
        if body.get("type") != RATE_LIMITED:
            return await next_()
        # what came names a workspace alone; of an organisation that is not the tenant
        us, now = context["authorize_result"], edge.now()
        tenant = us.enterprise_id or us.team_id
        found = Alert(about="events", what="", percent=100, period=f"{now:%Y-%m-%d}")
        if await edge.database.run(lambda connection: alerts.tell(connection, tenant, found, now.timestamp())):
            edge.wake(place_of(tenant).conversation)
        return BoltResponse(status=HTTPStatus.OK)

    app.use(withheld)
