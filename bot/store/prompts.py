"""The versions of the prompt that were ever here, and which are rolled out. Nothing is changed or taken away: a
conversation that began with a version goes on with it, whatever was deployed since."""

import json
from collections.abc import Mapping
from dataclasses import asdict

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects.postgresql import insert

from bot.core.rollout import Rollout
from bot.errors import ConfigError
from bot.store import house
from bot.store.tables import prompts

#: the row of the house that says what is rolled out
_ROLLOUT = "prompts"

# statements are made once: making one takes ten times as long as running it
_ADD = insert(prompts).on_conflict_do_nothing()
_TEXT = select(prompts.c.text).where(prompts.c.version == bindparam("version"))
_ALL = select(prompts.c.version, prompts.c.added_at).order_by(prompts.c.added_at, prompts.c.version)


def add(connection: Connection, version: str, words: str, at: float) -> None:
    """Keep a version; `at` in seconds since the epoch. Raises ConfigError where it is here with other words."""
    connection.execute(_ADD, {"version": version, "text": words, "added_at": at})
    if text(connection, version) != words:
        raise ConfigError(f"The prompt {version} was changed since it was first used. Give the new one a new version.")


def add_all(connection: Connection, found: Mapping[str, str], at: float) -> None:
    """The same for several: version → words."""
    for version, words in found.items():
        add(connection, version, words, at)


def text(connection: Connection, version: str) -> str | None:
    """What a version says; None where it was never here."""
    found: str | None = connection.scalar(_TEXT, {"version": version})
    return found


def added(connection: Connection) -> dict[str, float]:
    """Every version, oldest first, and since when it is here, in seconds since the epoch."""
    return {row.version: row.added_at for row in connection.execute(_ALL)}


def rollout(connection: Connection) -> Rollout | None:
    """What is rolled out; None: nobody chose, so new conversations are led by the shipped prompt."""
    said = house.noted(connection, _ROLLOUT)
    return Rollout(**json.loads(said)) if said else None


def roll_out(connection: Connection, wanted: Rollout, at: float) -> None:
    """From the next turn on it is so; `at` in seconds since the epoch."""
    house.note(connection, _ROLLOUT, json.dumps(asdict(wanted)), None, at)
