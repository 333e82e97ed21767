"""Whatever comes through the door, correctly signed: what Slack would not send changes nothing and breaks nothing.

THOROUGH=1 for two thousand requests, FUZZ_SEED for others than usual.
"""

import asyncio
import logging
import os
import random
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.playground import events
from bot.store.tables import METADATA
from tests.fakes.model import ScriptedModel, call, say
from tests.order import thorough
from tests.rig import Helpdesk, helpdesk
from tests.slack.dialogs import ACCESS, view
from tests.slack.edge import Door, answers, door_of
from tests.slack.malformed import MARK, Recorded, malformed

REQUESTS = 2_000 if thorough() else 300

#: after so many it is looked whether something changed
GLANCE = 20

#: who holds what just now, and until when: nothing that a request says
VOLATILE = {"claims", "pauses", "workers"}


class Recorder:
    """What Slack sends to the door, as it is sent."""

    def __init__(self, app: ASGIApp, heard: list[Recorded]) -> None:
        self._app = app
        self._heard = heard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; those of Slack come in one piece."""
        if scope["path"] != "/slack/events":
            await self._app(scope, receive, send)
            return
        message = await receive()
        kind = dict(scope["headers"])[b"content-type"].decode()
        self._heard.append(Recorded.of(kind, message["body"]))
        pieces = [message]

        async def again() -> Message:
            return pieces.pop() if pieces else await receive()

        await self._app(scope, again, send)


async def dialogs(desk: Helpdesk) -> None:
    """Everything that people do, once."""
    slack = desk.slack
    thread = await desk.say("U0ALEX", "Sam needs finance-reports")
    await desk.settle()
    card = desk.card(thread)
    await slack.open_home("U0DANA")
    home = await slack.wait_for(lambda: slack.home("U0DANA"))
    assert home
    await slack.click_view("U0DANA", home.id, "approval.view")
    await desk.click("U0DANA", card, "edit")
    await slack.submit("U0DANA", view(desk, "U0DANA").id, {"duration_hours": "4"})
    await desk.settle()
    await desk.deny("U0OMAR", desk.card(thread), "not this week")
    await desk.settle()
    second = await desk.say("U0ALEX", "and reset U-456")
    await desk.settle()
    await desk.click("U0ALEX", desk.card(second), "withdraw")
    await desk.say("U0ALEX", "my wifi is down", channel=slack.dm("U0ALEX"))
    await slack.edit("U0ALEX", "C0IT", thread, "<@U0BOT> Sam needs it now")
    aside = await slack.say("U0SAM", "C0IT", "me too", thread)
    await slack.delete("U0SAM", "C0IT", aside)
    for event in events.user_changed(slack.workspace.users["U0GIL"], slack.workspace.next_ts()):
        slack.workspace.emit(event)
    await slack.shortcut("U0ALEX", "C0IT", thread, "ask_helpdesk")
    await slack.command("U0ALEX", "C0IT", "/helpdesk", "help")
    await slack.command("U0DANA", "C0IT", "/helpdesk", "freeze")
    await slack.click_view("U0DANA", home.id, "house.freeze")
    await desk.settle()


def tables(connection: Connection) -> dict[str, list[Any]]:
    """All that is stored, but for who works on what."""
    kept = [table for table in METADATA.sorted_tables if table.name not in VOLATILE]
    return {table.name: sorted(map(repr, connection.execute(select(table)))) for table in kept}


async def sent(door: Door, kind: str, raw: bytes, how: str) -> None:
    """Send it; it is answered, and not with an error of ours."""
    async with asyncio.timeout(30):
        status = await door.post(raw, kind)
    assert status < 500, how


async def test_what_slack_would_not_send_changes_nothing_and_breaks_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    seed = int(os.environ.get("FUZZ_SEED", "11"))
    print(f"FUZZ_SEED={seed}")
    heard: list[Recorded] = []
    asked = [call("grant_access", **ACCESS), say("Denied."), call("reset_password", user_id="U-456")]
    model = ScriptedModel([*asked, *(say("Switch it on.") for _ in range(5))])
    async with helpdesk(tmp_path, model, middleware=[Middleware(Recorder, heard=heard)]) as desk, door_of(desk) as door:
        await dialogs(desk)
        assert {each.kind for each in heard} >= {"event", "block_actions", "view_submission", "command"}
        caplog.clear()
        caplog.set_level(logging.INFO)
        before = await desk.bot.database.run(tables)
        chance = random.Random(seed)  # noqa: S311 -- invents requests, hides nothing
        made = malformed(list(heard), desk.slack.workspace.next_ts, chance)
        for _ in range(REQUESTS // GLANCE):
            batch = list(islice(made, GLANCE))
            for each in batch:
                await sent(door, each.content_type, each.raw, f"FUZZ_SEED={seed}: {each.how}")
            hows = [each.how for each in batch]
            assert await desk.bot.database.run(tables) == before, f"FUZZ_SEED={seed}, one of {hows}"

        await desk.settle()
        assert await desk.bot.database.run(tables) == before, "nor later"
        assert MARK not in caplog.text, "what was sent is not logged"
        assert not [each for each in caplog.records if each.levelno >= logging.ERROR]
        thread = await desk.say("U0MARIA", "my wifi is down")
        assert await answers(desk, thread) == ["Switch it on."]
