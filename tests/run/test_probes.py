"""A model that comes back is not run over by everybody who waited for it."""

import asyncio
from pathlib import Path

from bot.core.exchange import Prompt, Reply
from bot.errors import ModelUnavailable
from bot.model.port import Hear, unheard
from bot.run.asking import MAX_PROBES
from tests.fakes.model import say
from tests.rig import CHANNEL, helpdesk

PEOPLE = ("U0ALEX", "U0DANA", "U0OMAR", "U0SAM", "U0MARIA")


class ComingBack:
    """Down for the first question of each conversation; then slow, and counts how many ask at once."""

    name = "coming back"

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.now = self.most = 0
        self.go = asyncio.Event()

    async def reply(self, prompt: Prompt, hear: Hear = unheard) -> Reply:
        question = str(prompt.items[-1])
        if question not in self.seen:
            self.seen.add(question)
            raise ModelUnavailable("down")
        self.now += 1
        self.most = max(self.most, self.now)
        await self.go.wait()
        self.now -= 1
        hear("back")
        return say("back")


async def test_at_most_ten_ask_again_at_once_and_all_are_answered(tmp_path: Path) -> None:
    model = ComingBack()
    async with helpdesk(tmp_path, model) as desk:
        threads = [await desk.say(person, f"question {n}") for person in PEOPLE for n in range(3)]
        async with asyncio.timeout(20):
            while len(model.seen) < len(threads) or model.now < MAX_PROBES:
                await asyncio.sleep(0.02)
        assert model.most == MAX_PROBES
        model.go.set()
        await desk.settle(20)
        assert model.most == MAX_PROBES
        assert all(len(desk.slack.thread(CHANNEL, thread)) == 2 for thread in threads)
