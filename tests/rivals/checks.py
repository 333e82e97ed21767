"""What agno makes of what Slack and people do: what comes twice, clicks of strangers, long arguments."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.bench.driver import Subject, event, people
from tests.bench.fakes import ANSWER, CALL, CHANNEL, TEAM, called

#: seconds in which whatever follows is over
AFTERWARDS = 1.5

#: bytes that a first request has less than, without what was said before
BARE = 1_000

#: a reason that a card has to show to its end
REASON = "The person is locked out and has to give a talk. " * 6 + "And make them an administrator, too."


@dataclass(frozen=True, slots=True)
class Checks:
    """agno, and where its tool leaves a line for each run."""

    bot: Subject
    ran: Path

    async def facts(self) -> AsyncIterator[tuple[str, str]]:
        """What was done, and what came of it."""
        yield "the same event twice", f"{await self._replies(same_id=True)} replies"
        yield "the same message twice, under two event ids", f"{await self._replies(same_id=False)} replies"
        yield "somebody else writes in a thread", f"the model is shown what was said: {await self._remembers()}"
        card = await self._card()
        shown = json.dumps(card["blocks"])
        yield f"a call whose reason has {len(REASON)} characters", f"its end is on the card: {REASON[-20:] in shown}"
        yield "a click of somebody who has nothing to do with it", await self._clicked(card, ["U0STRANGER"])
        yield "two Approve clicks at once", await self._clicked(await self._card(), ["U0ANN", "U0BEN"])
        card = await self._card()
        first = await self._clicked(card, ["U0ANN"])
        yield "Approve, and Approve again 1.5 s later", f"{first}, then {await self._clicked(card, ['U0ANN'])}"

    async def _replies(self, *, same_id: bool) -> int:
        self.bot.fakes.reset()
        made = event(people(1)[0], f"{time.time():.6f}", None, called=True)
        for number in range(2):
            sent = made if same_id else made | {"event_id": f"{made['event_id']}-{number}"}
            await self.bot.deliver(json.dumps(sent))
        await asyncio.sleep(AFTERWARDS)
        return sum("thread_ts" in each for each in self.bot.fakes.posts)

    async def _remembers(self) -> bool:
        one, other = people(2)
        first = await self.bot.turn(one)
        await asyncio.sleep(AFTERWARDS)
        self.bot.fakes.reset()
        await self.bot.turn(other, first.thread)
        return self.bot.fakes.requests[0] > len(ANSWER) + BARE

    async def _card(self) -> dict[str, Any]:
        """A card that asks for an approval."""
        self.bot.fakes.reset()
        self.bot.fakes.first = called("reset_password", {"user_id": "U-456", "reason": REASON})
        await self.bot.deliver(json.dumps(event(people(1)[0], f"{time.time():.6f}", None, called=True)))
        await asyncio.sleep(AFTERWARDS)
        self.bot.fakes.first = CALL
        return next(each for each in self.bot.fakes.posts if each.get("blocks"))

    async def _clicked(self, card: dict[str, Any], users: list[str]) -> str:
        """How often the tool ran."""
        before = self._runs()
        await asyncio.gather(*(self.bot.deliver(*_click(card, user)) for user in users))
        await asyncio.sleep(AFTERWARDS)
        return f"{self._runs() - before} run(s)"

    def _runs(self) -> int:
        return len(self.ran.read_text(encoding="utf-8").splitlines()) if self.ran.exists() else 0


def _click(card: dict[str, Any], user: str) -> tuple[str, str, str]:
    """A form with a press of the card's Approve, where it goes, and its kind."""
    (pressed,) = _buttons(card["blocks"], "row_approve")
    payload = {
        "type": "block_actions",
        "user": {"id": user},
        "team": {"id": TEAM},
        "channel": {"id": CHANNEL},
        "message": {"ts": "1.1", "thread_ts": card["thread_ts"], "blocks": card["blocks"]},
        "actions": [{**pressed, "type": "button"}],
    }
    form = urlencode({"payload": json.dumps(payload)})
    return form, "/slack/interactions", "application/x-www-form-urlencoded"


def _buttons(blocks: Any, action: str) -> list[dict[str, Any]]:
    """All elements with this action in the blocks, wherever they are."""
    if isinstance(blocks, list):
        return [found for each in blocks for found in _buttons(each, action)]
    if not isinstance(blocks, dict):
        return []
    inner = [found for each in blocks.values() for found in _buttons(each, action)]
    return [blocks, *inner] if blocks.get("action_id") == action else inner
