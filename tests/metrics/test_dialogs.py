"""People talk, something fails, somebody approves: afterwards every counter is what happened."""

import asyncio
from pathlib import Path

import pytest

from bot.core.exchange import Reply, TextPart, Usage
from bot.errors import ModelUnavailable
from bot.metrics import Metrics
from tests.fakes.model import Scripted, ScriptedModel, call, say
from tests.metrics.scraping import scraped
from tests.rig import helpdesk
from tests.slack.growing import FIRST, LAST, SECOND, in_a_hurry
from tests.slack.speaking import SpeakingModel
from tests.waiting import until
from tools.spec import Risk, ToolFailed, tool

__all__ = ["in_a_hurry"]


@tool(risk=Risk.LOW)
async def fax(text: str) -> str:
    """Send a fax."""
    raise ToolFailed(f"The line is dead, so nobody reads {text}.")


SCRIPT: list[Scripted] = [
    call("reset_password", user_id="U-456"),
    say("It is done."),
    call("fax", text="hello"),
    say("The fax is broken."),
    ModelUnavailable("The model provider did not answer in time."),
    Reply(
        model="scripted-2026-11-21", parts=(TextPart("Here I am."),), usage=Usage(input=1_000, cached=600, output=50)
    ),
]


async def test_afterwards_every_counter_is_what_happened(tmp_path: Path) -> None:
    metrics = Metrics()
    async with helpdesk(tmp_path, ScriptedModel(SCRIPT), tools=[fax], metrics=metrics) as desk:
        # given: an approval that the wrong person tried first, a tool that fails, a model and a Slack that are busy
        thread = await desk.say("U0ALEX", "Reset Sam's password")
        await desk.settle()
        for user in ("U0ALEX", "U0DANA"):
            await desk.click(user, desk.card(thread), "approve")
            await desk.settle()
        await desk.say("U0ALEX", "Send a fax")
        await desk.settle()
        desk.slack.limit("chat.postMessage", 1, retry_after=1)
        await desk.say("U0ALEX", "Are you there?")
        await desk.settle()
        asked = [name for name, _ in desk.slack.calls]

        # when
        found = await scraped(desk, metrics)

    # then: what became of them
    assert all(turn.over for talk in metrics._waits._talks.values() for turn in talk.turns.values())
    assert found.of("helpdesk_turns_begun_total") == 3
    assert found.counted("helpdesk_turns_ended_total") == {("answered",): 3}
    assert found.of("helpdesk_first_sign_seconds_count") == 3
    for wait in ("first_words", "answer"):
        assert found.of(f"helpdesk_{wait}_seconds_count") == 2, "one waited for people"
    assert found.of("helpdesk_items_total", "user_message") == 3

    # the model
    assert found.all("helpdesk_model_requests_total") == {
        ("answer", "complete", "scripted"): 5, ("answer", "scripted", "unavailable"): 1,
    }  # fmt: skip
    assert found.all("helpdesk_model_tokens_total") == {
        ("input", "scripted"): 400, ("cached", "scripted"): 600, ("output", "scripted"): 50,
    }  # fmt: skip
    assert found.all("helpdesk_model_notes_total") == {("scripted", "unpriced"): 1}
    assert found.of("helpdesk_model_request_seconds_count", "scripted") == 6

    # tools
    assert found.all("helpdesk_calls_total") == {("model", "reset_password"): 1, ("fax", "model"): 1}
    assert found.of("helpdesk_tool_attempts_total", "reset_password", "done") == 1
    assert found.all("helpdesk_errors_total") == {("fax", "tool"): 1, ("default", "provider"): 1}
    assert found.all("helpdesk_breaker_state") == {
        ("default", "provider"): 0, ("reset_password", "tool"): 0, ("fax", "tool"): 0,
    }  # fmt: skip

    # approvals
    assert found.all("helpdesk_approvals_asked_total") == {("high",): 1}
    assert found.all("helpdesk_approvals_closed_total") == {("approved", "high"): 1}
    assert found.of("helpdesk_approval_wait_seconds_count", "approved", "high") == 1
    assert found.all("helpdesk_votes_total") == {("approve", "high"): 1, ("high", "refused"): 1}

    # Slack
    for method in ("chat.postMessage", "chat.update", "agents.sessions.setStatus"):
        calls = found.all("helpdesk_slack_calls_total").items()
        assert sum(value for labels, value in calls if method in labels) == asked.count(method)
    assert found.of("helpdesk_slack_calls_total", "chat.postMessage", "limited") == 1
    assert found.of("helpdesk_slack_wait_seconds_count", "chat.postMessage") == 1
    assert found.of("helpdesk_delivery_seconds_count", "card") == 2, "in the thread and in Dana's direct messages"

    # how things stand
    assert found.of("helpdesk_database_up") == 1
    assert found.of("helpdesk_inbox_waiting") == found.of("helpdesk_deliveries_due") == 0
    assert found.of("helpdesk_requests_open") == 0
    assert found.of("helpdesk_frozen") == 0


async def test_what_waits_for_people_is_seen(tmp_path: Path) -> None:
    metrics = Metrics()
    async with helpdesk(tmp_path, ScriptedModel(SCRIPT[:1]), metrics=metrics) as desk:
        await desk.say("U0ALEX", "Reset Sam's password")
        await desk.settle()
        await desk.slack.command("U0DANA", "C0IT", "/helpdesk", "freeze")
        await desk.settle()
        found = await scraped(desk, metrics)
        assert found.of("helpdesk_requests_open") == 1
        assert found.of("helpdesk_requests_open_oldest_seconds") > 0
        assert found.of("helpdesk_frozen") == 1
        workers = {(): 1.0} if desk.bot.database.shared else {}
        assert found.all("helpdesk_workers_alive") == workers


async def test_who_may_not_ask_was_answered_too_and_what_is_deleted_is_forgotten(tmp_path: Path) -> None:
    metrics, gate = Metrics(), asyncio.Event()
    async with helpdesk(tmp_path, SpeakingModel([gate, "Never."]), metrics=metrics) as desk:
        omar = desk.slack.workspace.users["U0OMAR"]
        desk.slack.workspace.users["U0OMAR"] = omar.model_copy(update={"team_id": "T0OTHER"})
        await desk.say("U0OMAR", "Reset everything")
        await desk.settle()
        thread = await desk.say("U0ALEX", "Oh, wait")
        await until(lambda: "agents.sessions.setStatus" in [name for name, _ in desk.slack.calls])
        await desk.slack.delete("U0ALEX", "C0IT", thread)
        await desk.settle()
        found = await scraped(desk, metrics)
    assert found.counted("helpdesk_turns_ended_total") == {("refused",): 1, ("deleted",): 1}
    assert found.of("helpdesk_answer_seconds_count") == 1
    assert found.of("helpdesk_turns_running") == found.of("helpdesk_turns_running_oldest_seconds") == 0
    assert all(turn.over for talk in metrics._waits._talks.values() for turn in talk.turns.values())


async def test_what_slack_refuses_for_good_is_counted(tmp_path: Path) -> None:
    metrics = Metrics()
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on.")]), metrics=metrics) as desk:
        desk.slack.fail("chat.postMessage", 1, "is_archived")
        desk.slack.lack("agents.sessions", "assistant.threads")
        await desk.say("U0ALEX", "my wifi is down")
        await desk.settle()
        found = await scraped(desk, metrics)
        assert found.counted("helpdesk_deliveries_failed_total") == {("message",): 1}
        assert found.of("helpdesk_slack_calls_total", "chat.postMessage", "refused") == 1
        assert found.of("helpdesk_first_sign_seconds_count") == 0, "nothing was seen"
        assert found.of("helpdesk_turns_ended_total", "answered") == 1


@pytest.mark.usefixtures("in_a_hurry")
async def test_first_words_are_those_of_a_stream(tmp_path: Path) -> None:
    metrics, gate = Metrics(), asyncio.Event()
    async with helpdesk(tmp_path, SpeakingModel([FIRST, gate, SECOND, LAST]), metrics=metrics) as desk:
        await desk.say("U0ALEX", "my wifi is down")
        await until(lambda: "chat.startStream" in [name for name, _ in desk.slack.calls])
        async with asyncio.timeout(60):
            while (found := await scraped(desk, metrics)).of("helpdesk_first_words_seconds_count") == 0:
                await asyncio.sleep(0.01)
        assert found.of("helpdesk_answer_seconds_count") == 0
        gate.set()
        await desk.settle()
        found = await scraped(desk, metrics)
        assert found.of("helpdesk_first_words_seconds_count") == found.of("helpdesk_answer_seconds_count") == 1
        assert found.all("helpdesk_streams_total") == {("begun",): 1}
