"""People who leave: what they may do and what they were given for a time ends at once, and memories are forgotten.

Promise: what they may still do ends first: it does not wait for a memory that does not answer. Slack is told that all
is well after both; and where Slack stops telling us again, the memory is tried until it has forgotten (run/leaving.py).
"""

from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.run.leaving import forget
from bot.slack.clients import tenant_here
from bot.slack.edge import Edge
from bot.store import leavers


def listen(app: AsyncApp, edge: Edge) -> None:
    """Attach the listener to the app."""

    async def changed(event: Mapping[str, Any], body: Mapping[str, Any], context: Mapping[str, Any]) -> None:
        """Somebody's profile changed; of all changes only a deactivation is ours."""
        user, now = event.get("user") or {}, edge.now().timestamp()
        if user.get("deleted") is not True:
            return
        tenant, who = tenant_here(context), str(user.get("id"))
        found = await edge.database.run(
            lambda connection: leavers.leaves(connection, tenant, who, body["event_id"], now)
        )
        for conversation in found:
            edge.wake(conversation)
        await forget(edge.kit, tenant, who)

    app.event("user_change")(changed)
