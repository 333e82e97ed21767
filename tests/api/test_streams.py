"""The API's stream of events: what comes when, that it goes on after a break, and whom nobody waits for."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import pytest

from bot.api import answers, parts, waits
from tests.api.rig import Api, an_api, error
from tests.fakes.model import ScriptedModel, call, say, speak
from tests.rig import is_card
from tests.waiting import until

RESET = call("reset_password", user_id="U-456")


class Event(NamedTuple):
    name: str
    content: Any
    number: int | None


async def read(response: httpx2.Response) -> AsyncIterator[Event]:
    """The events as they come, by the rules of the format."""
    name, content, number = "message", "", None
    async for line in response.aiter_lines():
        field, _, value = line.partition(": ")
        match field:
            case "event":
                name = value
            case "data":
                content += value
            case "id":
                number = int(value)
            case "" if not value and content:
                yield Event(name, json.loads(content), number)
                name, content, number = "message", "", None


@asynccontextmanager
async def stream(
    api: Api, token: str, conversation: str | None = None, **headers: str
) -> AsyncIterator[httpx2.Response]:
    """The stream of a new question, or of one that was asked."""
    named = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    if conversation:
        opened = api.client.stream("GET", f"/api/agent/{conversation}", headers=named)
    else:
        body = {"user_id": "U0ALEX", "message": "reset the password of U-456"}
        opened = api.client.stream("POST", "/api/agent", headers=named, json=body)
    async with opened as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        yield response


async def whole(api: Api, token: str, conversation: str | None = None, **headers: str) -> list[Event]:
    async with stream(api, token, conversation, **headers) as response:
        return [each async for each in read(response)]


async def test_what_happens_comes_in_order_and_ends_with_the_answer(tmp_path: Path) -> None:
    model = ScriptedModel([call("calculator", expression="6*7"), say("42.")])
    async with an_api(tmp_path, model) as api:
        told = await whole(api, await api.token())
        assert [each.name for each in told if each.name != "tool_call"] == ["status", "answer", "status", "done"]
        outcomes = [each.content["outcome"] for each in told if each.name == "tool_call"]
        assert outcomes == ["asked", "running", "done"]
        assert told[-1].content["answer"] == "42."
        assert told[-1].content["status"] == "answered"
        numbers = [each.number for each in told if each.number]
        assert numbers == sorted(numbers)


async def test_after_an_approval_it_goes_on_where_it_was_and_says_nothing_twice(tmp_path: Path) -> None:
    async with an_api(tmp_path, ScriptedModel([RESET, say("Done.")])) as api:
        token = await api.token()
        first = await whole(api, token)
        assert first[-1].content["status"] == "waiting_for_approval"
        (asked,) = [each.content for each in first if each.name == "approval"]
        assert asked["approval"]["summary"] == "reset password: Sam Patel"
        conversation, seen = first[-1].content["conversation_id"], first[-1].number
        await api.desk.settle()

        async with stream(api, token, conversation, Last_Event_ID=str(seen)) as response:
            coming = read(response)
            assert (await anext(coming)).content["status"] == "waiting_for_approval"
            (card,) = [each for each in api.desk.slack.messages(api.desk.slack.dm("U0OMAR")) if is_card(each)]
            await api.desk.click("U0OMAR", card, "approve")
            rest = [each async for each in coming]
        decided = [each.content for each in rest if each.name == "approval"]
        assert [(each["state"], each["approval"]) for each in decided] == [("approved", None)]
        assert [each.content["answer"] for each in rest if each.name == "answer"] == ["Done."]
        assert rest[-1].name == "done"
        assert all(each.number is None or each.number > seen for each in rest if seen)

        again = await whole(api, token, conversation)
        calls = [each for each in again if each.name == "tool_call"]
        assert calls[-1].content["outcome"] == "done"
        assert request_id(first + rest + again) is None


def request_id(told: list[Event]) -> str | None:
    """What a button would carry: 32 hexadecimal digits."""
    text = json.dumps([each.content for each in told])
    return next((word for word in text.split('"') if len(word) == 32 and set(word) <= set("0123456789abcdef")), None)


async def test_silence_is_broken_by_comments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "HEARTBEAT", 0.05)
    gate = asyncio.Event()
    async with an_api(tmp_path, ScriptedModel([speak("a", gate)])) as api, stream(api, await api.token()) as response:
        async for line in response.aiter_lines():
            if line.startswith(":"):
                gate.set()
            if line == "event: done":
                break


async def test_one_that_is_not_waited_for_ends_with_how_it_stands(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with an_api(tmp_path, ScriptedModel([speak("a", gate)])) as api:
        told = await whole(api, await api.token(), Prefer="wait=0")
        assert (told[-1].name, told[-1].content["status"]) == ("done", "working")
        gate.set()


async def test_who_has_gone_is_waited_for_no_longer_and_of_too_many_none_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waits, "MAX_WAITS", 1)
    gate = asyncio.Event()
    model = ScriptedModel([speak("a", gate), speak("b", gate), say("c")])
    async with an_api(tmp_path, model, terms=parts.Terms(wait=30)) as api:
        token = await api.token()
        async with stream(api, token) as response:
            coming = read(response)
            assert (await anext(coming)).name == "status"
            assert (await api.ask(token)).status_code == 202, "nobody more can wait, and the question is taken"
        async with asyncio.timeout(60):
            while (await api.ask(token, message="c", Idempotency_Key="c", Prefer="wait=1")).status_code == 202:
                gate.set()


async def test_a_stop_of_the_server_ends_all_waiting(tmp_path: Path) -> None:
    gate = asyncio.Event()
    model = ScriptedModel([speak("a", gate)])
    async with an_api(tmp_path, model, terms=parts.Terms(wait=600)) as api:
        token = await api.token()
        asked = asyncio.create_task(api.ask(token))
        await until(lambda: model.prompts)
        api.agent.waits.close()
        assert (await asked).status_code == 202


async def test_refusals_are_no_streams(tmp_path: Path) -> None:
    async with an_api(tmp_path, ScriptedModel()) as api:
        body = {"user_id": "U0ALEX", "message": "hello"}
        told = await api.client.post("/api/agent", json=body, headers={"Accept": "text/event-stream"})
        assert error(told) == (401, "unauthorized")


async def test_where_the_worker_is_in_the_same_process_nobody_has_to_look_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for pause in ("FIRST", "MOST"):
        monkeypatch.setattr(waits, pause, 3600.0)
    model = ScriptedModel([call("calculator", expression="6*7"), say("42.")])
    async with an_api(tmp_path, model, terms=parts.Terms(wait=600)) as api:
        assert (await api.ask(await api.token())).json()["answer"] == "42."
