"""Faults of ours, of a provider, of a source that is gone: told in the end, and never in the way of others."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.core import words
from bot.core.exchange import OpaquePart, Prompt, Reply, TextPart
from bot.run.facts import PATIENCE
from bot.run.faults import MAX_FAULTS
from tests.fakes.model import ScriptedModel, call, say
from tests.rig import CHANNEL, helpdesk


async def test_a_reply_that_cannot_be_stored_whole_is_stored_without_what_cannot(tmp_path: Path) -> None:
    odd = Reply(model="m", parts=(OpaquePart({"text": "half \ud800"}), TextPart("hello \ud800")))
    async with helpdesk(tmp_path, ScriptedModel([odd, say("again")])) as desk:
        thread = await desk.say("U0ALEX", "hi")
        await desk.settle()
        assert desk.transcript(thread)[1] == "U0BOT: hello ?"


async def test_an_adapter_that_breaks_is_treated_as_a_model_that_is_down(tmp_path: Path) -> None:
    def breaks(_: Prompt) -> Reply:
        raise RuntimeError("hunter2")

    async with helpdesk(tmp_path, ScriptedModel([breaks, say("recovered")])) as desk:
        thread = await desk.say("U0ALEX", "hi")
        await desk.settle()
        assert desk.transcript(thread)[1:] == ["U0BOT: recovered"]


async def test_a_fault_that_does_not_pass_ends_the_turn_with_a_word_and_the_next_one_works(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    poison = Reply(model=5, parts=(TextPart("x"),))  # type: ignore[arg-type]  # no item takes a number as a model
    async with helpdesk(tmp_path, ScriptedModel([*[poison] * MAX_FAULTS, say("well again")])) as desk:
        thread = await desk.say("U0ALEX", "hi")
        await desk.slack.wait_for(lambda: desk.slack.thread(CHANNEL, thread)[1:], 60)
        assert desk.transcript(thread)[1] == f"U0BOT: {words.FAULT}"
        await desk.say("U0ALEX", "and now?", thread)
        await desk.settle()
        assert desk.transcript(thread)[-1] == "U0BOT: well again"
    assert "something was given up" in caplog.text


async def test_a_source_that_never_answers_is_told_after_some_patience(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PATIENCE, "call", timedelta(0))
    model = ScriptedModel([call("reset_password", user_id="U-456"), say("I cannot ask anybody just now.")])
    async with helpdesk(tmp_path, model) as desk:
        desk.slack.fail("usergroups.users.list", 50, "missing_scope")
        thread = await desk.say("U0ALEX", "reset U-456")
        await desk.settle()
        assert desk.transcript(thread)[-1] == "U0BOT: I cannot ask anybody just now."
        assert words.NOT_LOOKED_UP in str(model.prompts[-1].items[-1])
