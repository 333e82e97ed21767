"""One case, played: people write and press as it says, the bot works, and after each step what came is held against it.

Promise: a case ends within its time limit, and what went wrong in playing it is a sentence like any other.
"""

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path

from bot.core import items
from bot.core.items import Entry
from bot.errors import HelpdeskError
from bot.eval.case import Case, Step
from bot.eval.checks import check
from bot.eval.fields import PEOPLE
from bot.eval.happened import Happened, happened
from bot.eval.stage import Clock, Stage, stage
from bot.eval.transcript import told
from bot.eval.watch import Snapshot, button, feedback, news, snapshot
from bot.model.port import Model
from bot.playground.errors import ApiError, Unseen
from bot.playground.messages import Message
from bot.playground.seed import BOT_USER_ID, TEAM_ID
from bot.store import log

#: where people talk, unless they talk with the bot alone
CHANNEL = "C0IT"


class Unplayable(Exception):
    """A step that nobody could take; the message says why."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a step and a case may take, seconds."""

    step: float = 120.0
    case: float = 600.0


@dataclass(slots=True)
class Played:
    """What came of a case: `problems` is empty where all is as it must be."""

    problems: list[str] = field(default_factory=list)
    transcript: list[str] = field(default_factory=list)
    #: calls of tools
    calls: int = 0
    seconds: float = 0.0


async def play(case: Case, model: Model, empty: Path, limits: Limits, clock: Clock) -> Played:
    """Play it with this model; `empty` is from stage.empty_database."""
    played, began = Played(), time.monotonic()
    try:
        async with asyncio.timeout(limits.case), stage(case, model, empty, clock) as made:
            await _Play(case, made, played, limits).run()
    except HelpdeskError as error:
        played.problems.append(f"The bot did not start: {error}")
    except TimeoutError:
        played.problems.append(f"The case took longer than {limits.case:g} seconds.")
    played.seconds = time.monotonic() - began
    return played


class _Play:
    def __init__(self, case: Case, made: Stage, played: Played, limits: Limits) -> None:
        self._case, self._stage, self._played, self._limits = case, made, played, limits
        self._slack = made.slack
        #: channel and ts, once it has begun
        self._thread: tuple[str, str] | None = None

    async def run(self) -> None:
        before: Snapshot = {}
        for number, step in enumerate(self._case.steps, 1):
            since = len(await self._log())
            if not await self._taken(number, step):
                return
            now = snapshot(self._slack, self._thread)
            came = happened(await self._log(), since, news(before, now))
            self._played.transcript += told(step, came)
            self._played.problems += (f"Step {number}: {each}" for each in check(step.then, came))
            before = now
        whole = happened(await self._log(), 0, [*snapshot(self._slack, self._thread).values()])
        self._played.calls = len(whole.calls)
        self._played.problems += check(self._case.expect, whole)

    async def _taken(self, number: int, step: Step) -> bool:
        """Whether the step could be taken, and the bot was done with it in time."""
        try:
            async with asyncio.timeout(self._limits.step):
                await self._take(step)
                await self._stage.settle()
        except (Unplayable, Unseen, ApiError) as error:
            self._failed(number, step, f"nobody could do that: {error}")
        except TimeoutError:
            self._failed(number, step, f"the bot was not done after {self._limits.step:g} seconds")
        else:
            return True
        return False

    def _failed(self, number: int, step: Step, why: str) -> None:
        self._played.transcript += told(step, Happened())
        self._played.problems.append(f"Step {number}: {why}.")

    # ── what people do ──

    async def _take(self, step: Step) -> None:
        user = PEOPLE.get(step.who or "", "")
        if step.after is not None:
            self._stage.clock.passed += step.after
        elif step.about is not None:
            await self._ask_about(user, step)
        elif step.says is not None:
            await self._say(user, step, step.says)
        elif step.edits is not None:
            await self._slack.edit(user, *self._own(user), _typed(step.edits))
        elif step.deletes:
            await self._slack.delete(user, *self._own(user))
        elif step.presses == "human":
            found = self._find(user, "human", None, "Get a human")
            await self._slack.click(user, found.channel, found.ts, "human")
        elif step.presses in ("good", "bad"):
            found = self._find(user, "feedback", None, "Solved?")
            await self._slack.click(user, found.channel, found.ts, "feedback", value=feedback(found, step.presses))
        else:
            await self._decide(user, step)

    async def _say(self, user: str, step: Step, text: str) -> None:
        direct = self._case.where == "direct"
        channel, thread = self._thread or (self._slack.dm(user) if direct else CHANNEL, None)
        mention = step.mention if step.mention is not None else not (thread or direct)
        typed = _typed(text)
        ts = await self._slack.say(user, channel, f"<@{BOT_USER_ID}> {typed}" if mention else typed, thread)
        self._thread = self._thread or (channel, ts)

    async def _ask_about(self, user: str, step: Step) -> None:
        """As people do with Ask helpdesk: the answer comes in their direct messages."""
        assert step.about
        ts = await self._slack.say(PEOPLE[step.about.who], CHANNEL, _typed(step.about.said))
        await self._slack.shortcut(user, CHANNEL, ts, "ask_helpdesk")
        form = self._slack.views(user)[-1]
        if errors := await self._slack.submit(user, form.id, {"question": step.says}):
            raise Unplayable(f"the form said: {', '.join(errors.values())}")
        direct = self._slack.dm(user)
        self._thread = direct, self._slack.messages(direct)[-1].root

    def _own(self, user: str) -> tuple[str, str]:
        own = [each for each in self._slack.thread(*self._thread or ("", "")) if each.user == user]
        if not own:
            raise Unplayable("there is no message of theirs in the thread")
        return own[-1].channel, own[-1].ts

    async def _decide(self, user: str, step: Step) -> None:
        """Press a button of the newest card of the tool, and say why where a form asks."""
        made = [entry.item for entry in await self._log() if isinstance(entry.item, items.Request)]
        cards = [each for each in made if each.tool == step.tool]
        if not cards:
            raise Unplayable(f"nobody was asked about {step.tool}, so there is no card")
        action, version = f"approval.{step.presses}", cards[-1].id
        found = self._find(user, action, version, f"{step.presses} for {step.tool}")
        await self._slack.click(user, found.channel, found.ts, action, value=version)
        for form in self._slack.views(user)[-1:]:
            if step.reason and "submit" in form.payload:
                await self._slack.submit(user, form.id, {"reason": step.reason})

    def _find(self, user: str, action: str, value: str | None, called: str) -> Message:
        """The newest message with this button, preferably where the thread is."""
        found = button(self._slack, user, action, value, self._thread[0] if self._thread else CHANNEL)
        if found is None:
            raise Unplayable(f"they see no button {called}")
        return found

    async def _log(self) -> list[Entry]:
        if self._thread is None:
            return []
        conversation = ":".join((TEAM_ID, *self._thread))
        return await self._stage.bot.database.run(lambda connection: log.read(connection, conversation))


def _typed(text: str) -> str:
    """As Slack sends what people type."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
