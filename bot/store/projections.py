"""Tables computed from the log, written in the commit of the append: turns (turns.py), requests (requests.py), how
things are in the house (house.py), usage (usage.py).

Each can be thrown away and made again from the log: `project` over all entries gives the same rows.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from bot.core import items
from bot.core.items import Entry
from bot.core.known import TurnKnown
from bot.core.thread import Thread
from bot.store import attachments, house, requests, turns, usage


def project(connection: Connection, conversation: str, entries: Sequence[Entry], thread: Thread) -> None:
    """Bring the tables up to the entries; `thread` is the fold behind the last of them."""
    for entry in entries:
        match entry.item:
            case items.UserMessage(joins=None) as message:
                token = message.sent.token if message.sent else None
                turns.begin(connection, conversation, entry.seq, message.author, entry.at.timestamp(), token)
            case items.Facts(ref=turn, known=TurnKnown(refusal=str())):
                turns.refuse(connection, conversation, turn)
            case items.Rebase(since=since):
                attachments.leave_out(connection, conversation, since)
        requests.project(connection, conversation, entry, thread)
        house.project(connection, conversation, entry)
    usage.project(connection, conversation, entries, thread)
