"""A person with words wherever any are kept, a model that repeats whatever it reads, and a look at all bytes."""

import asyncio
import contextlib
import json
import re
import sqlite3
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import Connection, text
from sqlalchemy import inspect as reflected

from bot.core.exchange import Answered, Called, Output, Prompt, Reply, Said
from bot.model.port import Hear, unheard
from bot.store import authenticators
from tests.fakes.model import call, say
from tests.ops.beside import Told, command
from tests.rig import CHANNEL, KEY, Helpdesk
from tests.slack import filing
from tests.slack.dialogs import cards
from tests.slack.test_feedback import answer, vote

_CALL = re.compile(r"CALL (\w+) (\{.*\})")

#: what names Alex, and what Alex planted where
NAMES = ("Alex Chen", "alex.chen@example.com", "+49 170 5550101")
PLANTED = (
    "zqmessage", "zqedited", "zqreason", "zqticket", "zqnote", "zqmemory", "zqfile", "zqfilename", "zqquoted",
    "zqearlier", "zqobjection", "zqhandover", "zqpicture",
)  # fmt: skip
#: what others wrote
OTHERS = ("qzsam", "qzdana", "qzmaria")


class Parrot:
    """Calls what it is told to; else it says again all that it was shown."""

    name = "parrot"

    def __init__(self) -> None:
        self.prompts: list[Prompt] = []

    async def reply(self, prompt: Prompt, hear: Hear = unheard) -> Reply:
        self.prompts.append(prompt)
        last = prompt.items[-1]
        wanted = _CALL.search(last.text) if isinstance(last, Said) else None
        if wanted and prompt.may_call:
            return call(wanted[1], **json.loads(wanted[2]))
        told = [each.text for each in prompt.items if isinstance(each, Said | Output | Answered)]
        told += [each.arguments for each in prompt.items if isinstance(each, Called)]
        hear(words := " / ".join(told)[-1500:])
        return say(words)


async def said(desk: Helpdesk, user: str, words: str, thread: str | None = None, channel: str = CHANNEL) -> str:
    found = await desk.say(user, words, thread, channel)
    await desk.settle()
    return found


def asks(tool: str, **arguments: object) -> str:
    """What makes the parrot call."""
    return f"CALL {tool} {json.dumps(arguments)}"


async def story(desk: Helpdesk) -> str:
    """All of it; the thread that Sam has with Alex."""
    shared = await said(desk, "U0ALEX", f"zqmessage, I am Alex Chen, call me at {NAMES[2]}")
    await desk.slack.edit("U0ALEX", CHANNEL, shared, "<@U0BOT> zqedited")
    await said(desk, "U0SAM", "qzsam: me, too", shared)
    grant = {"user_id": "U-123", "group": "finance-reports", "duration_hours": 1, "reason": "zqreason"}
    await _denied(desk, await said(desk, "U0ALEX", asks("grant_access", **grant)))
    direct = desk.slack.dm("U0ALEX")
    for words in (
        asks("remember", fact="zqmemory"),
        asks("create_ticket", title="zqticket", description="zqticket", priority="low"),
        asks("update_ticket", ticket_id="T-1001", note="zqnote"),
        asks("escalate_to_human", summary="zqhandover"),
        asks("lookup_user", user_id="U-123"),
    ):
        await said(desk, "U0ALEX", words, channel=direct)
    await filing.send(desk, filing.text("zqfile", "zqfilename.log"), filing.picture(filing.PNG + b"zqpicture"))
    await desk.settle()
    await _others(desk)
    voted = answer(desk, shared)
    await desk.slack.click("U0ALEX", CHANNEL, voted.ts, "feedback", value=vote(voted, "good"))
    await desk.settle()
    seal = authenticators.seal_of(KEY)
    seed = SecretStr("JBSWY3DPEHPK3PXP")
    await desk.bot.database.run(lambda c: authenticators.enroll(c, "U0ALEX", seed, seal, 1.0))
    return shared


async def _denied(desk: Helpdesk, thread: str) -> None:
    await desk.deny("U0DANA", desk.card(thread), "qzdana: no")
    await desk.settle()


async def _others(desk: Helpdesk) -> None:
    """What others do with Alex: ask something about them, quote them, call the bot into their thread."""
    thread = await said(desk, "U0MARIA", "qzmaria: " + asks("reset_password", user_id="U-123"))
    (own,) = cards(desk, desk.slack.dm("U0ALEX"))[-1:]
    await desk.deny("U0ALEX", own, "zqobjection")
    await desk.settle()
    assert "close" in await desk.kinds(thread)
    root = await desk.slack.say("U0ALEX", CHANNEL, "zqearlier")
    await said(desk, "U0SAM", "<@U0BOT> what does that mean?", root)
    quoted = await desk.slack.say("U0ALEX", CHANNEL, "zqquoted")
    await desk.slack.shortcut("U0SAM", CHANNEL, quoted, "ask_helpdesk")
    await desk.slack.submit("U0SAM", desk.slack.views("U0SAM")[-1].id, {"question": "What is that?"})
    await desk.settle()


async def privacy(desk: Helpdesk, *words: object) -> Told:
    """`helpdesk privacy …`, beside the bot."""
    return await asyncio.to_thread(command, "privacy", *words, "--database-url", desk.bot.database.address)


async def everything(desk: Helpdesk) -> dict[str, str]:
    """Each column of each table that is really there, as one text."""
    return await desk.bot.database.run(_columns)


def _columns(connection: Connection) -> dict[str, str]:
    found: dict[str, str] = {}
    for table in reflected(connection).get_table_names():
        rows = connection.execute(text(f'SELECT * FROM "{table}"')).mappings().all()  # noqa: S608 -- a table's name
        for row in rows:
            for name, value in row.items():
                read = bytes(value).decode("utf-8", "replace") if isinstance(value, bytes | memoryview) else str(value)
                found[f"{table}.{name}"] = found.get(f"{table}.{name}", "") + read + "\n"
    return found


def holding(found: dict[str, str], words: tuple[str, ...]) -> set[tuple[str, str]]:
    """Which word is in which column."""
    return {(word, column) for column, value in found.items() for word in words if word.lower() in value.lower()}


def in_the_file(folder: Path, words: tuple[str, ...]) -> set[str]:
    """Which of the words are in the bytes of SQLite's files, once its free pages are gone; the bot must not run."""
    with contextlib.closing(sqlite3.connect(folder / "helpdesk.db")) as file:
        file.execute("VACUUM")
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    read = b"".join(each.read_bytes() for each in folder.glob("helpdesk.db*"))
    return {word for word in words if word.encode().lower() in read.lower()}
