"""`helpdesk db restored`: what may have been done or shown since the backup is not again, and the rest is told."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import ColumnElement, Table, insert, select

from bot.core import items
from bot.core.items import Item
from bot.store import claims, deliveries, inbox, resting, restored
from bot.store.arrivals import MessageArrived, ThreadId
from bot.store.deliveries import Shown
from bot.store.lock import only_dispatcher
from bot.store.tables import authenticators, conversations, requests, sealed, workers
from bot.store.tables import claims as claimed
from bot.store.tables import deliveries as to_show
from bot.store.tables import inbox as arrived
from tests.ops.beside import Told, command
from tests.ops.conftest import only_postgresql, only_sqlite
from tests.ops.trail import RESET, SHORT, WIFI, Trail
from tools.backends.sql_access import SqlAccess
from tools.backends.tables import people, people_groups

NOW = datetime.now(UTC)

LATER = NOW + timedelta(hours=8)


async def run(trail: Trail) -> Told:
    """`helpdesk db restored`."""
    return await asyncio.to_thread(command, "db", "restored", "--database-url", trail.url)


async def rows(trail: Trail, table: Table, where: ColumnElement[bool] | None = None) -> Sequence[Any]:
    wanted = select(table) if where is None else select(table).where(where)
    return await trail.database.run(lambda connection: connection.execute(wanted).all())


async def put(trail: Trail, table: Table, **values: object) -> None:
    await trail.database.run(lambda connection: connection.execute(insert(table).values(values)))


@pytest.fixture
async def backup(trail: Trail) -> Trail:
    """One conversation at work, one with an open request, one at rest."""
    for conversation in (RESET, SHORT):
        trail.tamper("UPDATE conversations SET wake_at = NULL WHERE id = ?", conversation)
    request = {"id": "v", "number": 3, "tool": "t", "requester": "U0ALEX", "opened_at": 1.0, "expires_at": 2.0}
    await put(trail, requests, conversation=RESET, **request)
    return trail


# ── what is done ──


async def test_every_conversation_that_is_not_at_rest_is_told_before_all_that_waits_there(backup: Trail) -> None:
    place = ThreadId(tenant="T1", channel="C1", thread_ts="1.1", private=False)
    said = MessageArrived(thread=place, author="U0ALEX", text="hi", ts="1.5")
    await backup.database.run(lambda c: inbox.put(c, "message", WIFI, said, sent_at=1.5, received_at=1.5))
    told = await run(backup)
    assert told.code == 0
    waiting = sorted(await rows(backup, arrived), key=lambda row: (row.conversation, row.sent_at))
    assert [(row.conversation, json.loads(row.body)["type"]) for row in waiting] == [
        (WIFI, "restored"),
        (WIFI, "message"),
        (RESET, "restored"),
    ]
    assert "in which something was going on or waited for people: 2." in told.out
    assert "taken up when the bot runs, perhaps for a second time: 1." in told.out
    assert f"The newest record of this database is of {backup.now:%Y-%m-%d %H:%M:%S UTC}." in told.out


async def test_what_was_due_in_slack_is_not_shown_any_more(backup: Trail) -> None:
    for seq in (2, 3):
        shown = Shown(seq, "thread", {"text": "hi"})
        await backup.database.run(lambda c, shown=shown: deliveries.want(c, WIFI, [shown], "me", 1.0))  # type: ignore[misc]
    first = (await backup.database.run(lambda c: deliveries.due(c, WIFI)))[0]
    await backup.database.run(lambda c: deliveries.done(c, first, "C1", "1.6"))
    assert "still to be shown in Slack: 1." in (await run(backup)).out
    assert await backup.database.run(deliveries.undone) == []
    found = {row.seq: (row.failed, row.content) for row in await rows(backup, to_show)}
    assert found == {2: (None, None), 3: ("restored", None)}


async def test_secrets_are_gone_and_codes_until_now_used_up(backup: Trail) -> None:
    await put(backup, sealed, conversation=WIFI, call=3, ciphertext=b"x", expires_at=9e9)
    person = {"seed": b"x", "failures": 0, "locked_until": 0.0, "enrolled_at": 1.0}
    for user, confirmed, last in (("U0DANA", 1, 7), ("U0OMAR", 0, -1), ("U0KIM", 1, 2**31 - 1)):
        await put(backup, authenticators, slack_user=user, confirmed=confirmed, last_step=last, **person)
    assert "links that nobody is given any more: 1." in (await run(backup)).out
    assert await rows(backup, sealed) == []
    steps = {row.slack_user: row.last_step for row in await rows(backup, authenticators)}
    assert (steps["U0OMAR"], steps["U0KIM"]) == (-1, 2**31 - 1)
    assert abs(steps["U0DANA"] - datetime.now(UTC).timestamp() / 30) < 10


async def test_workers_of_the_backup_are_forgotten(backup: Trail) -> None:
    await put(backup, workers, id="w1", beat_at=1.0)
    await put(backup, claimed, conversation=WIFI, worker="w1")
    assert (await run(backup)).code == 0
    assert [*await rows(backup, workers), *await rows(backup, claimed)] == []


async def test_a_freeze_stays_as_it_was_and_is_told(backup: Trail) -> None:
    assert "Nothing is frozen, as in the backup" in (await run(backup)).out
    await asyncio.to_thread(command, "freeze", "--wait", "0", "--database-url", backup.url)
    assert "Everything above low risk is frozen" in (await run(backup)).out


async def test_many_conversations_are_gone_through_page_by_page(backup: Trail, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resting, "_PAGE", resting._PAGE.limit(2))
    monkeypatch.setattr(restored, "_DUE", restored._DUE.limit(2))
    for number in range(5):
        row = {"id": f"T1:C6:{number}", "head": 1, "head_hash": "h", "wake_at": 0.0}
        await put(backup, conversations, **row)
        shown = [Shown(1, "thread", {"text": "hi"})]
        await backup.database.run(lambda c, row=row, s=shown: deliveries.want(c, row["id"], s, "me", 1.0))  # type: ignore[misc]
    told = await run(backup)
    assert "waited for people: 7." in told.out
    assert "shown in Slack: 5." in told.out


# ── not while a bot runs ──


@only_sqlite
async def test_a_running_bot_keeps_it_from_everything(backup: Trail) -> None:
    with only_dispatcher(backup.database.name):
        told = await run(backup)
    assert (told.code, told.out) == (2, "")
    assert "another helpdesk already works on" in told.err
    assert await rows(backup, arrived) == []


@only_postgresql
async def test_a_worker_that_was_heard_of_lately_keeps_it_from_everything(backup: Trail) -> None:
    await backup.database.run(lambda connection: claims.beat(connection, "w1"))
    told = await run(backup)
    assert (told.code, told.out) == (1, "")
    assert told.err.startswith("A worker runs on this database: it was heard of ")
    assert await rows(backup, arrived) == []


# ── access ──


def grant(call: int, until: datetime = LATER, *, added: bool = True) -> list[Item]:
    """What the log has of access that was given by this call."""
    arguments = json.dumps({"user_id": "U-456", "group": "reports", "duration_hours": 8, "reason": "work"})
    output = {"user_id": "U-456", "group_id": "G-001", "added": added, "until": until.isoformat() if added else None}
    return [
        items.Call(turn=2, tool="grant_access", arguments=arguments),
        items.ToolStart(call=call, tool="grant_access", attempt=1),
        items.ToolResult(call=call, tool="grant_access", outcome="done", output=json.dumps(output)),
    ]


def revoke(call: int, **changes: Any) -> list[Item]:
    arguments = json.dumps({"user_id": "U-456", "group": "reports"})
    return [
        items.Call(turn=2, tool="revoke_access", arguments=arguments, **changes),
        items.ToolStart(call=call, tool="revoke_access", attempt=1),
        items.ToolResult(call=call, tool="revoke_access", outcome="done", output='"done"'),
    ]


@pytest.fixture
async def access(backup: Trail) -> SqlAccess:
    """Sam, and the group G-001; SHORT has two items."""
    await put(backup, people, id="U-456", name="Sam Patel", email="u-456@example.com")
    await put(backup, people_groups, number=1, name="reports", privileged=False)
    return SqlAccess(backup.database)


async def test_where_log_and_access_system_agree_it_says_so(backup: Trail, access: SqlAccess) -> None:
    await backup.add(SHORT, grant(3))
    await access.grant("U-456", "G-001", f"{SHORT}#3", LATER, NOW)
    assert (await run(backup)).out.endswith("Access: the log and the access system agree.\n")


async def test_access_that_the_log_knows_nothing_of_is_told(backup: Trail, access: SqlAccess) -> None:
    await access.grant("U-456", "G-001", f"{SHORT}#3", LATER, NOW)
    assert (await run(backup)).out.splitlines()[-2:] == [
        "Access that was given, of which this log knows nothing, so nothing here ends it: 1",
        f"  U-456 in G-001 until {LATER:%Y-%m-%d %H:%M:%S UTC} ({SHORT}#3)",
    ]


async def test_access_that_was_started_is_known_though_its_outcome_is_not(backup: Trail, access: SqlAccess) -> None:
    await backup.add(SHORT, grant(3)[:2])
    await access.grant("U-456", "G-001", f"{SHORT}#3", LATER, NOW)
    assert (await run(backup)).out.endswith("Access: the log and the access system agree.\n")


@pytest.mark.usefixtures("access")
async def test_access_that_lasts_by_the_log_and_is_not_there_is_told(backup: Trail) -> None:
    await backup.add(SHORT, grant(3))
    assert (await run(backup)).out.splitlines()[-2:] == [
        "Access that lasts by this log, and that the access system does not have, or no more: 1",
        f"  U-456 in G-001 until {LATER:%Y-%m-%d %H:%M:%S UTC} ({SHORT}#3)",
    ]


@pytest.mark.usefixtures("access")
@pytest.mark.parametrize(
    "said",
    [
        grant(3, NOW - timedelta(minutes=1)),
        grant(3, added=False),
        [*grant(3), *revoke(6)],
        [*grant(3), *revoke(6, origin="clock", of=3, due=LATER)],
    ],
    ids=["over by time", "a permanent member", "revoked", "ended by the clock"],
)
async def test_access_that_is_over_is_not_missed(backup: Trail, said: list[Item]) -> None:
    await backup.add(SHORT, said)
    assert (await run(backup)).out.endswith("Access: the log and the access system agree.\n")
