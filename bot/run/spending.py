"""What a person, their workspace and a token of the API have used and may use: asked when a turn begins."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from bot.core import budget
from bot.core.budget import Budget, Used
from bot.run.kit import Kit
from bot.store import turns, usage


def used(
    connection: Connection, kit: Kit, conversation: str, turn: int, author: str, token: str | None = None
) -> list[Used]:
    """How much of each budget is used, the turn itself not counted; `token` is the API's that it came by."""
    tenant, now = conversation.partition(":")[0], kit.now()
    whose = {"user": author, "workspace": tenant, "token": f"{tenant} {token}"}
    found = []
    for each in kit.budgets:
        if each.of == "token" and token is None:
            continue
        if each.unit != "turns":
            found.append(_spent(connection, each, tenant, whose[each.of], now))
        elif (oldest := _oldest(connection, each, (conversation, turn), whose[each.of], now)) > 0:
            found.append(Used(each, each.limit, datetime.fromtimestamp(oldest, UTC) + timedelta(hours=1)))
    return found


def _spent(connection: Connection, each: Budget, tenant: str, whose: str, now: datetime) -> Used:
    if each.of != "token":
        return spent(connection, each, tenant, whose if each.of == "user" else None, now)
    cost, tokens = usage.spent_by_token(connection, whose, _since(each, now))
    return _used(each, cost, tokens, now)


def spent(connection: Connection, each: Budget, tenant: str, author: str | None, now: datetime) -> Used:
    """How much money or how many tokens went in this period; without an author, all people's of the workspace."""
    cost, tokens = usage.spent(connection, tenant, author, _since(each, now))
    return _used(each, cost, tokens, now)


def _since(each: Budget, now: datetime) -> str:
    """The first UTC day that counts."""
    return f"{budget.begins(each.per, now):%Y-%m-%d}"


def _used(each: Budget, cost: int, tokens: int, now: datetime) -> Used:
    return Used(each, cost if each.unit == "usd" else tokens, budget.ends(each.per, now))


def _oldest(connection: Connection, each: Budget, this: tuple[str, int], whose: str, now: datetime) -> float:
    """When the oldest of as many turns as may be began; 0: there were fewer."""
    since = budget.begins(each.per, now).timestamp()
    return turns.nth_newest(connection, each.of, whose, each.limit, since, before=this) or 0
