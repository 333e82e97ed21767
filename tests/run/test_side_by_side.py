"""Many calls in one reply: those that only read are under way together, those that write one after another."""

import asyncio
from pathlib import Path

from bot.core import items
from bot.core.exchange import Output
from tests.fakes.model import ScriptedModel, calls, part, say
from tests.rig import Helpdesk, helpdesk
from tools.spec import Risk, Tool, tool

NUMBERS = [str(number) for number in range(10)]


class Gathering:
    """Ten look-ups of which none ends before all ten have begun."""

    def __init__(self) -> None:
        self._all = asyncio.Barrier(len(NUMBERS))

    @property
    def tool(self) -> Tool:
        async def look(text: str) -> str:
            """Look it up. Takes a while."""
            await self._all.wait()
            return f"found {text}"

        return tool(risk=Risk.LOW, read_only=True)(look)


class Notebook:
    """Notes that take a moment each; `told` is what happened, in its order."""

    def __init__(self) -> None:
        self.told: list[str] = []

    @property
    def tool(self) -> Tool:
        async def write(text: str) -> str:
            """Write it down."""
            self.told.append(f"begin {text}")
            # whoever else may run gets its chance
            for _ in range(100):
                await asyncio.sleep(0)
            self.told.append(f"end {text}")
            return f"wrote {text}"

        return tool(risk=Risk.LOW)(write)


async def outputs(desk: Helpdesk, model: ScriptedModel) -> list[str]:
    """What the model is shown of its calls, once all are over."""
    await desk.settle(20)
    return [item.text for item in model.prompts[1].items if isinstance(item, Output)]


async def test_ten_calls_that_only_read_are_under_way_together(tmp_path: Path) -> None:
    model = ScriptedModel([calls(*(part("look", text=each) for each in NUMBERS)), say("That is all.")])
    async with helpdesk(tmp_path, model, tools=[Gathering().tool]) as desk:
        thread = await desk.say("U0ALEX", "look them up")
        found = await outputs(desk, model)
        assert len(found) == len(NUMBERS)
        assert all(f"found {each}" in output for each, output in zip(NUMBERS, found, strict=True)), "in its order"
        log = await desk.items(thread)
        kinds = [item.kind for item in log if isinstance(item, items.ToolStart | items.ToolResult)]
        assert kinds == ["tool_start"] * len(NUMBERS) + ["tool_result"] * len(NUMBERS)


async def test_calls_that_write_run_one_after_another_in_the_model_s_order(tmp_path: Path) -> None:
    notebook = Notebook()
    model = ScriptedModel([calls(*(part("write", text=each) for each in NUMBERS)), say("That is all.")])
    async with helpdesk(tmp_path, model, tools=[notebook.tool]) as desk:
        thread = await desk.say("U0ALEX", "write them down")
        found = await outputs(desk, model)
        assert all(f"wrote {each}" in output for each, output in zip(NUMBERS, found, strict=True))
        assert notebook.told == [f"{moment} {each}" for each in NUMBERS for moment in ("begin", "end")]
        log = await desk.items(thread)
        kinds = [item.kind for item in log if isinstance(item, items.ToolStart | items.ToolResult)]
        assert kinds == ["tool_start", "tool_result"] * len(NUMBERS), "each is over before the next is begun"


async def test_a_call_that_writes_waits_for_those_before_it_and_those_after_it_wait_for_it(tmp_path: Path) -> None:
    notebook, half = Notebook(), len(NUMBERS) // 2

    async def look(text: str) -> str:
        """Look it up."""
        notebook.told.append(f"begin look {text}")
        await asyncio.sleep(0)
        notebook.told.append(f"end look {text}")
        return f"found {text}"

    before, after = ([part("look", text=each) for each in some] for some in (NUMBERS[:half], NUMBERS[half:]))
    model = ScriptedModel([calls(*before, part("write", text="x"), *after), say("That is all.")])
    reading = tool(risk=Risk.LOW, read_only=True)(look)
    async with helpdesk(tmp_path, model, tools=[reading, notebook.tool]) as desk:
        await desk.say("U0ALEX", "look, write, look")
        assert len(await outputs(desk, model)) == len(NUMBERS) + 1
        begun = [each for each in notebook.told if each.startswith("begin look")]
        assert begun == [f"begin look {each}" for each in NUMBERS]
        at = notebook.told.index("begin x")
        assert notebook.told[at + 1] == "end x", "alone"
        assert sorted(notebook.told[:at]) == sorted(
            f"{m} look {each}" for m in ("begin", "end") for each in NUMBERS[:half]
        )
