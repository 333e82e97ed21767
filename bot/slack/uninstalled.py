"""What Slack says when the bot was uninstalled: its token goes, and nothing more is posted there."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp

from bot.slack.clients import Clients
from bot.store import installations
from bot.store.database import Database

log = structlog.get_logger()


def listen(app: AsyncApp, database: Database, clients: Clients, now: Callable[[], datetime]) -> None:
    """Attach the listeners for what ends an installation."""

    async def gone(event: Mapping[str, Any], body: Mapping[str, Any], context: Mapping[str, Any]) -> None:
        """The bot was uninstalled, or its token revoked; of people's own tokens we have none."""
        if event["type"] == "tokens_revoked" and not (event.get("tokens") or {}).get("bot"):
            return
        ids = _meant(context)
        at = float(body.get("event_time") or now().timestamp())
        tenants = await database.run(lambda connection: installations.remove(connection, ids, at))
        for tenant in tenants:
            clients.forget(tenant)
        log.warning("uninstalled in Slack", tenants=tenants, said_of=ids)

    app.event("app_uninstalled")(gone)
    app.event("tokens_revoked")(gone)


def _meant(context: Mapping[str, Any]) -> list[str]:
    """The ids of what it was uninstalled from: all of an organisation only where nothing smaller is named."""
    team, enterprise = context.get("team_id"), context.get("enterprise_id")
    whole = enterprise if context.get("is_enterprise_install") or not team else None
    return [each for each in (team, whole) if each]
