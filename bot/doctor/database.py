"""The database: its schema, whether somebody works on it, and whether Slack was heard lately."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, func, make_url, select

from bot.config import Settings
from bot.doctor.findings import Finding, good, warning, wrong
from bot.errors import HelpdeskError
from bot.ops.beside import opened
from bot.store import gauges
from bot.store.gauges import Gauges
from bot.store.tables import inbox

ABOUT = "database"

#: who heard nothing for so long is asked to look, days; and what waits for so long is stuck, seconds
QUIET_DAYS, STUCK = 7, 300.0

_DAY = 86_400.0


async def look(settings: Settings, now: datetime) -> AsyncIterator[Finding]:
    """What its rows say."""

    def read(connection: Connection) -> tuple[Gauges, float | None]:
        return gauges.read(connection, now.timestamp()), connection.scalar(select(func.max(inbox.c.received_at)))

    if new := _to_be_made(settings):
        fix = "Start the bot; or mend DATABASE_URL, where it worked before."
        yield warning(ABOUT, f"There is no {new} yet.", "Everything will be kept there.", fix)
        return
    try:
        async with opened(settings.database_url.get_secret_value()) as database:
            found, heard = await database.run(read)
            name = database.name
    except HelpdeskError as error:
        fix = "Mend DATABASE_URL; or start the bot, which brings an older schema up to date."
        yield wrong(ABOUT, str(error), "Everything is kept there.", fix)
        return
    yield good(ABOUT, f"{name} answers, and its schema is that of this version.")
    for each in (*_working(found), *_heard(heard, now)):
        yield each


def sqlite_file(settings: Settings) -> Path | None:
    """Where SQLite keeps everything, or will from the first start on; None: it is not SQLite."""
    url = make_url(settings.database_url.get_secret_value())
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def _to_be_made(settings: Settings) -> Path | None:
    file = sqlite_file(settings)
    return file if file and not file.exists() else None


def _working(found: Gauges) -> Iterator[Finding]:
    if found.workers == 0:
        why = "What is heard is kept, and nobody works on it."
        yield warning(ABOUT, "No worker is running.", why, "Start helpdesk worker, or helpdesk run.")
    if found.inbox.age > STUCK:
        why = f"The oldest of {found.inbox.number} messages and clicks waits for {found.inbox.age / 60:.0f} minutes."
        yield warning(ABOUT, "What was heard is not taken up.", why, "Start the bot, or look for errors in its log.")
    if found.frozen:
        why = "An approver, or somebody at the command line, stopped it."
        yield warning(ABOUT, "Everything above low risk stands still.", why, "To go on: helpdesk unfreeze")


def _heard(last: float | None, now: datetime) -> Iterator[Finding]:
    fix = (
        "Mention the bot. If it stays silent: paste manifest.yml into the app's manifest again, and by HTTP check the "
        "Request URL under Event Subscriptions and Interactivity."
    )
    days = (now.timestamp() - last) / _DAY if last else None
    if days is None or days > QUIET_DAYS:
        since = f"for {days:.0f} days" if days else "yet"
        yield warning(ABOUT, f"Nothing was heard from Slack {since}.", "Events may not reach the bot.", fix)
    else:
        yield good(ABOUT, "Slack was heard lately.")
