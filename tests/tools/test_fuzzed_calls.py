"""Whatever text fits a tool's arguments: the call gives a value or a sentence, and touches nothing but what it names.

THOROUGH=1 for more of them, as in CI; FUZZ_SEED for others than usual.
"""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pydantic_core
import pytest
from pydantic import SecretStr

from tests.order import thorough
from tests.tools.fuzz import Maker
from tests.tools.rig import NOW, Desk, OwnDatabase, everything
from tools import TOOLS
from tools.memory import remember
from tools.spec import BadArguments, Context, Tool, ToolFailed, TryAgain, Untrusted
from tools.tickets import create_ticket

CALLS = 60 if thorough() else 30
SEED = int(os.environ.get("FUZZ_SEED", "1"))

#: the tables whose rows a call may add or change; it takes none away but what is forgotten
WRITES = {
    "remember": {"memories"},
    "forget": {"memories"},
    "create_ticket": {"tickets"},
    "escalate_to_human": {"tickets"},
    "update_ticket": {"tickets", "ticket_changes"},
    "share_ticket": {"tickets", "ticket_changes", "ticket_watchers"},
    "unlock_account": {"accounts", "account_changes"},
    "reset_password": {"accounts", "account_changes"},
    "grant_access": {"people_memberships", "access_grants"},
    "revoke_access": {"people_memberships", "access_grants", "access_revocations"},
    "wipe_device": {"devices"},
}

#: what changes something, where chance would not find it soon
SURE = {
    "grant_access": ('{"user_id":"U-456","group":"vpn-users","duration_hours":8,"reason":"\\u0000 %"}',),
    "revoke_access": ('{"user_id":"U-456","group":"sales"}',),
    "share_ticket": ('{"ticket_id":"T-1001","user_id":"U-456"}',),
}

Rows = Mapping[str, list[str]]


def fitting(tool: Tool) -> Iterator[str]:
    """Arguments that the tool takes, each once; fewer where there are no more."""
    maker, seen = Maker(tool, SEED), set[str]()
    yield from SURE.get(tool.name, ())
    for _ in range(CALLS * 20):
        text = maker.object()
        try:
            made = tool.parse(text).model_dump_json()
        except BadArguments:
            continue
        if made not in seen:
            seen.add(made)
            yield text
        if len(seen) == CALLS:
            return


async def ends_well(desk: Desk, tool: Tool, text: str, number: int) -> str:
    """What the model reads of the call, a value or a sentence. Raises what a tool may not raise."""
    now, secret = NOW + timedelta(seconds=number), SecretStr(f"{number:043}")
    context = replace(desk.context, key=f"fuzzed#{number}.", now=now, secret=secret)
    try:
        value = await tool.call(tool.parse(text), {**desk.backends, Context: context})
    except (TryAgain, ToolFailed) as error:
        return str(error)
    return pydantic_core.to_json(value.value if isinstance(value, Untrusted) else value).decode()


@pytest.fixture
async def busy(desk: Desk) -> Desk:
    """Alex (U-123) and Sam have a ticket and a memory each, Alex the first of each."""
    for number, (record, user) in enumerate((("U-123", "U0ALEX"), ("U-456", "U0SAM"))):
        whose = {"requester": record, "person": user, "key": f"before#{number}"}
        await desk.use(create_ticket, {"title": "wifi", "description": "slow", "priority": "low"}, **whose)
        await desk.use(remember, {"fact": "likes wifi"}, **whose)
    return desk


def changed(before: Rows, after: Rows) -> dict[str, tuple[list[str], list[str]]]:
    """Of each table that is not as it was, the rows that are gone and the new ones."""
    gone = {name: [*(Counter(rows) - Counter(after[name])).elements()] for name, rows in before.items()}
    new = {name: [*(Counter(rows) - Counter(before[name])).elements()] for name, rows in after.items()}
    return {name: (gone[name], new[name]) for name in after if gone[name] or new[name]}


@pytest.mark.parametrize("tool", [each for each in TOOLS if each.name != "web_search"], ids=lambda each: each.name)
async def test_a_call_ends_in_a_value_or_a_sentence_and_touches_only_what_it_names(
    busy: Desk, database: OwnDatabase, tool: Tool
) -> None:
    acted, after = False, await database.run(everything)
    for number, text in enumerate(fitting(tool)):
        before = after
        assert await ends_well(busy, tool, text, number)
        after = await database.run(everything)
        touched = changed(before, after)
        assert touched.keys() <= WRITES.get(tool.name, set()), text
        named = (*ids_in(tool.parse(text).model_dump()), f"'fuzzed#{number}.'")
        for gone, new in touched.values():
            assert len(gone) <= 1, text
            assert all(any(each in row for each in named) for row in (*gone, *new)), (text, gone, new)
        acted = acted or bool(touched)
    assert acted is (tool.name in WRITES), "what changes nothing at all proves nothing"


def ids_in(given: Mapping[str, Any]) -> Iterator[str]:
    """How the rows begin, or what stands in them, of what the arguments name."""
    for each in (str(value) for name, value in given.items() if name.endswith("_id")):
        kind, _, number = each.rpartition("-")
        yield f"({int(number) - (kind != 'M') * 1_000}," if kind in ("T", "L", "M") else f"'{each}'"
