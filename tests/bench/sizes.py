"""How much the model is sent at the nth turn of a thread: the shipped menu and prompt, and a stored conversation."""

import tempfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

from pydantic_core import to_json

from bot import prompts
from bot.core.prompt import functions
from bot.core.weight import Told, room, size_of
from bot.model.responses_items import request_body
from tests.bench.figure import Figure
from tests.fakes.model import Notes, ScriptedModel
from tests.run.growing import advance, at_work, conversation, said, write
from tools import TOOLS

#: the turns that are looked at
TURNS = (1, 5, 10, 20, 100, 1_000)

#: items of a turn in a stored conversation
ITEMS = 7


async def figures() -> AsyncIterator[Figure]:
    """Two lines a turn."""
    for turn in TURNS:
        size, tokens = await _request(turn)
        yield Figure(f"model request at turn {turn:,}", "bytes", size)
        yield Figure(f"model request at turn {turn:,}, estimated", "tokens", tokens)


async def _request(turn: int) -> tuple[int, int]:
    """Bytes on the wire, and tokens as they are estimated."""
    with tempfile.TemporaryDirectory() as folder:
        async with at_work(Path(folder)) as made:
            menu = {each.name: each for each in TOOLS}
            kit = replace(
                made, tools=menu, instructions=prompts.shipped(), small=Notes("They talked about wifi. " * 100)
            )
            assert isinstance(kit.model, ScriptedModel)
            stored = conversation(1 + ITEMS * (turn - 1))
            await kit.database.run(lambda connection: write(connection, stored))
            await said(kit, "Try again.", "m1")
            await advance(kit)
            (prompt,) = kit.model.prompts
    beside = room(kit.context_tokens, prompt.instructions, functions(menu))
    return len(to_json(request_body("bench", prompt))), round(beside.estimate(size_of(prompt.items), Told()))
