"""Noticing what a workspace should be told: looked at in the commit that may have made it true.

Promise: once for each threshold and period, whatever crashes: what is noticed enters the inbox of the house in that
commit, under a key of its own, and is noted in the commit in which it becomes an item.
"""

from collections.abc import Iterator, Sequence

import structlog
from sqlalchemy import Connection

from bot.core import alert, budget, items
from bot.core.items import Entry
from bot.run import spending
from bot.run.kit import Kit
from bot.store import house, inbox, usage
from bot.store.arrivals import AlertArrived

log = structlog.get_logger()


def notice(connection: Connection, kit: Kit, conversation: str, entries: Sequence[Entry]) -> None:
    """Put what is to be told about these entries, which are projected already, into the inbox of the house."""
    tenant = conversation.partition(":")[0]
    for each in _found(connection, kit, tenant, entries):
        tell(connection, tenant, each, kit.now().timestamp())


def tell(connection: Connection, tenant: str, found: items.Alert, now: float) -> bool:
    """Put it into the inbox of the tenant's house; whether it is news there."""
    place = house.place_of(tenant)
    arrived = AlertArrived(thread=place, **found.model_dump(exclude={"kind"}))
    key = f"alert:{house.alert_name(place.conversation, found)}:{house.alert_value(found)}"
    new = not house.told(connection, place.conversation, found) and inbox.put(
        connection, key, place.conversation, arrived, sent_at=now, received_at=now
    )
    if new:
        log.warning("alert", tenant=tenant, about=found.about, what=found.what, percent=found.percent)
    return new


def _found(connection: Connection, kit: Kit, tenant: str, entries: Sequence[Entry]) -> Iterator[items.Alert]:
    requests = [each.item for each in entries if isinstance(each.item, items.ModelOutput | items.ModelFailed)]
    if any(each.cost or each.tokens_in or each.tokens_out for each in requests):
        yield from _budgets(connection, kit, tenant)
    day = f"{kit.now():%Y-%m-%d}"
    # in this order in every process: of two commits that put the same none waits for the other
    for model in sorted({each.model for each in requests if isinstance(each, items.ModelFailed)}):
        if percent := alert.failing(*usage.failures_of_model(connection, tenant, day, model)):
            yield items.Alert(about="model", what=model, percent=percent, period=day)
    for tool in sorted({tool for each in entries if (tool := _failed(each.item))}):
        if percent := alert.failing(*usage.failures_of_tool(connection, tenant, day, tool)):
            yield items.Alert(about="tool", what=tool, percent=percent, period=day)


def _budgets(connection: Connection, kit: Kit, tenant: str) -> Iterator[items.Alert]:
    now = kit.now()
    for each in kit.budgets:
        if each.of == "workspace" and each.unit != "turns":
            percent = alert.reached(spending.spent(connection, each, tenant, None, now).share)
            began = f"{budget.begins(each.per, now):%Y-%m-%d}"
            if percent:
                yield items.Alert(about="budget", what=str(each), percent=percent, period=began)


def _failed(item: items.Item) -> str | None:
    """The tool whose failure it is."""
    match item:
        case items.ToolResult() if usage.failed(item):
            return item.tool
        case items.ToolUnknown(tool=tool):
            return tool
    return None
