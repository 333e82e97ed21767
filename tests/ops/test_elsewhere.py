"""Commands look people up where the bot does: in a directory elsewhere, where the settings name one."""

import asyncio
import json
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from bot.core import items
from bot.store import links
from tests.ops.beside import Told, command
from tests.ops.test_privacy import HERE, OPENED, THERE, bodies, talk
from tests.ops.trail import Trail
from tests.tools.scim import TOKEN, ScimWorld, scim_world


@pytest.fixture
def scim(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScimWorld]:
    """The settings name a server with the demo's people."""
    with scim_world() as world:
        monkeypatch.setenv("HELPDESK_APPROVERS", "S0ITADM")
        monkeypatch.setenv("HELPDESK_SCIM_URL", world.url)
        monkeypatch.setenv("HELPDESK_SCIM_TOKEN", TOKEN.get_secret_value())
        yield world


@pytest.fixture
async def office(trail: Trail) -> Trail:
    """Alex and Sam are linked, and nobody is in the embedded directory."""

    def tie(connection: Connection) -> None:
        links.link(connection, "U0ALEX", "U-123", 1.0)
        links.link(connection, "U0SAM", "U-456", 2.0)

    await trail.database.run(tie)
    return trail


async def run(trail: Trail, *words: object) -> Told:
    return await asyncio.to_thread(command, *words, "--database-url", trail.url)


@pytest.mark.usefixtures("scim")
async def test_a_call_is_explained_by_the_people_and_groups_of_the_server(office: Trail) -> None:
    reset = ("policy", "explain", "reset_password", '{"user_id": "U-456"}', "--requester", "U-123")
    assert "It needs 1 approval" in (await run(office, *reset)).out
    arguments = {"user_id": "U-456", "group": "db-oncall", "duration_hours": 8, "reason": "on call"}
    grant = ("policy", "explain", "grant_access", json.dumps(arguments), "--requester", "U-123")
    assert "(it touches a privileged person or thing)" in (await run(office, *grant)).out, "nested in admin-db"
    nobody = await run(office, *reset[:-1], "U-999")
    assert nobody.code == 2
    assert nobody.err.splitlines()[-1] == "--requester: nobody in the directory has the id U-999."


async def test_a_server_that_does_not_answer_is_told_in_words(office: Trail, scim: ScimWorld) -> None:
    scim.down = True
    for words in (
        ("policy", "explain", "reset_password", '{"user_id": "U-456"}'),
        ("privacy", "export", "U-123"),
        ("privacy", "erase", "U-123", "--yes"),
    ):
        told = await run(office, *words)
        assert (told.code != 0, told.out) == (True, "")
        assert "The directory" in told.err
        assert "Traceback" not in told.err


@pytest.mark.parametrize("named", ["U0ALEX", "U-123", "alex.by-name"])
async def test_who_is_named_on_the_server_is_erased_by_name_and_address(
    office: Trail, scim: ScimWorld, named: str
) -> None:
    """Given somebody named by a Slack user, an id or a userName, then it is the same person with the same words."""
    scim.change("Users", "U-123", {"op": "replace", "path": "userName", "value": "alex.by-name"})
    sam = "U0SAM"
    await talk(office, HERE, OPENED, items.UserMessage(author=sam, text="where is ALEX CHEN?", ts="7.7"))
    other = OPENED.model_copy(update={"channel": "C8", "thread_ts": "8.8"})
    await talk(office, THERE, other, items.UserMessage(author=sam, text="write alex.chen@example.com", ts="8.8"))
    told = await run(office, "privacy", "erase", named, "--yes", "--wait", "0")
    assert told.code == 0
    assert "Their record in the directory is the directory's: erase it there." in told.out
    assert told.out.startswith("About U0ALEX and U-123 there is")
    assert (await bodies(office, HERE))[1] is None
    assert (await bodies(office, THERE))[1] is None


@pytest.mark.usefixtures("scim")
async def test_an_export_names_colleagues_of_the_server_by_id(office: Trail) -> None:
    await talk(office, HERE, OPENED, items.UserMessage(author="U0ALEX", text="I am Alex, ask Sam Patel", ts="7.7"))
    told = await run(office, "privacy", "export", "U0ALEX")
    assert told.code == 0
    lines = [json.loads(line) for line in told.out.splitlines()]
    assert lines[0] == {"about": "ids", "slack_users": ["U0ALEX"], "record": "U-123"}
    assert "I am Alex, ask U-456" in [each["text"] for each in lines if each["about"] == "message"]
