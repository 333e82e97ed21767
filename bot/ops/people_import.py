"""The directory's people, brought in from a CSV file beside the running bot."""

from pathlib import Path
from typing import TextIO

from bot.errors import ConfigError
from bot.ops.beside import noted, opened
from bot.store.database import Alone
from tools.backends.people_file import BadPeopleError, read_people
from tools.backends.sql_people import import_people

DONE = "{0.added} people added, {0.known} brought up to date; {0.missing} were not in the file{1}."
TRIED = "It would do this, and nothing was changed: "


async def bring(database_url: str, file: Path, out: TextIO, *, remove_missing: bool, dry_run: bool) -> None:
    """Bring them in. Raises ConfigError before anything changes where the file cannot be understood."""
    try:
        found = read_people(file)
        async with opened(database_url) as database:
            counts = await import_people(Alone(database), found, remove_missing=remove_missing, dry_run=dry_run)
    except BadPeopleError as error:
        raise ConfigError(f"The people of the file cannot be brought in, so nothing was changed.\n{error}") from None
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}.") from None
    removed = " and are removed" if remove_missing else ""
    if not dry_run:
        noted("people brought in", added=str(counts.added), known=str(counts.known), missing=str(counts.missing))
    print((TRIED if dry_run else "") + DONE.format(counts, removed), file=out)
