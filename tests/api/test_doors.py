"""Who is let in and who is not; and what a request may be."""

import json
import logging
from pathlib import Path

import httpx2
import pytest

from bot.api import parts
from bot.api.requests import MAX_BODY
from bot.api.shapes import MAX_MESSAGE
from bot.core.tokens import given
from tests.api.rig import Api, an_api, error
from tests.fakes.model import ScriptedModel, say
from tests.slack.edge import rows

#: as long as a token has to be, and worth nothing
GIVEN = "g" * 32


def quick(**changes: object) -> parts.Terms:
    return parts.Terms(**({"wait": 10.0, "rate": 10_000} | changes))  # type: ignore[arg-type]  # each fits its key


async def test_without_a_good_token_nobody_gets_anywhere(tmp_path: Path) -> None:
    async with an_api(tmp_path, ScriptedModel(), terms=quick()) as api:
        good = await api.token()
        now = api.desk.bot.kit.now().timestamp()
        revoked, expired = await api.token("a", revoked_at=now), await api.token("b", expires_at=now - 1)
        wrong = (None, "-", "wrong", good[:-1], good + "x", good.upper(), revoked, expired, "a" * 10_000, "a.b.c")
        told = [await api.ask(each) for each in wrong]
        told += [await api.look(each or "x", "T0DEMO:api:nothingatall") for each in wrong[1:4]]
        assert {error(each) for each in told} == {(401, "unauthorized")}
        assert len({each.text for each in told}) == 1, "nobody learns what is wrong with it"
        assert {each.headers["www-authenticate"] for each in told} == {"Bearer"}
        assert await rows(api.desk, "inbox") == 0


async def test_a_token_counts_in_the_header_alone(tmp_path: Path) -> None:
    async with an_api(tmp_path, ScriptedModel()) as api:
        good, body = await api.token(), {"user_id": "U0ALEX", "message": "hello"}
        for query in (f"?token={good}", f"?access_token={good}", f"?authorization=Bearer%20{good}"):
            assert error(await api.client.post(f"/api/agent{query}", json=body)) == (401, "unauthorized")
        cookie = await api.client.post("/api/agent", json=body, headers={"Cookie": f"authorization={good}"})
        assert error(cookie) == (401, "unauthorized")
        basic = await api.client.post("/api/agent", json=body, headers={"Authorization": f"Basic {good}"})
        assert error(basic) == (401, "unauthorized")


async def test_a_token_of_the_settings_is_as_good(tmp_path: Path) -> None:
    terms = quick(given=given(f"portal:U0DANA:U0ALEX+U-456:{GIVEN}, all:U0DANA:anyone:{'h' * 32}"))
    async with an_api(tmp_path, ScriptedModel([say("Yes.")] * 3), terms=terms) as api:
        first = (await api.ask(GIVEN)).json()
        assert first["answer"] == "Yes."
        assert (await api.ask(GIVEN, "U0SAM")).status_code == 200
        assert error(await api.ask(GIVEN, "U0PETER")) == (403, "forbidden")
        assert (await api.ask("h" * 32, "U0PETER")).status_code == 200
        # its successor of the database, which has the same name, reads its conversations
        assert (await api.look(await api.token(), first["conversation_id"])).status_code == 200


@pytest.mark.parametrize(
    "user", ["U0SAM", "U-456", "U0NOBODY", "U-999", "U0GIL", "U0BOT", "nobody@example.com", "U0DANA"]
)
async def test_it_asks_only_for_those_it_acts_for_and_says_nothing_of_others(tmp_path: Path, user: str) -> None:
    async with an_api(tmp_path, ScriptedModel(), terms=quick()) as api:
        token = await api.token()
        told, unknown = await api.ask(token, user), await api.ask(token, "U0XNOBODY")
        assert error(told) == (403, "forbidden")
        assert told.text == unknown.text
        assert await rows(api.desk, "inbox") == 0


async def test_nobody_is_asked_for_who_has_left_nor_by_an_owner_who_has(tmp_path: Path) -> None:
    async with an_api(tmp_path, ScriptedModel(), terms=quick()) as api:
        anyone, sams = await api.token(acts_for=("*",)), await api.token("sams", owner="U0SAM")
        ghost = await api.token("ghost", owner="U0NOBODY")
        users = api.desk.slack.workspace.users
        users["U0SAM"] = users["U0SAM"].model_copy(update={"deleted": True})
        assert error(await api.ask(anyone, "U0SAM")) == (403, "forbidden")
        assert error(await api.ask(sams)) == (403, "forbidden")
        assert error(await api.ask(ghost)) == (403, "forbidden")
        assert await rows(api.desk, "inbox") == 0


async def test_a_conversation_is_its_token_s_and_its_person_s(tmp_path: Path) -> None:
    async with an_api(tmp_path, ScriptedModel([say("Yes.")]), terms=quick()) as api:
        token, other = await api.token(acts_for=("U0ALEX", "U0SAM")), await api.token("other")
        mine = (await api.ask(token)).json()["conversation_id"]
        in_slack = await api.desk.say("U0SAM", "hello", channel="C0IT")
        told = [
            await api.ask(token, "U0SAM", conversation=mine),
            await api.ask(other, "U0ALEX", conversation=mine),
            await api.look(other, mine),
            *[
                await api.ask(token, conversation=each)
                for each in (
                    "T0DEMO:api:nothingatall",
                    "T0DEMO:house:0",
                    f"T0DEMO:C0IT:{in_slack}",
                    "T1:api:x",
                    "%",
                    "",
                )
                if each
            ],
            *[
                await api.look(token, each)
                for each in ("T0DEMO:api:nothing", "T0DEMO:house:0", f"T0DEMO:C0IT:{in_slack}")
            ],
        ]
        assert {error(each) for each in told} == {(404, "not_found")}
        assert len({each.text for each in told}) == 1


async def test_a_token_that_may_not_ask_for_somebody_any_more_does_not_read_what_was_said(tmp_path: Path) -> None:
    async with an_api(tmp_path, ScriptedModel([say("Yes.")]), terms=quick()) as api:
        mine = (await api.ask(await api.token())).json()["conversation_id"]
        narrower = await api.token(acts_for=("U0SAM",))
        assert error(await api.look(narrower, mine)) == (403, "forbidden")


async def test_too_many_requests_have_to_wait_and_others_do_not(tmp_path: Path) -> None:
    async with an_api(tmp_path, ScriptedModel(), terms=quick(rate=3)) as api:
        token, other = await api.token(), await api.token("other")
        told = [await api.look(token, "T0DEMO:api:nothing") for _ in range(4)]
        assert [each.status_code for each in told] == [404, 404, 404, 429]
        assert error(told[-1]) == (429, "too_many_requests")
        assert 1 <= int(told[-1].headers["retry-after"]) <= 20
        assert (await api.look(other, "T0DEMO:api:nothing")).status_code == 404


async def test_whoever_tries_tokens_is_stopped_and_a_good_one_is_not(tmp_path: Path) -> None:
    async with an_api(tmp_path, ScriptedModel(), terms=quick()) as api:
        good, late = await api.token(), await api.token("late")
        assert (await api.look(good, "T0DEMO:api:nothing")).status_code == 404
        tried = [(await api.look(f"wrong{number}", "T0DEMO:api:nothing")).status_code for number in range(30)]
        assert tried.count(401) in range(20, 24)
        assert tried[-1] == 429
        assert (await api.look(good, "T0DEMO:api:nothing")).status_code == 404
        assert (await api.look(late, "T0DEMO:api:nothing")).status_code == 429


# ── what a request may be ──


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
    async with an_api(tmp_path, ScriptedModel(), terms=quick()) as api:
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
    async with an_api(tmp_path, ScriptedModel(), terms=quick()) as api:
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
    async with an_api(tmp_path, ScriptedModel(), terms=quick()) as api:
        assert error(await api.ask(await api.token(), Idempotency_Key=key)) == (400, "bad_request")


async def test_the_longest_message_in_the_widest_letters_is_taken(tmp_path: Path) -> None:
    async with an_api(tmp_path, ScriptedModel([say("Long.")]), terms=quick()) as api:
        body = json.dumps({"user_id": "U0ALEX", "message": "\U0001f600" * MAX_MESSAGE}).encode()
        assert (await send(api, await api.token(), body)).json()["answer"] == "Long."


async def test_other_methods_and_places_are_refused_alike(tmp_path: Path) -> None:
    async with an_api(tmp_path, ScriptedModel(), terms=quick()) as api:
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
    async with an_api(tmp_path, ScriptedModel(), terms=quick()) as api:
        token = await api.token()
        api.desk.bot.database.engine.dispose()
        api.desk.bot.database.close()
        status, code = error(await api.ask(token, message="a secret word"))
        assert (status, code) in ((503, "unavailable"), (500, "failed"))
        assert "a secret word" not in caplog.text
