"""What was read of files lasts as long as its message: through restarts, between two requests, and no longer."""

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import delete, update
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from bot.core import rebase
from bot.model.responses_items import request_body
from bot.store import attachments, log
from bot.store.tables import attachments as table
from tests.fakes.model import ScriptedModel, say
from tests.rig import CHANNEL, helpdesk, kill
from tests.slack.edge import Clock, answers, rows
from tests.slack.filing import PNG, Host, material, picture, send, text
from tests.slack.talk import stored
from tests.slack.test_restarts import ThinkingModel
from tests.waiting import until


def looked_up(methods: list[tuple[str, dict[str, object]]]) -> int:
    return [method for method, _ in methods].count("files.info")


async def test_killed_between_file_and_model_what_was_read_is_not_read_again(tmp_path: Path) -> None:
    thinking, model = ThinkingModel(), ScriptedModel([say("I see.")])
    async with helpdesk(tmp_path, thinking) as desk:
        thread = await send(desk, picture(), text())
        await until(lambda: thinking.asked)
        kill()
    async with helpdesk(tmp_path, model, slack=desk.slack) as again:
        assert await answers(again, thread) == ["I see."]
        assert looked_up(again.slack.calls) == 2
        assert (await again.kinds(thread)).count("attached") == 1
    assert material(model.prompts[0])[0] == ("image/png", PNG)


async def test_killed_while_a_file_is_loaded_it_is_loaded_by_who_comes_next(tmp_path: Path) -> None:
    class Hangs(Response):
        async def __call__(self, *_: object) -> None:
            await asyncio.Event().wait()

    host, model = Host([Hangs]), ScriptedModel([say("I see.")])
    async with helpdesk(tmp_path, ScriptedModel(), middleware=[Middleware(host)]) as desk:
        thread = await send(desk, text())
        await until(lambda: bool(host.asked))
        kill()
    async with helpdesk(tmp_path, model, slack=desk.slack) as again:
        assert await answers(again, thread) == ["I see."]
    assert len(material(model.prompts[0])) == 1


async def test_between_two_requests_the_models_input_only_grows_also_over_a_restart(tmp_path: Path) -> None:
    first, second = ScriptedModel([say("One."), say("Two.")]), ScriptedModel([say("Three.")])
    async with helpdesk(tmp_path, first) as desk:
        thread = await send(desk, picture(), text(), ("a.zip", "application/zip", b"PK"))
        await desk.settle()
        await send(desk, text("more"), thread=thread)
        await desk.settle()
    async with helpdesk(tmp_path, second, slack=desk.slack) as again:
        await send(again, said="and?", thread=thread)
        await again.settle()
    sent = [request_body("m", prompt)["input"] for prompt in (*first.prompts, *second.prompts)]
    assert [len(each) for each in sent] == [4, 7, 9]
    for before, after in pairwise(sent):
        assert after[: len(before)] == before


async def test_the_same_picture_twice_is_kept_for_each_message(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("One."), say("Two.")])) as desk:
        thread = await send(desk, picture(), picture(name="again.png"))
        await desk.settle()
        await send(desk, picture(), thread=thread)
        assert await answers(desk, thread) == ["One.", "Two."]
        assert await rows(desk, "attachments") == 2


async def test_a_picture_whose_time_is_over_is_named_and_not_shown(tmp_path: Path) -> None:
    clock, model = Clock(), ScriptedModel([say("One."), say("Two.")])
    async with helpdesk(tmp_path, model, now=clock) as desk:
        thread = await send(desk, picture())
        await desk.settle()
        now = clock().timestamp()
        await desk.bot.database.run(lambda c: attachments.drop_old(c, now + attachments.KEPT - 60))
        assert await rows(desk, "attachments") == 1
        await desk.bot.database.run(lambda c: attachments.drop_old(c, now + attachments.KEPT + 60))
        assert await rows(desk, "attachments") == 0
        await send(desk, said="and?", thread=thread)
        assert await answers(desk, thread) == ["One.", "Two."]
    assert material(model.prompts[1]) == [("image/png", None)]
    assert "cannot be shown" in str(request_body("m", model.prompts[1])["input"][1])


async def test_old_pictures_are_thrown_away_by_themselves(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("One.")])) as desk:
        await send(desk, picture())
        await desk.settle()
        await desk.bot.database.run(lambda c: c.execute(update(table).values(at=1.0)))
    async with helpdesk(tmp_path, ScriptedModel(), slack=desk.slack) as again:
        async with asyncio.timeout(60):
            while await rows(again, "attachments"):
                await asyncio.sleep(0.05)


async def test_pictures_that_the_model_is_shown_no_more_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebase, "KEPT", 8)
    monkeypatch.setattr(rebase, "LEFT_OUT", 8)
    model = ScriptedModel([say(str(number)) for number in range(8)])
    async with helpdesk(tmp_path, model) as desk:
        thread = await send(desk, picture())
        await desk.settle()
        for _ in range(6):
            assert await rows(desk, "attachments") == 1
            await send(desk, said="and?", thread=thread)
            await desk.settle()
            if "rebase" in await desk.kinds(thread):
                break
        assert await rows(desk, "attachments") == 0
        assert material(model.prompts[-1]) == []
        await send(desk, picture(), thread=thread)
        await desk.settle()
        assert await rows(desk, "attachments") == 1
    assert material(model.prompts[-1]) == [("image/png", PNG)]


async def test_with_an_erased_message_goes_what_was_read_of_its_files_and_nothing_else(tmp_path: Path) -> None:
    model = ScriptedModel([say("One."), say("Two."), say("Three.")])
    async with helpdesk(tmp_path, model) as desk:
        thread = await send(desk, picture(), text("secret"))
        await desk.settle()
        await send(desk, picture(name="other.png"), thread=thread)
        await desk.settle()
        here = f"T0DEMO:C0IT:{thread}"
        await desk.bot.database.run(lambda c: log.erase(c, here, [2]))
        left = await desk.items(thread)
        assert "secret" not in str(left)
        assert next(item.ref for item in left if item.kind == "attached") == 0
        assert await rows(desk, "attachments") == 1
    async with helpdesk(tmp_path, model, slack=desk.slack) as again:
        await send(again, said="and?", thread=thread)
        assert (await answers(again, thread))[-1] == "Three."
    assert material(model.prompts[2]) == [("image/png", PNG)]


async def test_a_picture_that_is_lost_stops_nothing(tmp_path: Path) -> None:
    model = ScriptedModel([say("One."), say("Two.")])
    async with helpdesk(tmp_path, model) as desk:
        thread = await send(desk, picture())
        await desk.settle()
        await desk.bot.database.run(lambda c: c.execute(delete(table)))
        await send(desk, said="and?", thread=thread)
        assert await answers(desk, thread) == ["One.", "Two."]


async def test_a_file_whose_message_is_deleted_while_it_is_loaded_is_kept_nowhere(tmp_path: Path) -> None:
    began, go = asyncio.Event(), asyncio.Event()

    class Slow(Response):
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            began.set()
            await go.wait()
            await PlainTextResponse("swordfish")(scope, receive, send)

    model = ScriptedModel([say("I see.")] * 2)
    async with helpdesk(tmp_path, model, middleware=[Middleware(Host([Slow]))]) as desk:
        thread = await send(desk, text("swordfish"))
        await began.wait()
        await desk.slack.say("U0ALEX", CHANNEL, "and my wifi is slow", thread)
        while (await desk.kinds(thread)).count("user_message") < 2:
            await asyncio.sleep(0.01)
        await desk.slack.delete("U0ALEX", CHANNEL, thread)
        while "deleted" not in await desk.kinds(thread):
            await asyncio.sleep(0.01)
        go.set()
        await desk.settle()
        assert material(model.prompts[-1]) == []
        assert "swordfish" not in await stored(desk)
