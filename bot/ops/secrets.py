"""`helpdesk secrets rotate`: what the key of before sealed and signed is sealed and signed with the one of now.

Promise: it says that the key of before can go only where nothing needs it any more.
"""

from functools import partial
from typing import Any, TextIO

from pydantic import SecretStr

from bot.errors import HelpdeskError
from bot.ops.audit.plain import plain
from bot.ops.beside import noted, opened
from bot.store import rotation
from bot.store.database import Database
from bot.store.rotation import Count, Kept

#: of what none of the keys opens, how much is named
MAX_TOLD = 20

DONE = (
    "All of it is made with HELPDESK_SECRET_KEY. When every process has this key, and every file of checkpoints was\n"
    "written once since then, HELPDESK_SECRET_KEY_PREVIOUS is needed no more."
)
LOST = "{count} {what} were made with neither HELPDESK_SECRET_KEY nor HELPDESK_SECRET_KEY_PREVIOUS: {named}"


async def rotate(database_url: str, key: SecretStr, out: TextIO) -> None:
    """Do it, and say how much of what. Raises ConfigError, and HelpdeskError where some was made with neither key."""
    wrong = []
    async with opened(database_url) as database:
        for each in rotation.kept(key):
            count = await _all(database, each)
            if count.renewed:
                noted("made with the new key", **{each.what: str(count.renewed)})
            print(f"{each.what.capitalize()}: {count.all}, of which made anew: {count.renewed}", file=out)
            if count.lost:
                named = ", ".join(map(plain, count.lost[:MAX_TOLD])) + (", …" if len(count.lost) > MAX_TOLD else "")
                wrong.append(LOST.format(count=len(count.lost), what=each.what, named=named))
    if wrong:
        raise HelpdeskError("\n".join(wrong))
    print(DONE, file=out)


async def _all(database: Database, each: Kept) -> Count:
    count, after = Count(), None
    while True:
        found: tuple[Count, tuple[Any, ...] | None] = await database.run(
            partial(rotation.renew, each=each, after=after), durable=True
        )
        count.add(found[0])
        if (after := found[1]) is None:
            return count
