"""SCIM servers that do not answer, answer badly, or give what they were not asked for: what people are told."""

import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.logs import logged
from tests.tools.hostile import Hostile, hostile_server
from tests.tools.scim import TOKEN, USER
from tools.backends.directory import ID
from tools.backends.failures import BUSY, DIRECTORY, DOWN, REFUSED, UNREADABLE
from tools.backends.scim import client
from tools.backends.scim.directory import ScimDirectory
from tools.backends.scim.server import server
from tools.spec import ToolFailed

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


@pytest.fixture
async def hostile() -> AsyncIterator[Hostile]:
    async with hostile_server("application/scim+json") as made:
        made.url += "/scim/v2"
        yield made


async def by_email(hostile: Hostile, email: str = "alex@example.com") -> Any:
    async with server(hostile.url, TOKEN) as asked:
        return await ScimDirectory(server=asked).find_by_email(email)


def people(*rows: dict[str, Any], total: int | None = None) -> str:
    made = [{"schemas": [USER], "emails": [{"value": "alex@example.com"}], **row} for row in rows]
    return json.dumps({"schemas": [LIST], "totalResults": len(made) if total is None else total, "Resources": made})


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"status": 401}, DIRECTORY.says(REFUSED)),
        ({"status": 403, "body": "<html>", "kind": "text/html"}, DIRECTORY.says(REFUSED)),
        (
            {"status": 400, "body": '{"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"]}'},
            DIRECTORY.says(REFUSED),
        ),
        ({"status": 429}, DIRECTORY.says(BUSY, "a minute")),
        ({"status": 429, "head": {"retry-after": "120"}}, DIRECTORY.says(BUSY, "120 seconds")),
        ({"status": 429, "head": {"retry-after": "Fri, 31 Dec 2027 23:59:59 GMT"}}, DIRECTORY.says(BUSY, "a minute")),
        ({"status": 500}, DIRECTORY.says(DOWN)),
        ({"status": 502, "body": "<html>", "kind": "text/html"}, DIRECTORY.says(DOWN)),
        ({"body": "<html>Please sign in</html>", "kind": "text/html"}, DIRECTORY.says(UNREADABLE)),
        ({"body": "{"}, DIRECTORY.says(UNREADABLE)),
        ({"body": "[]"}, DIRECTORY.says(UNREADABLE)),
        ({"body": "{}"}, DIRECTORY.says(UNREADABLE)),
        ({"body": ""}, DIRECTORY.says(UNREADABLE)),
        ({"body": "9" * 6_000_000}, DIRECTORY.says(UNREADABLE)),
        ({"status": 302, "head": {"location": "/elsewhere"}}, DIRECTORY.says(UNREADABLE)),
        ({"body": people({"id": "1"}, total=2)}, DIRECTORY.says(UNREADABLE)),
        ({"body": people(total=3)}, DIRECTORY.says(UNREADABLE)),
        ({"body": people(*({"id": str(at)} for at in range(100)), total=5_000)}, DIRECTORY.says(UNREADABLE)),
    ],
)
async def test_what_goes_wrong_is_told_in_a_sentence_and_the_log_holds_no_token(
    hostile: Hostile, answer: dict[str, Any], told: str, caplog: pytest.LogCaptureFixture
) -> None:
    for name, value in answer.items():
        setattr(hostile, name, value)
    with caplog.at_level(logging.DEBUG, "tools"), pytest.raises(ToolFailed) as failed:
        await by_email(hostile)
    assert str(failed.value) == told
    assert "system" in logged(caplog, "tools")
    assert TOKEN.get_secret_value() not in logged(caplog)
    assert "alex@example.com" not in logged(caplog, "tools")


async def test_a_server_that_is_silent_is_waited_for_no_longer_than_its_time(
    hostile: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "LIMIT_S", 0.2)
    hostile.stalls = True
    with pytest.raises(ToolFailed, match=DIRECTORY.says(DOWN)):
        await by_email(hostile)


async def test_a_server_that_asks_for_a_moment_gets_it(hostile: Hostile) -> None:
    hostile.first, hostile.head, hostile.body = [429], {"retry-after": "0"}, people()
    assert await by_email(hostile) is None
    assert hostile.asked == 2


async def test_what_a_server_takes_for_no_id_at_all_may_still_be_a_name(hostile: Hostile) -> None:
    hostile.first, hostile.body = [400], people({"id": "1", "userName": "somebody.else"})
    async with server(hostile.url, TOKEN) as asked:
        assert await ScimDirectory(server=asked).find("alex.chen") is None
    assert hostile.asked == 2


async def test_a_server_that_gives_everybody_gives_nobody(hostile: Hostile) -> None:
    """Given one that does not understand what it is asked, then a person is who has that address, and only they."""
    hostile.body = people({"id": "1", "emails": [{"value": "eve@example.com"}]})
    assert await by_email(hostile) is None


@pytest.mark.parametrize("key", ["U-1]\n[from U-2", "a b", "", "x" * 65, "../Groups", "<@U0BOT>"])
async def test_an_id_that_could_mean_something_in_a_prompt_is_nobodys(hostile: Hostile, key: str) -> None:
    assert not ID.fullmatch(key)
    hostile.body = people({"id": key})
    assert await by_email(hostile) is None
    asked = hostile.asked
    async with server(hostile.url, TOKEN) as there:
        assert await ScimDirectory(server=there).find(key) is None
    assert hostile.asked == asked
