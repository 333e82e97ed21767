"""Whoever holds a token gets no further than it reaches, however odd what they send."""

from pathlib import Path

import pytest

from bot.store import links
from bot.store.tables import people_links
from tests.api.rig import QUICK, an_api, error
from tests.api.test_requests import send
from tests.fakes.model import ScriptedModel, say
from tests.slack.edge import rows


@pytest.mark.parametrize("path", ["/api/agent/", "/docs/", "/openapi.json/"])
async def test_nobody_is_sent_where_the_host_header_says(tmp_path: Path, path: str) -> None:
    async with an_api(tmp_path, ScriptedModel()) as api:
        told = await api.client.get(path, headers={"Host": "evil.example"})
        assert told.status_code == 404
        assert "evil" not in f"{told.headers}{told.text}"


async def test_an_id_that_is_none_is_nobody_s_conversation(tmp_path: Path) -> None:
    async with an_api(tmp_path, ScriptedModel(), terms=QUICK) as api:
        good = await api.token()
        for odd in ("T0DEMO:api:\0", "T0DEMO:api:a:b", "T0DEMO:api:", "T0DEMO:api:%", "T0DEMO:api:" + "\u00e9" * 12):
            assert error(await api.ask(good, conversation=odd)) == (404, "not_found"), odd
        for odd in ("%00", "%ff", "a:b", "..", "%E2%80%AE"):
            told = await api.client.get(f"/api/agent/T0DEMO:api:{odd}", headers={"Authorization": f"Bearer {good}"})
            assert error(told) == (404, "not_found"), odd
        assert await rows(api.desk, "inbox") == 0


async def test_a_body_says_each_thing_once_and_nothing_of_it_is_said_back(tmp_path: Path) -> None:
    async with an_api(tmp_path, ScriptedModel([say("Yes.")]), terms=QUICK) as api:
        good = await api.token(acts_for=("*",))
        twice = b'{"user_id": "U0SAM", "user_id": "U0ALEX", "message": "hello"}'
        assert error(await send(api, good, twice)) == (400, "bad_request")
        told = await send(api, good, b'{"user_id": "U0ALEX", "message": "hello", "hunter2": 1}')
        assert error(told) == (422, "invalid")
        assert "hunter2" not in told.text
        assert await rows(api.desk, "inbox") == 0


async def test_a_token_of_another_workspace_gets_nowhere(tmp_path: Path) -> None:
    async with an_api(tmp_path, ScriptedModel([say("Yes.")]), terms=QUICK) as api:
        mine = (await api.ask(await api.token())).json()["conversation_id"]
        foreign = await api.token(tenant="T0OTHER")
        assert error(await api.ask(foreign)) == (403, "forbidden")
        assert error(await api.look(foreign, mine)) == (403, "forbidden")
        assert (await api.look(await api.token(tenant="T0DEMO"), mine)).status_code == 200


async def test_a_key_sent_again_gives_nothing_to_whom_the_record_is_now(tmp_path: Path) -> None:
    """U-123 was Alex; the link has changed since, and what Alex was told stays Alex's."""
    async with an_api(tmp_path, ScriptedModel([say("A secret of Alex.")]), terms=QUICK) as api:
        good = await api.token(acts_for=("*",))
        first = await api.ask(good, "U-123", Idempotency_Key="one")
        assert first.json()["answer"] == "A secret of Alex."
        await api.desk.bot.database.run(lambda c: c.execute(people_links.delete()))
        await api.desk.bot.database.run(lambda c: links.link(c, "U0SAM", "U-123", 1.0))
        again = await api.ask(good, "U-123", Idempotency_Key="one")
        assert "secret" not in again.text
