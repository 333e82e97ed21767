"""What was used, as tables: requests to the model and attempts to run tools, by tenant, day and who asked.

Written with the append like all projections, from what the log says alone: money is what it was when it was spent.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, Table, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert

from bot.core import items, words
from bot.core.items import Entry
from bot.core.thread import Thread
from bot.store import log, turns
from bot.store.tables import token_usage, tool_usage, usage

#: tenant, UTC day, who asked, and the model with the prompt's version, or the tool
_Key = tuple[str, ...]


def _adding(table: Table) -> object:
    """Adds the numbers of a row to those that are there."""
    row = insert(table)
    numbers = (column for column in table.c if not column.primary_key)
    return row.on_conflict_do_update(
        index_elements=list(table.primary_key),
        set_={column.name: column + row.excluded[column.name] for column in numbers},
    )


# statements are made once: making one takes ten times as long as running it
_ADD = {table.name: _adding(table) for table in (usage, tool_usage, token_usage)}
_ALL = select(
    func.coalesce(func.sum(usage.c.cost), 0), func.coalesce(func.sum(usage.c.tokens_in + usage.c.tokens_out), 0)
).where(usage.c.tenant == bindparam("tenant"), usage.c.day >= bindparam("since"))
_FAILURES = {
    table.name: select(func.coalesce(func.sum(table.c.calls), 0), func.coalesce(func.sum(bad), 0)).where(
        table.c.tenant == bindparam("tenant"), table.c.day == bindparam("on"), what == bindparam("what")
    )
    for table, what, bad in (
        (usage, usage.c.model, usage.c.failed),
        (tool_usage, tool_usage.c.tool, tool_usage.c.failed + tool_usage.c.unknown),
    )
}
_OF_TOKEN = select(
    func.coalesce(func.sum(token_usage.c.cost), 0), func.coalesce(func.sum(token_usage.c.tokens), 0)
).where(token_usage.c.token == bindparam("token"), token_usage.c.day >= bindparam("since"))
_OWN = _ALL.where(usage.c.principal == bindparam("principal"))


def project(connection: Connection, conversation: str, entries: Iterable[Entry], thread: Thread) -> None:
    """Bring the tables up to the entries; `thread` is the fold behind the last of them."""
    asked: dict[_Key, Counter[str]] = {}
    ran: dict[_Key, Counter[str]] = {}
    tenant = conversation.partition(":")[0]
    for entry in entries:
        here = (tenant, f"{entry.at:%Y-%m-%d}")
        match entry.item:
            case items.ModelFailed(asked=False):
                pass
            case items.ModelOutput(turn=turn) | items.ModelFailed(turn=turn) as request:
                prompt = request.prompt if isinstance(request, items.ModelOutput) else ""
                by = _author(connection, conversation, turn, thread)
                asked.setdefault((*here, by, request.model, prompt), Counter()).update(_spent(request))
            case items.Rebase(actor=str(actor)) as request if request.model:
                asked.setdefault((*here, actor, request.model, ""), Counter()).update(_spent(request))
            case items.ToolResult(late=False) | items.ToolUnknown() as ended:
                by = _who(connection, conversation, ended.call, thread)
                ran.setdefault((*here, by, ended.tool), Counter()).update(_ended(ended))
    _add(connection, usage, ("model", "prompt"), asked)
    _add(connection, tool_usage, ("tool",), ran)
    if asked and thread.opened and thread.opened.token:
        _add_of_token(connection, f"{tenant} {thread.opened.token}", asked)


def _add_of_token(connection: Connection, token: str, asked: dict[_Key, Counter[str]]) -> None:
    days: dict[str, Counter[str]] = {}
    for (_, day, *_), spent in asked.items():
        tokens = spent["tokens_in"] + spent["tokens_out"]
        days.setdefault(day, Counter()).update(cost=spent["cost"], tokens=tokens)
    rows = [{"token": token, "day": day} | days[day] for day in sorted(days)]
    add(connection, token_usage, rows)


def _add(connection: Connection, table: Table, what: tuple[str, ...], found: dict[_Key, Counter[str]]) -> None:
    names = ("tenant", "day", "principal", *what)
    # always in this order: two commits that add to the same rows never wait for each other
    rows = [dict(zip(names, key, strict=True)) | found[key] for key in sorted(found)]
    if rows:
        add(connection, table, rows)


def add(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Add the numbers of these rows, whose keys all differ, to those that are there."""
    connection.execute(_ADD[table.name], rows)  # type: ignore[call-overload]


def _spent(request: items.Metered) -> dict[str, int]:
    taken = bool(request.tokens_in or request.tokens_out)
    return {
        "calls": 1,
        "failed": int(isinstance(request, items.ModelFailed) and request.why != "stopped"),
        "repeated": int(request.repeated),
        "tokens_in": request.tokens_in,
        "tokens_cached": request.tokens_cached,
        "tokens_out": request.tokens_out,
        "cost": request.cost or 0,
        "unpriced": int(taken and request.cost is None),
        "ms": request.ms,
    }


def _ended(ended: items.ToolResult | items.ToolUnknown) -> dict[str, int]:
    result = ended if isinstance(ended, items.ToolResult) else None
    return {
        "calls": 1,
        "failed": int(result is not None and failed(result)),
        "unknown": int(result is None),
        "cached": int(result is not None and result.cached),
        "ms": ended.ms,
    }


def failed(result: items.ToolResult) -> bool:
    """The system did not do its part; not so what people stopped, the model got wrong or nobody could do."""
    return result.outcome in ("passing", "failed") and result.output != words.STOPPED_RUNNING and not result.impossible


def _who(connection: Connection, conversation: str, call: int, thread: Thread) -> str:
    """Who asked for the call."""
    work = thread.works.get(call)
    item = work.call if work else log.item(connection, conversation, call)
    if not isinstance(item, items.Call):
        return ""
    return item.by or _author(connection, conversation, item.turn, thread)


def _author(connection: Connection, conversation: str, turn: int, thread: Thread) -> str:
    """Who began the turn; empty where that was purged."""
    if turn in thread.turns:
        return thread.turns[turn].author
    return turns.author_of(connection, conversation, turn) or ""


def spent(connection: Connection, tenant: str, principal: str | None, since: str) -> tuple[int, int]:
    """Micro-USD and tokens since that UTC day, of one who asks or of all of the tenant.

    It adds a row for each person, day and model, which for a month of a workspace with 250 people a day is 8,000.
    """
    whose = {"tenant": tenant, "since": since, "principal": principal}
    cost, tokens = connection.execute(_ALL if principal is None else _OWN, whose).one()
    return int(cost), int(tokens)


def spent_by_token(connection: Connection, token: str, since: str) -> tuple[int, int]:
    """Micro-USD and tokens since that UTC day, of what was asked with the API's tokens of this tenant and name."""
    cost, tokens = connection.execute(_OF_TOKEN, {"token": token, "since": since}).one()
    return int(cost), int(tokens)


def failures_of_model(connection: Connection, tenant: str, day: str, model: str) -> tuple[int, int]:
    """Requests to it on that UTC day, and how many of them failed."""
    return _failures(connection, usage, tenant, day, model)


def failures_of_tool(connection: Connection, tenant: str, day: str, tool: str) -> tuple[int, int]:
    """Attempts to run it on that UTC day, and how many of them failed or ended in nobody knows what."""
    return _failures(connection, tool_usage, tenant, day, tool)


def _failures(connection: Connection, table: Table, tenant: str, day: str, what: str) -> tuple[int, int]:
    asked = {"tenant": tenant, "on": day, "what": what}
    calls, bad = connection.execute(_FAILURES[table.name], asked).one()
    return int(calls), int(bad)
