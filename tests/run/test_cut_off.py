"""An answer that is cut off costs something all the same: as much as was sent and heard, by our estimate."""

from pathlib import Path

import pytest

from bot.core import budget, items
from tests.rig import Helpdesk, helpdesk
from tests.run.spenders import PRICES, DearSpeaker, ask

LONG = "A long answer. " * 50


async def cut_off(desk: Helpdesk, model: DearSpeaker) -> items.Metered:
    """What the one request took that somebody stopped."""
    thread = await desk.say("U0ALEX", "hello")
    await model.begun.wait()
    await desk.say("U0ALEX", "stop", thread)
    await desk.settle()
    (took,) = [each for each in await desk.items(thread) if isinstance(each, items.Metered)]
    return took


@pytest.mark.parametrize("words", [LONG, ""])
async def test_a_stopped_answer_costs_what_was_sent_and_heard(tmp_path: Path, words: str) -> None:
    model = DearSpeaker(words)
    async with helpdesk(tmp_path, model, prices=PRICES) as desk:
        took = await cut_off(desk, model)
    assert took.estimated
    assert took.model == "dear"
    assert took.tokens_in > 1_000, "the prompt and the menu were sent"
    assert took.tokens_out == round(len(words) / 3)
    assert took.cost == took.tokens_in + took.tokens_out


async def test_who_stops_every_answer_uses_up_their_budget_like_anybody(tmp_path: Path) -> None:
    model = DearSpeaker(LONG)
    async with helpdesk(tmp_path, model, budgets=budget.parse("user 1ktok/day")) as desk:
        await cut_off(desk, model)
        assert "You have used up" in await ask(desk, "U0ALEX")
        assert model.asked == 1


async def test_what_nobody_waits_for_any_more_is_counted_and_is_no_failure(tmp_path: Path) -> None:
    model = DearSpeaker(LONG)
    async with helpdesk(tmp_path, model, prices=PRICES) as desk:
        thread = await desk.say("U0ALEX", "hello")
        await model.begun.wait()
        await desk.slack.delete("U0ALEX", "C0IT", thread)
        await desk.settle()
        (took,) = [each for each in await desk.items(thread) if isinstance(each, items.ModelFailed)]
        assert "model_output" not in await desk.kinds(thread)
    assert (took.why, took.estimated) == ("stopped", True)
    assert took.cost
