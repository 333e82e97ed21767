"""What a request may be; everything else is refused in the same words, and nothing of it is logged."""

import json
import logging
from pathlib import Path

import httpx2
import pytest

from bot.api.requests import MAX_BODY
from bot.api.shapes import MAX_MESSAGE
from tests.api.rig import QUICK, Api, an_api, error
from tests.fakes.model import ScriptedModel, say
from tests.slack.edge import rows


async def send(api: Api, token: str, content: object, kind: str = "application/json") -> httpx2.Response:
    """Any body."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
    return await api.client.post("/api/agent", content=content, headers=headers)  # type: ignore[arg-type]


GOOD = {"user_id": "U0ALEX", "message": "hello"}

WRONG: list[tuple[object, tuple[int, str]]] = [
    (b"", (400, "bad_request")),
    (b"{", (400, "bad_request")),
    (b"[" * 100_000, (400, "bad_request")),
    (b'{"user_id": "U0ALEX", "message": "\\ud800"}', (400, "bad_request")),
    (b"[]", (422, "invalid")),
    (b"null", (422, "invalid")),
    (GOOD | {"extra": 1}, (422, "invalid")),
    (GOOD | {"message": ""}, (422, "invalid")),
    (GOOD | {"message": "x" * (MAX_MESSAGE + 1)}, (422, "invalid")),
    (GOOD | {"message": 7}, (422, "invalid")),
    (GOOD | {"user_id": "U0 ALEX"}, (422, "invalid")),
    (GOOD | {"user_id": "*"}, (422, "invalid")),
    (GOOD | {"conversation_id": "x" * 101}, (422, "invalid")),
    ({"message": "hello"}, (422, "invalid")),
]


async def test_a_body_that_is_none_is_refused_and_nothing_of_it_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with an_api(tmp_path, ScriptedModel(), terms=QUICK) as api:
        token = await api.token()
        for body, expected in WRONG:
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            told = await send(api, token, content)
            assert error(told) == expected, content[:80]
            assert "x" * 50 not in told.text
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
            assert error(await send(api, token, json.dumps(GOOD).encode(), kind)) == (415, "unsupported_media_type")
        assert await rows(api.desk, "inbox") == 0
        assert token not in caplog.text
        assert "x" * 50 not in caplog.text


async def test_too_much_is_refused_before_it_is_read(tmp_path: Path) -> None:
    async with an_api(tmp_path, ScriptedModel(), terms=QUICK) as api:
        token = await api.token()
        assert error(await send(api, token, b" " * (MAX_BODY + 1))) == (413, "too_large")
        read = 0

        async def endless() -> object:
            nonlocal read
            while read < 50 * MAX_BODY:
                read += 100_000
                yield b" " * 100_000

        try:
            told = await send(api, token, endless())
        except httpx2.TransportError:
            pass  # the door was shut while it was still coming
        else:
            assert error(told) == (413, "too_large")
        assert read < 40 * MAX_BODY


@pytest.mark.parametrize("key", ["x" * 256, "a\tb"])
async def test_a_key_is_printable_and_short(tmp_path: Path, key: str) -> None:
    async with an_api(tmp_path, ScriptedModel(), terms=QUICK) as api:
        assert error(await api.ask(await api.token(), Idempotency_Key=key)) == (400, "bad_request")


async def test_the_longest_message_in_the_widest_letters_is_taken(tmp_path: Path) -> None:
    async with an_api(tmp_path, ScriptedModel([say("Long.")]), terms=QUICK) as api:
        body = json.dumps({"user_id": "U0ALEX", "message": "\U0001f600" * MAX_MESSAGE}).encode()
        assert (await send(api, await api.token(), body)).json()["answer"] == "Long."


async def test_other_methods_and_places_are_refused_alike(tmp_path: Path) -> None:
    async with an_api(tmp_path, ScriptedModel(), terms=QUICK) as api:
        for method in ("GET", "PUT", "DELETE", "PATCH"):
            assert error(await api.client.request(method, "/api/agent")) == (405, "method_not_allowed")
        assert (await api.client.get("/healthz")).text == "ok"
        assert (await api.client.get("/api/agent/a/b")).status_code == 404


async def test_the_document_describes_it(tmp_path: Path) -> None:
    async with an_api(tmp_path, ScriptedModel()) as api:
        document = (await api.client.get("/openapi.json")).json()
        assert set(document["paths"]) == {"/api/agent", "/api/agent/{conversation_id}"}
        assert document["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"
        assert "swagger" in (await api.client.get("/docs")).text


@pytest.mark.sqlite
async def test_without_its_database_it_says_so_and_not_more(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with an_api(tmp_path, ScriptedModel(), terms=QUICK) as api:
        token = await api.token()
        api.desk.bot.database.engine.dispose()
        api.desk.bot.database.close()
        status, code = error(await api.ask(token, message="a secret word"))
        assert (status, code) in ((503, "unavailable"), (500, "failed"))
        assert "a secret word" not in caplog.text
