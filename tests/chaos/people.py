"""The people: what they do in Slack and wait for; everything said and pressed is kept for the end."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from itertools import count, cycle
from typing import Any

from bot.playground.errors import Unseen
from bot.playground.messages import Message
from tests.chaos.paper import Paper, is_open
from tests.chaos.world import CHANNELS, World

#: who may approve
APPROVERS = ("U0DANA", "U0OMAR")

#: how long somebody looks at a card that does not change before they press again, seconds
LOOKED = 5.0

#: how long a form takes to open for somebody who waits for it, seconds
FORM = 4.0


@dataclass(frozen=True)
class Told:
    """A message that a person wrote."""

    word: str
    text: str
    author: str
    channel: str
    thread: str
    ts: str


@dataclass(frozen=True)
class Press:
    """A button that a person pressed, and the status Slack got for it; 0: none."""

    actor: str
    action: str
    thread: str
    status: int


@dataclass
class Crowd:
    """Everybody, and what they did."""

    world: World
    chance: random.Random
    told: list[Told] = field(default_factory=list)
    presses: list[Press] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.paper = Paper(self.world.slack)
        self._words = (f"k{number}" for number in count(1))
        self._channels = cycle(CHANNELS)
        #: channels of the threads that were begun
        self._begun: dict[str, str] = {}
        #: a person fills in one form at a time
        self._hands = {user: asyncio.Lock() for user in APPROVERS}

    async def say(self, user: str, wish: str, thread: str | None = None, channel: str | None = None) -> Told:
        """Say it, with a word of its own behind it: in the thread, in the channel, or in the one whose turn it is."""
        word, channel = next(self._words), channel or (self._begun[thread] if thread else next(self._channels))
        text = f"{wish} {word}"
        called = text if thread or channel.startswith("D") else f"<@U0BOT> {text}"
        ts = await self.world.slack.say(user, channel, called, thread)
        self._begun.setdefault(ts, channel)
        self.told.append(Told(word, text, user, channel, thread or ts, ts))
        return self.told[-1]

    async def answer(self, told: Told) -> None:
        """Wait until something was said to it."""
        while not self._said(told, "="):
            await self.moment()

    def _said(self, told: Told, mark: str) -> bool:
        return self.paper.says(told.channel, told.thread, f"{told.word} {mark} ")

    async def card(self, told: Told) -> Message | None:
        """The card in the thread, open or not; None where it is over without one."""
        while not (card := self.paper.card(told.channel, told.thread)):
            if self._said(told, "later ="):
                return None
            await self.moment()
        return card

    async def moment(self) -> None:
        """A short while."""
        await asyncio.sleep(self.chance.uniform(0.3, 0.7))

    async def press(self, user: str, card: Message, action: str) -> int:
        """Press it once."""
        try:
            status = await self.world.slack.click(user, card.channel, card.ts, f"approval.{action}")
        except Unseen:
            return 0  # the button is gone meanwhile
        self.presses.append(Press(user, action, card.root, status))
        return status

    async def until_closed(self, told: Told, act: Callable[[Message], Coroutine[Any, Any, None]]) -> None:
        """Do it, and again whenever the card stays as it is."""
        while (card := await self.card(told)) and is_open(card):
            await act(card)
            for _ in range(int(LOOKED / 0.5)):
                shown = await self.card(told)
                if shown is None or not is_open(shown):
                    return
                await self.moment()

    async def approve(self, user: str, card: Message) -> None:
        """Press Approve."""
        await self.press(user, card, "approve")

    async def withdraw(self, user: str, card: Message) -> None:
        """Press Withdraw."""
        await self.press(user, card, "withdraw")

    async def deny(self, user: str, card: Message) -> None:
        """Press Deny, and give a reason in the form, if it opens."""
        slack = self.world.slack
        async with self._hands[user]:
            for view in list(slack.views(user)):
                await slack.close_view(user, view.id)
            if not await self.press(user, card, "deny"):
                return
            for _ in range(int(FORM / 0.2)):
                for view in [each for each in slack.views(user) if _is_of(each.payload, card)]:
                    await slack.submit(user, view.id, {"reason": "not today"})
                    return
                await asyncio.sleep(0.2)


def _is_of(view: dict[str, Any], card: Message) -> bool:
    """The form was opened from this card: it carries the version that its buttons carry."""
    version = str(view.get("private_metadata", "")).split(" ")[0]
    return bool(version) and version in str(card.blocks)
