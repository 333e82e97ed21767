"""What tests about people's talk share: a model that thinks for as long as it should, and all that is stored."""

import asyncio
import io

from sqlalchemy import Connection, select

from bot.core.exchange import Prompt, Reply
from bot.model.port import Hear, unheard
from bot.ops.audit.findings import Pinned
from bot.ops.audit.verify import verified
from bot.run.kit import utc_now
from bot.store.tables import METADATA
from tests.fakes.model import Scripted, ScriptedModel
from tests.rig import CHANNEL, Helpdesk


class Thinking(ScriptedModel):
    """Says nothing before it is let go; `asked` is set once somebody waits for it."""

    def __init__(self, replies: list[Scripted]) -> None:
        super().__init__(replies)
        self.asked = asyncio.Event()
        self.go = asyncio.Event()
        #: how many requests nobody waited for any longer
        self.cancelled = 0

    async def reply(self, prompt: Prompt, hear: Hear = unheard) -> Reply:
        self.asked.set()
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return await super().reply(prompt, hear)


def _everything(connection: Connection) -> str:
    # a row's own repr leaves out the middle of long texts
    return "".join(str([tuple(row) for row in connection.execute(select(table))]) for table in METADATA.sorted_tables)


async def stored(desk: Helpdesk) -> str:
    """All rows of all tables, as one text."""
    return await desk.bot.database.run(_everything)


async def edited(desk: Helpdesk, user: str, ts: str, text: str, channel: str = CHANNEL) -> None:
    """The person edits their message, and the bot has taken it up."""
    await desk.slack.edit(user, channel, ts, text)
    await desk.settle()


async def deleted(desk: Helpdesk, user: str, ts: str, channel: str = CHANNEL) -> None:
    """The person deletes their message, and the bot has taken it up."""
    await desk.slack.delete(user, channel, ts)
    await desk.settle()


def last(desk: Helpdesk, thread: str, channel: str = CHANNEL) -> str:
    """The ts of the newest message in the thread."""
    return desk.slack.thread(channel, thread)[-1].ts


async def whole(desk: Helpdesk) -> str:
    """What `helpdesk audit verify` says, which must be that all is as it was written."""
    said = io.StringIO()
    assert await verified(desk.bot.database.address, None, Pinned(None, None, utc_now()), said), said.getvalue()
    return said.getvalue()
