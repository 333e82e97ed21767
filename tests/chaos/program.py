"""`helpdesk …` with two more tools in the menu: what they do cannot be repeated, and is counted outside.

No shipped tool is of that kind. Run as `python -m tests.chaos.program run`.
"""

import os
import sys
from typing import Annotated

import aiohttp
from pydantic import Field

import tools
from tools.spec import Context, Risk, tool

Word = Annotated[str, Field(pattern=r"\S", description="What is rung for")]


@tool(risk=Risk.LOW, trusted=True)
async def ring_bell(word: Word, *, context: Context) -> str:
    """Ring the bell once."""
    return await _ring(word, context.key)


@tool(risk=Risk.HIGH, trusted=True)
async def sound_alarm(word: Word, *, context: Context) -> str:
    """Sound the alarm once; everybody leaves the house."""
    return await _ring(word, context.key)


async def _ring(word: str, key: str) -> str:
    # exactly one request: a connection of its own, and nothing that would repeat it
    async with aiohttp.ClientSession() as client:
        asked = client.post(os.environ["CHAOS_BELL"], json={"word": word, "key": key})
        async with asked as answer:
            answer.raise_for_status()
    return "It rang."


if __name__ == "__main__":
    # before the program reads its menu
    tools.TOOLS = (*tools.TOOLS, ring_bell, sound_alarm)
    from bot.__main__ import main

    sys.exit(main())
