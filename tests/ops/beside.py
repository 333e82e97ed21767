"""Commands beside the bot, run as people run them, on a database of their own."""

import asyncio
import io
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import NamedTuple, TypeVar

from sqlalchemy import Connection, insert, make_url

from bot.__main__ import main
from bot.store import schema
from bot.store.database import Database
from tests.logs import log_as_before
from tools.backends.tables import people

T = TypeVar("T")

#: id and name of who is in the directory
PEOPLE = (("U-123", "Alex Chen"), ("U-201", "Dana Kim"), ("U-456", "Sam Patel"))


class Told(NamedTuple):
    """What a command did."""

    code: int
    out: str
    #: the program's log among it
    err: str


class Desk:
    """A database, and the command line beside it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.database = Database(self.url)
        self.look(schema.upgrade)
        rows = [{"id": each, "name": name, "email": f"{each.lower()}@example.com"} for each, name in PEOPLE]
        self.look(lambda connection: connection.execute(insert(people), rows))

    def look(self, work: Callable[[Connection], T]) -> T:
        """What `work` gives, in one transaction."""
        return asyncio.run(self.database.run(work))

    def run(self, *words: object) -> Told:
        """`helpdesk …` with this database."""
        return command(*words, "--database-url", self.url)


class Terminal(io.StringIO):
    """Where somebody reads what is printed."""

    def isatty(self) -> bool:
        return True


def command(*words: object, err: io.StringIO | None = None) -> Told:
    """`helpdesk …`; what it says beside its answer goes to `err`."""
    out, err = io.StringIO(), err or io.StringIO()
    with apart(words) as open_words, log_as_before(), redirect_stdout(out), redirect_stderr(err):
        try:
            code = main(open_words)
        except SystemExit as ended:  # how argparse ends
            code = int(ended.code or 0)
    return Told(code, out.getvalue(), err.getvalue())


@contextmanager
def apart(words: Sequence[object]) -> Iterator[list[str]]:
    """The words of a command; the address of a database with a password is in the environment while it runs."""
    kept, before = [*map(str, words)], os.environ.get("DATABASE_URL")
    if "--database-url" not in kept or not make_url(kept[kept.index("--database-url") + 1]).password:
        yield kept
        return
    at = kept.index("--database-url")
    os.environ["DATABASE_URL"] = kept[at + 1]
    try:
        yield kept[:at] + kept[at + 2 :]
    finally:
        del os.environ["DATABASE_URL"]
        if before is not None:
            os.environ["DATABASE_URL"] = before
