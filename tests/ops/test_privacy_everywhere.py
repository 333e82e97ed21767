"""What `helpdesk privacy erase` leaves of a person's ids, by table and column; and what is handed out of them."""

import asyncio
import json
from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select

from bot.core import items
from bot.store import leavers, tokens
from bot.store.tables import house, requests, starts, tool_usage
from tests.ops.beside import command
from tests.ops.test_privacy import HERE, TABLES, bodies, erased, full, office, talk
from tests.ops.trail import Trail
from tools.backends.tables import account_unlocks, reset_links, rt_changes

__all__ = ["office"]

#: of what docs/privacy.md says that it stays: who did what, under ids; and who is still to be forgotten elsewhere
STAYS = {
    ("log", "actor"),
    ("log", "body"),
    ("requests", "requester"),
    ("requests", "approvers"),
    ("requests", "voted"),
    ("requests", "closed_by"),
    ("house", "actor"),
    ("api_tokens", "owner"),
    ("api_tokens", "acts_for"),
    ("leavers", "slack_user"),
    ("tickets", "requester"),
    ("tickets", "speakers"),
    ("ticket_changes", "author"),
}


def everywhere(connection: Connection) -> None:
    """Alex in all the places where ids stand."""
    asked = {"conversation": HERE, "tool": "t", "opened_at": 1.0, "expires_at": 2.0, "verdict": "denied"}
    asked |= {"approvers": '["U0ALEX"]', "voted": '["U0ALEX"]', "closed_by": "U0ALEX"}
    for number, requester in ((5, "U0ALEX"), (6, "U0SAM")):
        connection.execute(
            insert(requests).values(asked | {"id": f"q{number}", "number": number, "requester": requester})
        )
    begun = {"conversation": HERE, "tool": "t", "at": 1.0}
    for call, requester, subject in ((5, "U0ALEX", None), (6, "U0SAM", "U-123")):
        connection.execute(insert(starts).values(begun | {"call": call, "requester": requester, "subject": subject}))
    connection.execute(insert(house).values(name="frozen T1", value="0", actor="U0ALEX", at=1.0))
    used = {"tenant": "T1", "day": "2020-11-20", "principal": "U0ALEX", "tool": "t"}
    more = {each.name: 1 for each in tool_usage.columns if each.name not in used}
    connection.execute(insert(tool_usage).values(used | more))
    made = tokens.Token(id="1", name="portal", owner="U0ALEX", acts_for=("U-123", "U0SAM"), created_at=1.0)
    tokens.add(connection, made, "digest")
    leavers.leaves(connection, "T1", "U0ALEX", "Ev1", 1.0)


def ids_in(connection: Connection) -> set[tuple[str, str]]:
    """Each table and column that names Alex by an id."""
    rows = ((table, row._mapping) for table in TABLES for row in connection.execute(select(table)))
    return {
        (table.name, name)
        for table, row in rows
        for name, value in row.items()
        if "U0ALEX" in str(value) or "U-123" in str(value)
    }


async def test_ids_stay_only_where_who_did_what_is_kept(office: Trail) -> None:
    await full(office)
    await office.database.run(everywhere)
    assert len(await office.database.run(ids_in)) > len(STAYS)
    told = await erased(office)
    assert told.code == 0, told
    assert await office.database.run(ids_in) <= STAYS


async def test_the_tokens_of_the_api_are_handed_out_without_what_they_are_found_by(office: Trail) -> None:
    for person in ("U0ALEX", "U-123"):
        made = tokens.Token(id=person, name="portal", owner="U0SAM", acts_for=(person, "U0SAM"), created_at=1.0)
        await office.database.run(lambda c, made=made: tokens.add(c, made, f"digest {made.id}"))  # type: ignore[misc]
    told = await asyncio.to_thread(command, "privacy", "export", "U0ALEX", "--database-url", office.url)
    found = [json.loads(line) for line in told.out.splitlines()]
    assert sorted(each["id"] for each in found if each["about"] == "token_in_their_name") == ["U-123", "U0ALEX"]
    assert "digest" not in told.out


async def test_what_was_done_on_servers_elsewhere_is_handed_out_and_goes(office: Trail) -> None:
    await full(office)
    at = {"at": datetime(2020, 11, 20, tzinfo=UTC)}
    link = {"person_id": "U-123", "token_hash": "hunter2", "expires_at": at["at"], "usable": False}
    asked = {
        "marker": "m",
        "ticket": 42,
        "since": 0,
        "author": "U-123",
        "settled": True,
        "authors": "[]",
        "speakers": "[]",
    }
    rows = (
        (reset_links, link | {"key": "k"}),
        (account_unlocks, {"key": "k", "person_id": "U-123", "was_locked": True, "settled": True} | at),
        (rt_changes, asked | at),
    )
    for table, row in rows:
        await office.database.run(lambda c, table=table, row=row: c.execute(insert(table).values(row)).close())  # type: ignore[misc]
    told = await asyncio.to_thread(command, "privacy", "export", "U-123", "--database-url", office.url)
    found = {each["about"]: each for each in map(json.loads, told.out.splitlines())}
    assert found["account_link"]["expires_at"].startswith("2020-11-20")
    assert found["account_unlock"]["was_locked"] is True
    assert found["ticket_elsewhere"]["ticket"] == 42
    assert "hunter2" not in told.out
    assert (await erased(office)).code == 0
    assert await office.database.run(ids_in) <= STAYS


async def test_what_was_asked_in_their_name_at_a_command_line_is_handed_out_and_goes(office: Trail) -> None:
    place = "T1:terminal:x"
    called = items.Call(origin="terminal", turn=2, tool="create_ticket", arguments='{"t": "typed"}', requester="U0ALEX")
    await talk(
        office,
        place,
        items.Opened(tenant="T1", channel="terminal", thread_ts="x", private=False),
        items.Commanded(actor="U0ALEX", terminal=items.Terminal(host="h", user="operator-omar")),
        called,
        items.Refused(call=3, reason="Not run."),
    )
    told = await asyncio.to_thread(command, "privacy", "export", "U0ALEX", "--database-url", office.url)
    found = [json.loads(line) for line in told.out.splitlines()]
    here = [(each["about"], each.get("tool")) for each in found if each.get("conversation") == place]
    assert here == [("commanded", None), ("call", "create_ticket")]
    assert "typed" not in told.out, "somebody else typed it"
    assert "operator-omar" not in told.out
    assert (await erased(office)).code == 0
    assert not any((await bodies(office, place))[1:]), "all but where it was"
