"""Where a case is played: the whole bot in a local Slack of its own, on a database that is thrown away."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection

from bot.core.rollout import Rollout
from bot.eval.case import Article, Case
from bot.model.port import Model
from bot.playground.demo import playing, throwaway_key
from bot.playground.slack import LocalSlack
from bot.run.kit import Instructions
from bot.run.timers import due
from bot.store import prompts, schema
from bot.store.database import Database
from bot.wiring import Bot
from tools import TOOLS
from tools.backends.article_folder import SHIPPED
from tools.spec import Tool, ToolFailed

#: how often the bot is asked whether it is done, seconds
GLANCE = 0.02


class Clock:
    """The time of day, moved on by what a case lets pass."""

    def __init__(self, start: timedelta = timedelta()) -> None:
        self.passed = start

    def __call__(self) -> datetime:
        """Aware UTC."""
        return datetime.now(UTC) + self.passed


@dataclass(frozen=True, slots=True)
class Stage:
    """The local Slack and the bot in it."""

    slack: LocalSlack
    bot: Bot
    clock: Clock

    async def settle(self) -> None:
        """Wait until everything that arrived, and whose time has come, is dealt with and shown."""
        while self.slack.outbox.pending or not await self._rests():  # noqa: ASYNC110 -- rest is what the database says
            await asyncio.sleep(GLANCE)

    async def _rests(self) -> bool:
        now = self.clock().timestamp()
        return await self.bot.at_rest() and not await self.bot.database.run(lambda connection: due(connection, now))


@asynccontextmanager
async def empty_database(prompt: Instructions) -> AsyncIterator[Path]:
    """A database at the schema of this version, in which this prompt leads all conversations.

    It is to be copied: Alembic makes one at a time in a process.
    """
    with TemporaryDirectory() as folder:
        file = Path(folder) / "helpdesk.db"
        database = Database(f"sqlite:///{file}")
        try:
            await database.run(schema.upgrade)
            await database.run(lambda connection: _roll_out(connection, prompt))
        finally:
            database.close()
        yield file


def _roll_out(connection: Connection, prompt: Instructions) -> None:
    prompts.add(connection, prompt.version, prompt.text, 0)
    prompts.roll_out(connection, Rollout(active=prompt.version, before=prompt.version), 0)


@asynccontextmanager
async def stage(case: Case, model: Model, empty: Path, clock: Clock) -> AsyncIterator[Stage]:
    """The bot at work, with the case's articles and broken tools; `empty` is from empty_database."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(empty, folder / "helpdesk.db")
        changes: dict[str, Any] = {"now": clock, "tools": _tools(case)}
        if case.articles:
            changes["articles"] = _shelf(folder / "articles", case.articles)
        async with playing(folder, 0, model, throwaway_key(), keep_slack=False, **changes) as (slack, bot, _):
            slack.workspace.now = clock
            yield Stage(slack, bot, clock)


def _tools(case: Case) -> tuple[Tool, ...]:
    return tuple(_broken(each, case.broken[each.name]) if each.name in case.broken else each for each in TOOLS)


def _broken(tool: Tool, sentence: str) -> Tool:
    async def fails(**_: object) -> object:
        raise ToolFailed(sentence)

    return replace(tool, function=fails)


def _shelf(folder: Path, articles: tuple[Article, ...]) -> Path:
    """The shipped articles and these; nobody reviewed the folder, so what is read in it is not trusted."""
    shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    for number, each in enumerate(articles, 1):
        title, description = (" ".join(text.split()) for text in (each.title, each.description))
        front = f"title: {title}\ndescription: {description}\ntags: {title}\nupdated: 2026-01-01"
        (folder / f"of-the-case-{number}.md").write_text(f"---\n{front}\n---\n{each.text}\n", "utf-8")
    return folder
