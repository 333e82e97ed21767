"""What was used and what it cost, from the tables, or of one conversation from its log; beside the running bot.

Promise: totals are of everything, also of what is not listed; money that is not known is never shown as none.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, TextIO

from sqlalchemy import Connection, Table, func, select

from bot.errors import HelpdeskError
from bot.ops.audit.plain import plain
from bot.ops.beside import opened
from bot.ops.turns import turns_of
from bot.store.tables import tool_usage, usage

#: rows that are listed
MAX_ROWS = 200

By = Literal["user", "workspace", "day", "model", "prompt", "tool"]

Row = dict[str, Any]

#: what a row is of, by what is asked
_OF: Mapping[str, tuple[Table, tuple[str, ...]]] = {
    "user": (usage, ("tenant", "principal")),
    "workspace": (usage, ("tenant",)),
    "day": (usage, ("day",)),
    "model": (usage, ("model",)),
    "prompt": (usage, ("prompt",)),
    "tool": (tool_usage, ("tool",)),
}

#: how columns are called
_NAMES = {"tenant": "workspace", "principal": "user"}

MICRO = 1_000_000

#: stands where a number is not known
UNKNOWN = "\N{EN DASH}"


async def show(database_url: str, by: By, since: timedelta, now: datetime, out: TextIO, *, as_json: bool) -> None:
    """A table, the largest first (days in their order), and a line for all; or an object of JSON a line.

    Raises ConfigError and HelpdeskError.
    """
    table, of = _OF[by]
    first = (now - since).date().isoformat()  # of four digits in any year
    async with opened(database_url) as database:
        rows, total = await database.run(lambda connection: _sums(connection, table, of, first))
    names = [_NAMES.get(each, each) for each in of]
    _tell([_renamed(each) for each in rows], _renamed(total), names, out, as_json=as_json)


async def show_conversation(database_url: str, conversation: str, out: TextIO, *, as_json: bool) -> None:
    """The same, a row for each turn of the conversation. Raises ConfigError and HelpdeskError."""
    async with opened(database_url) as database:
        rows = await database.run(lambda connection: turns_of(connection, conversation))
    if not rows:
        raise HelpdeskError(f"No turn of {conversation} is kept here.")
    numbers = [name for name in rows[0] if name not in ("turn", "user")]
    total = {name: sum(each[name] for each in rows) for name in numbers}
    _tell(rows, total, ["turn", "user"], out, as_json=as_json)


def _sums(connection: Connection, table: Table, of: Sequence[str], first: str) -> tuple[list[Row], Row]:
    numbers = [func.coalesce(func.sum(each), 0).label(each.name) for each in table.c if not each.primary_key]
    groups = [table.c[each] for each in of]
    within = table.c.day >= first
    large = (usage.c.cost, usage.c.tokens_in + usage.c.tokens_out) if table is usage else (tool_usage.c.failed,)
    first_of_all = [] if of == ("day",) else [func.sum(each).desc() for each in large]
    wanted = select(*groups, *numbers).where(within).group_by(*groups).order_by(*first_of_all, *groups)
    listed = connection.execute(wanted).mappings()
    total = connection.execute(select(*numbers).where(within)).mappings().one()
    return [_whole(each) for each in listed], _whole(total)


def _whole(row: Mapping[Any, Any]) -> Row:
    """PostgreSQL adds up to decimals."""
    return {str(name): value if isinstance(value, str) else int(value) for name, value in row.items()}


def _renamed(row: Row) -> Row:
    return {_NAMES.get(name, name): value for name, value in row.items()}


def _tell(rows: list[Row], total: Row, names: list[str], out: TextIO, *, as_json: bool) -> None:
    shown = rows[-MAX_ROWS:] if names[0] in ("day", "turn") else rows[:MAX_ROWS]
    if as_json:
        for each in shown:
            print(json.dumps(_object(each), ensure_ascii=False), file=out)
        print(json.dumps({"total": _object(total), "rows": len(rows), "shown": len(shown)}), file=out)
        return
    if not rows:
        print("Nothing was used.", file=out)
        return
    lines = [_line(each, names) for each in shown]
    all_of_them = dict.fromkeys(names, "") | {names[0]: "all"} | total
    _print([*lines, _line(all_of_them, names)], len(names), out)
    if len(shown) < len(rows):
        print(f"{len(rows) - len(shown)} more are not listed; the last line counts them, too.", file=out)
    if total.get("unpriced"):
        print(f"{_calls(total['unpriced'])} used a model that had no price: their money is not known.", file=out)


def _calls(number: int) -> str:
    return "1 request" if number == 1 else f"{number:,} requests"


def _object(row: Row) -> Row:
    """With money in USD; null where nothing of it is known."""
    return {("usd" if name == "cost" else name): _usd(row) if name == "cost" else row[name] for name in row}


def _usd(row: Row) -> float | None:
    return None if row["unpriced"] and not row["cost"] else row["cost"] / MICRO


def _line(row: Row, names: Iterable[str]) -> dict[str, str]:
    """The cells of a row, by their heads."""
    cells = {name: plain(str(row[name])) for name in names}
    for name, value in row.items():
        if name in cells or name in ("unpriced", "ms", "cost"):
            continue
        cells[name.replace("_", " ")] = f"{value:,}"
    if "cost" in row:
        cells["USD"] = _money(row)
    asked = row["calls"] - row.get("repeated", 0) - row.get("cached", 0)
    cells["s each"] = f"{row['ms'] / asked / 1_000:.1f}" if asked > 0 else UNKNOWN
    return cells


def _money(row: Row) -> str:
    if row["unpriced"] and not row["cost"]:
        return UNKNOWN
    return f"{'≥ ' if row['unpriced'] else ''}{row['cost'] / MICRO:,.4f}"


def _print(lines: list[dict[str, str]], words: int, out: TextIO) -> None:
    """Words to the left, numbers to the right."""
    heads = list(lines[0])
    widths = {head: max(len(head), *(len(each[head]) for each in lines)) for head in heads}
    for cells in ({head: head for head in heads}, *lines):
        placed = [
            cells[head].ljust(widths[head]) if at < words else cells[head].rjust(widths[head])
            for at, head in enumerate(heads)
        ]
        print("  ".join(placed).rstrip(), file=out)
