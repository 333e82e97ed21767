"""Requests and tickets as people find them in lists and below answers: in a line or two."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from bot.core.items import TERMINAL, in_slack
from bot.core.links import is_address
from bot.core.made import Made
from bot.core.permalink import permalink
from bot.core.words import moment
from bot.slack.parts import title
from bot.slack.text import label, link
from bot.store import lists
from bot.store.lists import Listed
from tools.backends.tickets import Ticket

#: how long closed requests are shown to whoever asked
SHOWN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Requests:
    """What waits for somebody, and what they asked for."""

    waiting: list[Listed]
    #: how many more wait
    left: int
    asked: list[Listed]


def requests_of(connection: Connection, user: str, now: datetime, most: int) -> Requests:
    """The person's, at most so many of each."""
    waiting, in_all = lists.waiting_for(connection, user, most)
    asked = lists.asked_by(connection, user, (now - SHOWN).timestamp(), most)
    return Requests(waiting, in_all - len(waiting), asked)


def request(row: Listed, now: datetime, workspace_url: str) -> str:
    """What was asked for, and how it stands."""
    request = row.version.request
    parts = [f"*{title(request).capitalize()}*"]
    parts += [f"for {label(request.subject.name)}"] if request.subject else []
    parts += [f"· {label(request.resource.kind)} {label(request.resource.name)}"] if request.resource else []
    _, channel, thread = row.version.conversation.split(":")
    there = workspace_url and not channel.startswith("D") and in_slack(channel)
    parts += ["· from a command line"] if channel == TERMINAL else []
    way = f" · {link(permalink(workspace_url, channel, thread, thread), 'thread')}" if there else ""
    return f"{' '.join(parts)}\n{_state(row, now)}{way}"


def _state(row: Listed, now: datetime) -> str:
    age = f"asked by <@{row.version.request.requester}> {_ago(now.timestamp() - row.opened_at)}"
    if row.verdict is None:
        return f"waiting for approval · {age} · expires {moment(datetime.fromtimestamp(row.expires_at, UTC))}"
    by = f" by <@{row.closed_by}>" if row.closed_by else ""
    return f"{row.verdict}{by} · {age}"


def _ago(seconds: float) -> str:
    """Such as "3 h ago"."""
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{int(seconds // length)} {unit} ago"
    return "just now"


def ticket(each: Ticket, now: datetime) -> str:
    """Which ticket, how it stands, and where it came from."""
    status, changed = each.status.replace("_", " "), _ago((now - each.updated_at).total_seconds())
    thread = f" · {link(each.thread, 'thread')}" if each.thread and is_address(each.thread) else ""
    name = linked(each.id, each.url if each.url and is_address(each.url) else None)
    return f"*{name}* {label(each.title)}\n{status} · priority {each.priority} · changed {changed}{thread}"


def opened(tickets: Iterable[Made]) -> str:
    """Below an answer that does not name the tickets that were made for it."""
    return f":ticket: Opened: {' · '.join(linked(each.ticket, each.url) for each in tickets)}"


def linked(ticket: str, url: str | None) -> str:
    """The ticket's number, which leads to its page where it has one."""
    return link(url, label(ticket)) if url else label(ticket)
