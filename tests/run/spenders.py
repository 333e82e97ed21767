"""A model whose every answer costs a dollar, and the clock of those who are held up."""

import asyncio
from datetime import UTC, date, datetime, timedelta

from bot.core.exchange import Prompt, Reply, TextPart, Usage
from bot.model.port import Hear, unheard
from bot.model.prices import Price, Prices
from tests.rig import Helpdesk

#: a million tokens in are a dollar
PRICES = Prices(date(2026, 11, 21), {"dear": Price.model_validate({"input": 1, "cached": 0, "output": 1})})

MORNING = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


class DearModel:
    """Each answer takes as many tokens as `takes` says, so a dollar unless it is told otherwise."""

    name = "dear"

    def __init__(self) -> None:
        self.takes = Usage(900_000, 0, 100_000)
        self.asked = 0

    async def reply(self, prompt: Prompt, hear: Hear = unheard) -> Reply:
        assert prompt.items
        self.asked += 1
        hear("ok")
        return Reply(model=self.name, parts=(TextPart("ok"),), usage=self.takes)


class DearSpeaker(DearModel):
    """Says `words`, and comes to no end."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.words = words
        self.begun = asyncio.Event()

    async def reply(self, prompt: Prompt, hear: Hear = unheard) -> Reply:
        assert prompt.items
        self.asked += 1
        if self.words:
            hear(self.words)
        self.begun.set()
        await asyncio.Event().wait()
        raise AssertionError("nothing ends the wait")


class Clock:
    """The time a test says it is."""

    def __init__(self) -> None:
        self.at = MORNING

    def __call__(self) -> datetime:
        return self.at

    def go(self, **ahead: float) -> None:
        self.at += timedelta(**ahead)


async def ask(desk: Helpdesk, user: str, text: str = "hello") -> str:
    """What a new thread of the person shows last."""
    thread = await desk.say(user, text)
    await desk.settle()
    return desk.transcript(thread)[-1].removeprefix("U0BOT: ")
