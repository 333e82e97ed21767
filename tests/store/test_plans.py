"""No statement that the bot runs while it works reads a table in full that grows with what ever happened."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event
from sqlalchemy import inspect as looked_into

from bot.core import budget
from bot.model.demo import DemoModel
from bot.ops import beside
from bot.store import claims, gauges, inbox, sealed, snapshots, usage
from bot.store.database import Database
from tests.api.rig import Api, an_api
from tests.rig import CHANNEL, Helpdesk, helpdesk, is_card

#: a row for everything that ever happened
GROWING = {
    "log", "inbox", "conversations", "deliveries", "requests", "starts", "endings", "turns", "snapshots", "sealed",
    "usage", "tool_usage", "token_usage", "claims",
}  # fmt: skip

#: what may be read in full, because it holds no more than what is open or under way just now
OPEN = {
    "ix_inbox_waiting",
    "ix_deliveries_due",
    "ix_requests_open",
    "ix_turns_running",
    # access that is to end; the other two as long as a link waits and a conversation is worked on
    "endings",
    "sealed",
    "claims",
}

#: rows of each table when plans are asked for, so that PostgreSQL plans as it does for a table that has grown
MANY = 3_000

_TABLE = re.compile(r"(?:FROM|JOIN|UPDATE|INTO) (\w+)")

Statements = dict[str, Any]


@asynccontextmanager
async def noting(database: Database) -> AsyncIterator[Statements]:
    """Every different statement, with what it was once given."""
    found: Statements = {}

    def note(_: Connection, __: object, statement: str, given: Any, ___: object, many: bool) -> None:
        if GROWING.intersection(_TABLE.findall(statement)):
            found.setdefault(statement, given[0] if many else given)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


async def dialogs(desk: Helpdesk) -> None:
    """Much of what people do: questions, approvals, edits and their endings, homes, the brake."""
    thread = await desk.say("U0ALEX", "My wifi is down, and reset the password of U-456")
    await desk.settle()
    await desk.click("U0DANA", desk.card(thread), "approve")
    await desk.settle()
    thread = await desk.say("U0ALEX", "Give me access to finance-reports for 8 hours")
    await desk.settle()
    for user in ("U0DANA", "U0ALEX"):
        await desk.slack.open_home(user)
    await desk.click("U0DANA", desk.card(thread), "approve")
    await desk.settle()
    cards = [each for each in desk.slack.thread(CHANNEL, thread) if is_card(each)]
    await desk.click("U0ALEX", cards[0], "undo")
    await desk.say("U0SAM", "and what about my VPN?", thread)
    await desk.slack.edit("U0ALEX", CHANNEL, thread, "Give me access to finance-reports")
    await desk.slack.delete("U0ALEX", CHANNEL, thread)
    for word in ("freeze", "unfreeze"):
        await desk.slack.command("U0DANA", CHANNEL, "/helpdesk", word)
        await desk.settle()


async def asking(api: Api) -> None:
    """The same key twice, an approval to come, and a look."""
    token = await api.token()
    told = [await api.ask(token, message="reset the password of U-456", Idempotency_Key="k") for _ in range(2)]
    await api.look(token, told[0].json()["conversation_id"])
    await api.desk.settle()


def besides(connection: Connection) -> None:
    """What happens now and then: clean-ups, scans, commands."""
    inbox.forget(connection, 1.0)
    sealed.drop_expired(connection, 1.0)
    inbox.undone(connection)
    gauges.read(connection, 1.0)
    beside.seen(connection, "U0ALEX")
    usage.failures_of_model(connection, "T0DEMO", "2026-11-21", "m")
    usage.failures_of_tool(connection, "T0DEMO", "2026-11-21", "t")
    snapshots.thread_at_head(connection, "T0DEMO:C0IT:1.1")
    if connection.dialect.name == "postgresql":
        claims.scan(connection, 1.0)
        claims.beat(connection, "w1")


def filled(connection: Connection) -> None:
    """The tables have grown: copies of the rows that are there, as rows of other conversations and people."""
    for table in sorted(GROWING - OPEN - {"snapshots"}):
        columns = [each["name"] for each in looked_into(connection).get_columns(table)]
        counted = {"id"} if table in ("inbox", "turns") else set()
        renamed = {"key", "conversation", "person", "principal", "token"} | ({"id"} - counted)
        names = [name for name in columns if name not in counted]
        values = [f"{name} || '-' || n" if name in renamed else name for name in names]
        connection.exec_driver_sql(
            f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)} "  # noqa: S608 -- our own names
            f"FROM (SELECT * FROM {table} LIMIT 30) AS sample, generate_series(1, {MANY // 30}) AS n"
        )
    connection.exec_driver_sql("ANALYZE")


# ── SQLite ──


def sqlite_faults(connection: Connection, statement: str, given: Any) -> Iterator[str]:
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given).all()
    aliases = dict(re.findall(r"(\w+) AS (\w+)", statement))
    names = {alias: table for table, alias in aliases.items()}
    for row in rows:
        match = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", row.detail)
        if match and not {names.get(match[1], match[1]), match[2]} & OPEN and names.get(match[1], match[1]) in GROWING:
            yield row.detail


# ── PostgreSQL ──


def postgres_faults(connection: Connection, statement: str, given: Any) -> Iterator[str]:
    plan = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", given).scalar_one()
    found = json.loads(plan) if isinstance(plan, str) else plan
    yield from _faults(found[0]["Plan"], None)


def _faults(node: dict[str, Any], table: str | None) -> Iterator[str]:
    table = node.get("Relation Name", table)
    index, kind = node.get("Index Name"), node["Node Type"]
    read_in_full = kind == "Seq Scan" or ("Index" in kind and "Index Cond" not in node)
    if read_in_full and table in GROWING and not {table, index} & OPEN:
        yield f"{kind} of {table} {index or ''}"
    for below in node.get("Plans", ()):
        yield from _faults(below, table)


@pytest.mark.usefixtures("database_kind")
async def test_no_statement_reads_a_growing_table_in_full(tmp_path: Path) -> None:
    # given: all that the bot runs while people use it
    limits = (
        "user 1Mtok/day",
        "workspace 5Mtok/month",
        "workspace 999turns/hour",
        "token 5Mtok/day, token 9turns/hour",
    )
    async with an_api(tmp_path, DemoModel(), budgets=budget.parse(",".join(limits))) as api:
        database = api.desk.bot.database
        async with noting(database) as statements:
            await dialogs(api.desk)
            await asking(api)
            await database.run(besides)
        assert len(statements) > 40
        tables = {table for each in statements for table in _TABLE.findall(each)}
        expected = GROWING if database.shared else GROWING - {"claims"}
        assert tables.issuperset(expected), expected - tables

        # when: PostgreSQL knows that the tables are large; SQLite does not care
        def plans(connection: Connection) -> list[tuple[str, str]]:
            if connection.dialect.name == "postgresql":
                filled(connection)
                connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            check = postgres_faults if connection.dialect.name == "postgresql" else sqlite_faults
            return [(fault, sql) for sql, given in statements.items() for fault in check(connection, sql, given)]

        faults = await database.run(plans)
    assert not faults, "\n\n".join(f"{fault}\n{sql}" for fault, sql in faults)


async def test_reading_a_table_in_full_would_be_noticed(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk:
        await desk.say("U0ALEX", "My wifi is down")
        await desk.settle()

        def faults(connection: Connection) -> list[str]:
            if connection.dialect.name == "postgresql":
                return list(postgres_faults(connection, "SELECT * FROM log WHERE actor = 'U0ALEX'", {}))
            return list(sqlite_faults(connection, "SELECT * FROM log WHERE actor = 'U0ALEX'", ()))

        assert len(await desk.bot.database.run(faults)) == 1
