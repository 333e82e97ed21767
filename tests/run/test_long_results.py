"""A result that is too long to be shown at once: it is kept whole, and read on by whoever had asked for it."""

import json
from dataclasses import replace
from pathlib import Path

from bot.core import items
from bot.core.exchange import CallPart, Output, Prompt
from bot.core.results import PART_CHARS, unmarked
from bot.run.calls import MAX_RESULT_CHARS
from bot.run.kit import Kit
from bot.store.arrivals import MessageArrived
from tests.core.story import ALEX, EVE
from tests.core.toolbox import MENU
from tests.fakes.model import ScriptedModel, calls, say
from tests.run.growing import PLACE, advance, arrives, at_work, entries_of
from tools.results import read_more
from tools.spec import Risk, tool

LONG = "one line of a long report\n" * 1_000


@tool(risk=Risk.LOW, read_only=True)
async def report(times: int) -> str:
    """Give a long report."""
    return LONG * times


async def asks(kit: Kit, author: str, ts: str, *wanted: tuple[str, str]) -> list[Output]:
    """Somebody writes; the model makes these calls one after another, and is shown what came of them."""
    assert isinstance(kit.model, ScriptedModel)
    kit.model.replies += [*(calls(CallPart(*each)) for each in wanted), say("That is all.")]
    await arrives(kit, MessageArrived(thread=PLACE, author=author, text="what does it say?", ts=ts), ts)
    await advance(kit)
    return outputs(kit.model.prompts[-1])


def outputs(prompt: Prompt) -> list[Output]:
    return [each for each in prompt.items if isinstance(each, Output)]


def with_report(kit: Kit) -> Kit:
    return replace(kit, tools={**MENU, "report": report, "read_more": read_more})


async def test_it_is_read_part_by_part_and_taints_like_the_result(tmp_path: Path) -> None:
    async with at_work(tmp_path) as made:
        kit = with_report(made)
        # the first call of the first turn is item 5: opened, message, facts, output, call
        more = [("read_more", json.dumps({"result": 5, "part": part})) for part in (2, 3, 4)]
        shown = await asks(kit, ALEX, "1.1", ("report", '{"times":1}'), *more)
        told = [unmarked(json.loads(each.text)) for each in shown]
        assert [each["part"] for each in told] == [1, 2, 3, 4]
        assert all(len(each["output"]) <= PART_CHARS for each in told)
        assert json.loads("".join(each["output"] for each in told)) == LONG
        results = [e.item for e in await entries_of(kit) if isinstance(e.item, items.ToolResult)]
        assert [each.trusted for each in results] == [False] * 4
        assert json.loads(results[0].output) == LONG, "it is kept whole"


async def test_somebody_else_in_the_thread_cannot_read_on_in_it(tmp_path: Path) -> None:
    async with at_work(tmp_path) as made:
        kit = with_report(made)
        await asks(kit, ALEX, "1.1", ("report", '{"times":1}'))
        *_, refused = await asks(kit, EVE, "2.2", ("read_more", '{"result":5}'))
        assert json.loads(refused.text)["status"] == "wrong"
        assert "somebody else's" in refused.text


async def test_what_is_more_than_can_be_kept_says_so_at_its_end(tmp_path: Path) -> None:
    async with at_work(tmp_path) as made:
        kit = with_report(made)
        *_, last = await asks(kit, ALEX, "1.1", ("report", '{"times":10}'))
        of = unmarked(json.loads(last.text))["of"]
        *_, end = await asks(kit, ALEX, "2.2", ("read_more", json.dumps({"result": 5, "part": of})))
        assert "more characters were too many and are not kept]" in end.text
        (whole,) = [e.item for e in await entries_of(kit) if isinstance(e.item, items.ToolResult)][:1]
        assert MAX_RESULT_CHARS < len(whole.output) < MAX_RESULT_CHARS + 100
