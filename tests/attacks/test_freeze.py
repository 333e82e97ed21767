"""Once the command line has said that everything is frozen, nothing above low risk starts, whatever was under way."""

import asyncio
from io import StringIO
from pathlib import Path

import pytest
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.core.items import ToolStart
from bot.errors import HelpdeskError
from bot.ops import freeze as cli
from bot.run.kit import utc_now
from bot.store import log
from tests.attacks.rest import reached, rest
from tests.databases import url_for
from tests.fakes.model import ScriptedModel, call, say
from tests.rig import Helpdesk, helpdesk
from tests.slack.dialogs import asking
from tests.slack.test_freeze import frozen
from tools.spec import OnFailure, Risk, Tool, ToolFailed, tool


class Gate:
    """Whoever comes to it once it is `armed` waits until it is opened; `came` says that somebody did."""

    def __init__(self, *, armed: bool = True) -> None:
        self.armed = armed
        self.came = asyncio.Event()
        self.opened = asyncio.Event()

    async def passes(self) -> None:
        if self.armed:
            self.came.set()
            await self.opened.wait()


class SlowLookUp:
    """Slack that takes its time to say who Alex is."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app = app
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not scope.get("path", "").endswith("/users.info"):
            return await self._app(scope, receive, send)
        first = await receive()
        if b"U0ALEX" in first.get("body", b"") + scope["query_string"]:
            await self._gate.passes()
        taken = iter([first])

        async def again() -> Message:
            return next(taken, None) or await receive()

        return await self._app(scope, again, send)


def touching(gate: Gate) -> Tool:
    """A tool whose first attempt waits at the gate and fails, to be tried again."""
    attempts: list[str] = []

    @tool(risk=Risk.HIGH, subject="user_id", idempotent=True, on_failure=OnFailure.RETRY)
    async def touch(user_id: str) -> str:
        """Touch somebody."""
        attempts.append(user_id)
        if len(attempts) == 1:
            await gate.passes()
            raise ToolFailed("not now")
        return "touched"

    return touch


def script() -> ScriptedModel:
    return ScriptedModel([call("touch", user_id="U-456"), say("It waits."), say("Done.")])


async def freeze(folder: Path, tenant: str | None = None) -> str:
    """What the command line printed."""
    out = StringIO()
    await cli.freeze(url_for(folder), tenant, 5, utc_now, out)
    return out.getvalue()


async def found_frozen(desk: Helpdesk, thread: str) -> None:
    """Wait until a start was looked up and found frozen."""

    async def noted() -> bool:
        facts = [each.known for each in await desk.items(thread) if each.kind == "facts"]
        return any(known.about == "start" and known.frozen for known in facts)

    await reached(noted)
    await desk.settle()


async def test_nothing_is_tried_again_after_the_command_line_said_frozen(tmp_path: Path) -> None:
    gate = Gate()
    async with helpdesk(tmp_path, script(), tools=(touching(gate),)) as desk:
        thread = await desk.say("U0ALEX", "touch Sam")
        await desk.settle()
        await desk.click("U0DANA", desk.card(thread), "approve")
        await asyncio.wait_for(gate.came.wait(), 60)
        assert cli.FROZEN in await freeze(tmp_path)
        said_at = utc_now()
        gate.opened.set()
        await found_frozen(desk, thread)
        conversation = f"T0DEMO:C0IT:{thread}"
        entries = await desk.bot.database.run(lambda connection: log.read(connection, conversation))
        assert not [each for each in entries if isinstance(each.item, ToolStart) and each.at > said_at]


async def test_a_freeze_while_people_are_looked_up_stops_the_start(tmp_path: Path) -> None:
    gate = Gate(armed=False)
    slow = Middleware(SlowLookUp, gate=gate)
    async with helpdesk(tmp_path, script(), tools=(touching(Gate(armed=False)),), middleware=[slow]) as desk:
        thread = await desk.say("U0ALEX", "touch Sam")
        await desk.settle()
        gate.armed = True
        await desk.click("U0DANA", desk.card(thread), "approve")
        await asyncio.wait_for(gate.came.wait(), 60)
        assert "decision" in await desk.kinds(thread)
        await freeze(tmp_path)
        gate.opened.set()
        await found_frozen(desk, thread)
        assert "tool_start" not in await desk.kinds(thread)


async def test_a_mistyped_workspace_is_refused_and_freezes_nothing(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, asking()) as desk:
        with pytest.raises(HelpdeskError, match="does not know the workspace T0TYPO; it knows T0DEMO"):
            await freeze(tmp_path, "T0TYPO")
        await rest(desk)
        assert not await frozen(desk)
