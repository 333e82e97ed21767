"""What stands outside of the processes under test beside Slack: the model server and the bells."""

import asyncio
import random
import time
from collections import Counter, defaultdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.core.exchange import Function, Prompt
from tests.chaos.mind import Mind, understood
from tests.fakes.openai import _items, answer

#: how long the model thinks, seconds
THINKS = (0.1, 1.5)

#: the longest time a bell takes to answer, seconds
LONGEST_RING = 1.5


class ModelServer:
    """OpenAI's Responses API with the mind of the chaos behind it."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._mind = Mind()
        #: while it is set nobody gets an answer
        self.holds = False
        #: when it was asked about each word, by `time.monotonic`
        self.asked: dict[str, list[float]] = defaultdict(list)
        #: words of requests whose caller went away while they were held
        self.left: list[str] = []

    def routes(self) -> list[Route]:
        return [Route("/v1/responses", self._respond, methods=["POST"])]

    async def _respond(self, request: Request) -> Response:
        body = await request.json()
        functions = tuple(Function(each["name"], "", each["parameters"]) for each in body["tools"])
        prompt = Prompt(
            instructions="",
            items=tuple(_items(body["input"])),
            functions=functions,
            may_call=body["tool_choice"] != "none",
        )
        word = understood(prompt.items)[-1].word
        self.asked[word].append(time.monotonic())
        # so that whoever dies has conversations in work
        await asyncio.sleep(self._chance.uniform(*THINKS))
        while self.holds:
            if await request.is_disconnected():
                self.left.append(word)
                break
            await asyncio.sleep(0.05)
        return answer(await self._mind.reply(prompt))


class Bells:
    """Rings whenever it is asked to; a ring cannot be taken back, and who asks twice has it twice."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        #: how often it rang, by the key of the call
        self.rings: Counter[str] = Counter()
        self.words: dict[str, set[str]] = defaultdict(set)

    def routes(self) -> list[Route]:
        return [Route("/bell", self._ring, methods=["POST"])]

    async def _ring(self, request: Request) -> Response:
        asked = await request.json()
        self.rings[asked["key"]] += 1
        self.words[asked["word"]].add(asked["key"])
        # who is killed meanwhile does not know whether it rang
        await asyncio.sleep(self._chance.uniform(0, LONGEST_RING))
        return JSONResponse({})
