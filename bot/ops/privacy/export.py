"""`helpdesk privacy export`: all that is kept about a person as JSON lines, of one state of the database.

Secrets are left out: seeds, hashes of links, what is sealed. So are other people's words; see talk.py.
"""

import base64
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import Connection, or_, select, text

from bot.errors import ConfigError
from bot.ops.audit.chain import Record
from bot.ops.audit.reading import COLUMNS, reading
from bot.ops.beside import noted
from bot.ops.privacy.person import known, met
from bot.ops.privacy.talk import Line, Mask, Talk
from bot.store import persons
from bot.store.mentions import listed
from bot.store.persons import Somebody
from bot.store.reader import Reader
from bot.store.resting import page
from bot.store.tables import (
    api_tokens,
    attachments,
    authenticators,
    endings,
    house,
    inbox,
    leavers,
    log,
    people_links,
    requests,
    starts,
    token_usage,
    tool_usage,
    turns,
    usage,
)
from tools.backends.directory import Directory
from tools.backends.sql_kept import kept
from tools.backends.tables import people

_RECORDS = text(f"SELECT {COLUMNS} FROM log WHERE conversation = :conversation ORDER BY seq")  # noqa: S608 -- our words

_STREAMED = {"stream_results": True}


async def export(database_url: str, named: str, file: Path | None, elsewhere: Directory | None = None) -> None:
    """Write it to the file, which only its owner can read; None: to standard output.

    Raises ConfigError, and HelpdeskError where the file is there already, cannot be written, or nobody knows who it is.
    """
    with _opened(file) as out:
        async with reading(database_url) as reader:
            who = await known(reader, named, elsewhere=elsewhere)
            await reader.run(lambda connection: _write(out, _tables(connection, who)))
            mask = await _mask(reader, who, elsewhere)
            ids = [""]
            while ids := [*await reader.run(partial(page, after=ids[-1]))]:
                await reader.run(lambda connection, ids=ids: _write(out, _talks(connection, who, mask, ids)))  # type: ignore[misc]
    noted("person exported", who=", ".join(who.ids))


@contextmanager
def _opened(file: Path | None) -> Iterator[TextIO]:
    if file is None:
        yield sys.stdout
        return
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:
            yield opened
    except FileExistsError:
        raise ConfigError(f"{file} is there already. Name a file that is not there yet.") from None
    except OSError as error:
        raise ConfigError(f"{file} cannot be written: {error.strerror}.") from None


def _write(out: TextIO, lines: Iterator[Line]) -> None:
    out.writelines(json.dumps(line, ensure_ascii=False, default=_plain) + "\n" for line in lines)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime | date) else str(value)


async def _mask(reader: Reader, who: Somebody, elsewhere: Directory | None) -> Mask:
    """Over everybody else in the embedded directory, and of another one over those whom the bot met last."""
    others = await reader.run(_others)
    others += await met(reader, elsewhere) if elsewhere else []
    return Mask((record, word) for record, *words in others if record != who.record for word in words)


def _others(connection: Connection) -> list[tuple[str, str, str]]:
    return [
        (row.id, row.name, row.email) for row in connection.execute(select(people.c.id, people.c.name, people.c.email))
    ]


def _tables(connection: Connection, who: Somebody) -> Iterator[Line]:
    yield {"about": "ids", "slack_users": who.users, "record": who.record}
    for about, values in kept(connection, who.users, who.record):
        yield {"about": about, **values}
    mine: dict[str, tuple[Any, Any, set[str]]] = {
        "link": (people_links, people_links.c.slack_user.in_(who.users), set()),
        "authenticator": (authenticators, authenticators.c.slack_user.in_(who.users), {"seed", "last_step"}),
        "token": (api_tokens, api_tokens.c.owner.in_(who.users), {"digest", "acts_for"}),
        "token_in_their_name": (api_tokens, listed(api_tokens.c.acts_for, who.ids), {"digest", "acts_for"}),
        "token_used": (token_usage, persons.signed_in(who.users), set()),
        "turn": (turns, turns.c.author.in_(who.users), {"id"}),
        "model_used": (usage, usage.c.principal.in_(who.users), set()),
        "tool_used": (tool_usage, tool_usage.c.principal.in_(who.users), set()),
        "started": (starts, or_(starts.c.requester.in_(who.users), starts.c.subject == who.record), set()),
        "still_to_end": (endings, endings.c.person == who.record, set()),
        "switched": (house, house.c.actor.in_(who.users), set()),
        "left": (leavers, leavers.c.slack_user.in_(who.users), set()),
    }
    for name_of, (table, where, secret) in mine.items():
        for row in connection.execute(select(table).where(where), execution_options=_STREAMED):
            yield {"about": name_of, **{name: value for name, value in row._asdict().items() if name not in secret}}
    yield from _requests(connection, who)
    yield from _pictures(connection, who)
    yield from _waiting(connection, who)


def _requests(connection: Connection, who: Somebody) -> Iterator[Line]:
    """What they asked for, were asked to decide, decided, or is about them."""
    here = requests.c
    asked = [
        column.contains(f'"{user}"', autoescape=True) for user in who.users for column in (here.approvers, here.voted)
    ]
    about = [here.touches.startswith(f'["{who.record}",', autoescape=True)] if who.record else []
    where = or_(here.requester.in_(who.users), here.closed_by.in_(who.users), *asked, *about)
    for row in connection.execute(select(requests).where(where), execution_options=_STREAMED):
        shown = {
            name: row._asdict()[name] for name in ("conversation", "number", "version", "tool", "opened_at", "verdict")
        }
        roles = {
            "requester": row.requester in who.users,
            "asked": any(f'"{user}"' in row.approvers for user in who.users),
            "approved": any(f'"{user}"' in row.voted for user in who.users),
            "closed": row.closed_by in who.users,
            "subject": bool(about) and row.touches.startswith(f'["{who.record}",'),
        }
        reason = {"reason": row.reason} if row.closed_by in who.users else {}
        yield {"about": "request_listed", **shown, "roles": [role for role, so in roles.items() if so], **reason}


def _pictures(connection: Connection, who: Somebody) -> Iterator[Line]:
    there = (log.c.conversation == attachments.c.conversation) & (log.c.seq == attachments.c.seq)
    mine = select(attachments).join(log, there).where(log.c.actor.in_(who.users))
    for row in connection.execute(mine, execution_options=_STREAMED | {"yield_per": 1}):
        body = base64.b64encode(row.body).decode()
        yield {
            "about": "picture",
            "conversation": row.conversation,
            "item": row.seq,
            "sha256": row.sha256,
            "base64": body,
        }


def _waiting(connection: Connection, who: Somebody) -> Iterator[Line]:
    mine = [inbox.c.body.contains(f'"author":"{user}"', autoescape=True) for user in who.users]
    if mine:
        rows = select(inbox.c.conversation, inbox.c.body).where(inbox.c.body.is_not(None), or_(*mine))
        for row in connection.execute(rows, execution_options=_STREAMED):
            yield {"about": "waiting", "conversation": row.conversation, "text": json.loads(row.body).get("text")}


def _talks(connection: Connection, who: Somebody, mask: Mask, ids: list[str]) -> Iterator[Line]:
    """What the log holds of them in these conversations."""
    for conversation in persons.places(connection, who, ids):
        talk = Talk(who, mask)
        for row in connection.execute(_RECORDS, {"conversation": conversation}, execution_options=_STREAMED):
            yield from talk.read(Record(*row))
