"""What a person and their workspace have used, compared with what they may: asked when a turn begins."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from bot.core import budget
from bot.core.budget import Budget, Used
from bot.run.kit import Kit
from bot.store import turns, usage


def used(connection: Connection, kit: Kit, conversation: str, turn: int, author: str) -> list[Used]:
    """How much of each budget is used, the turn itself not counted."""
    tenant, now = conversation.partition(":")[0], kit.now()
    found = []
    for each in kit.budgets:
        if each.unit != "turns":
            found.append(spent(connection, each, tenant, author if each.of == "user" else None, now))
        elif (
            oldest := _oldest(connection, each, (conversation, turn), author if each.of == "user" else tenant, now)
        ) > 0:
            found.append(Used(each, each.limit, datetime.fromtimestamp(oldest, UTC) + timedelta(hours=1)))
    return found


def spent(connection: Connection, each: Budget, tenant: str, author: str | None, now: datetime) -> Used:
    """How much money or how many tokens went in this period; without an author, all people's of the workspace."""
    since = f"{budget.begins(each.per, now):%Y-%m-%d}"
    cost, tokens = usage.spent(connection, tenant, author, since)
    return Used(each, cost if each.unit == "usd" else tokens, budget.ends(each.per, now))


def _oldest(connection: Connection, each: Budget, this: tuple[str, int], whose: str, now: datetime) -> float:
    """When the oldest of as many turns as may be began; 0: there were fewer."""
    since = budget.begins(each.per, now).timestamp()
    return turns.nth_newest(connection, each.of, whose, each.limit, since, before=this) or 0
