"""A tool of a real MCP server in dialogs: the card shows its arguments, it runs once, and not once it changed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.core.exchange import CallPart, Prompt, Reply, TextPart
from bot.core.items import ToolResult
from bot.playground import LocalSlack
from tests.fakes.model import ScriptedModel
from tests.rig import Helpdesk, helpdesk
from tests.tools.mcp_rig import Odd, odd
from tools.backends.mcp import McpServers
from tools.mcp import mcp_tool
from tools.spec import Risk


def call(tool: str, arguments: str) -> Reply:
    return Reply(model="scripted", parts=(CallPart(tool, arguments),))


def say(text: str) -> Reply:
    return Reply(model="scripted", parts=(TextPart(text),))


def echoes(text: str) -> Reply:
    return call("odd-echo", f'{{"text":"{text}"}}')


@asynccontextmanager
async def at_work(
    folder: Path, *replies: Reply, risk: Risk = Risk.HIGH, slack: LocalSlack | None = None
) -> AsyncIterator[tuple[Helpdesk, Odd]]:
    """The bot with all tools of `odd`, as they were when it started."""
    model = ScriptedModel(replies)
    async with odd(folder) as server:
        pinned = (await server.offered()).values()
        tools = [mcp_tool("odd", each, risk) for each in pinned if each.name != "pattern"]
        async with helpdesk(folder, model, tools=tools, slack=slack, systems={McpServers: server.opened}) as desk:
            yield desk, server


def prompts(desk: Helpdesk) -> list[Prompt]:
    model: Any = desk.bot.kit.model
    return list(model.prompts)


async def test_the_card_shows_the_arguments_and_the_call_runs_once(tmp_path: Path) -> None:
    async with at_work(tmp_path, echoes("Lunch is ready"), say("Said.")) as (desk, server):
        thread = await desk.say("U0ALEX", "tell everybody that lunch is ready")
        await desk.settle()
        card = desk.card(thread)
        assert "odd.echo" in str(card.blocks)
        assert "Lunch is ready" in str(card.blocks)
        assert "approval.edit" not in str(card.blocks)
        assert server.noted("calls") == []

        await desk.click("U0DANA", card, "approve")
        await desk.settle(20)
        assert server.noted("calls") == [["echo", {"text": "Lunch is ready"}]]
        assert "Done" in str(desk.card(thread).blocks)
        (result,) = [each for each in await desk.items(thread) if isinstance(each, ToolResult)]
        assert (result.tool, result.output, result.trusted) == ("odd.echo", '{"text":"Lunch is ready"}', False)
        # models know it by the name they may use, and are not promised to keep to its schema
        (shown,) = [each for each in prompts(desk)[0].functions if each.name == "odd-echo"]
        assert (shown.description, shown.strict) == ("Say it again.", False)


async def test_of_low_risk_it_runs_at_once_and_what_it_gave_taints_what_follows(tmp_path: Path) -> None:
    replies = (echoes("hi"), call("unlock_account", '{"user_id":"U-123"}'))
    async with at_work(tmp_path, *replies, risk=Risk.LOW) as (desk, server):
        thread = await desk.say("U0ALEX", "say hi and unlock me")
        await desk.settle(20)
        assert server.noted("calls") == [["echo", {"text": "hi"}]]
        # one's own account needs nobody's approval but for that
        assert "unlock_account" in str(desk.card(thread).blocks)


async def test_arguments_that_do_not_fit_reach_nobody(tmp_path: Path) -> None:
    async with at_work(tmp_path, call("odd-echo", '{"text":7}'), say("I cannot.")) as (desk, server):
        thread = await desk.say("U0ALEX", "say 7")
        await desk.settle()
        assert "request" not in await desk.kinds(thread)
        assert "text: it does not fit type" in str(prompts(desk)[1].items)
        assert server.noted("calls") == []


async def test_changed_between_approval_and_start_it_is_refused_and_other_requests_are_void(tmp_path: Path) -> None:
    replies = (echoes("a"), echoes("b"), say("It changed."), say("It is gone."))
    async with at_work(tmp_path, *replies) as (desk, server):
        first = await desk.say("U0ALEX", "say a")
        await desk.settle()
        other = await desk.say("U0ALEX", "say b")
        await desk.settle()
        (tmp_path / "changed").touch()
        await desk.click("U0DANA", desk.card(first), "approve")
        await desk.settle(20)
        assert server.noted("calls") == []
        assert "does not offer echo as it was accepted any more" in str(await desk.items(first))
        assert "odd-echo" not in [each.name for each in prompts(desk)[-1].functions]

        await desk.slack.wait_for(lambda: "no longer offered" in str(desk.card(other).blocks), 60)
        assert "approval.approve" not in str(desk.card(other).blocks)
        await desk.settle(20)
        assert server.noted("calls") == []
        assert "tool_start" not in await desk.kinds(other)


async def test_accepted_anew_it_is_asked_for_anew_although_it_was_asked_for_before(tmp_path: Path) -> None:
    async with at_work(tmp_path, echoes("a")) as (desk, _):
        thread = await desk.say("U0ALEX", "say a")
        await desk.settle()
    (tmp_path / "changed").touch()
    async with at_work(tmp_path, say("It waits."), slack=desk.slack) as (back, server):
        await back.click("U0DANA", back.card(thread), "approve")
        await back.settle(20)
        assert server.noted("calls") == []
        assert (await back.kinds(thread)).count("request") == 2


async def test_of_a_call_that_crashed_its_server_nobody_says_that_it_failed(tmp_path: Path) -> None:
    async with at_work(tmp_path, call("odd-crash", "{}"), say("Nobody knows.")) as (desk, server):
        thread = await desk.say("U0ALEX", "crash")
        await desk.settle()
        await desk.click("U0DANA", desk.card(thread), "approve")
        await desk.settle(20)
        assert "tool_unknown" in await desk.kinds(thread)
        assert server.noted("calls") == [["crash", {}]]
