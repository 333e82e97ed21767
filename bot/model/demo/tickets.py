"""Tickets in the demo model: what a message asks for, and what is told of them."""

from collections.abc import Mapping
from typing import Any

from bot.model.demo import phrases
from bot.model.demo.clause import Clause, Wish
from bot.model.demo.record import Deed, Record, Words, first, mappings

#: tickets named in one answer
_MOST = 20


def opened(text: str, words: Words, record: Record) -> Wish:
    """A new ticket about what the text says, or what was said before it."""
    found = phrases.TICKET_ABOUT.search(text)
    about = found[1].strip(" .!?") if found else ""
    if not about or about.lower() in ("it", "this", "that"):
        troubles = [each.text for each in record.words if each.place <= words.place and phrases.TOPIC.search(each.text)]
        about = phrases.NEW_TICKET.sub("", troubles[-1]).strip(" .!?") if troubles else ""
    if not about:
        return Wish(ask="What shall the ticket say? One sentence about the problem is enough.")
    urgent = phrases.URGENT.search(words.text)
    return Wish(
        "create_ticket",
        {"title": about[:80], "description": about[:2_000], "priority": "urgent" if urgent else "normal"},
    )


def read(clause: Clause) -> Wish:
    """Look at the ticket that it names."""
    return Wish("get_ticket", {"ticket_id": _number(clause)})


def mine(_: Clause) -> Wish:
    """List them."""
    return Wish("list_my_tickets")


def closed(clause: Clause) -> Wish:
    """Close it."""
    return Wish("update_ticket", {"ticket_id": _number(clause), "status": "closed"})


def noted(clause: Clause) -> Wish | None:
    """Write a note; None where the clause says nothing to be noted."""
    found = phrases.NOTE_TICKET.search(clause.text)
    said = found[1].strip() if found else ""
    return Wish("update_ticket", {"ticket_id": _number(clause), "note": said[:2_000]}) if said else None


def shared(clause: Clause) -> Wish:
    """Have somebody follow it."""
    person = phrases.PERSON.search(clause.text)
    if not person:
        return Wish(ask="Who shall follow the ticket? Please give me the id (U-…).")
    return Wish("share_ticket", {"ticket_id": _number(clause), "user_id": person[0].upper()})


def told(deed: Deed) -> str:
    """What is said of a call about tickets; "" where it says nothing of any."""
    if not isinstance(deed.result, Mapping):
        return ""
    if deed.tool == "list_my_tickets":
        lines = [f"- {_line(each)}" for each in mappings(deed.result.get("tickets"))[:_MOST]]
        more = ["- and older ones"] if deed.result.get("more") is True else []
        return "\n".join(["Your open tickets:", *lines, *more]) if lines else "You have no open tickets."
    found = deed.result
    did = {"create_ticket": "I opened ticket", "share_ticket": f"{deed.arguments.get('user_id')} follows ticket"}
    notes = [f"- {first(each, 'author')}: {first(each, 'text')}" for each in mappings(found.get("notes"))[-_MOST:]]
    written = [text for text in (first(found, "description"), *notes) if text]
    return "\n".join([f"{did.get(deed.tool, 'Ticket')} {_line(found)}.", *written])


def _line(found: Mapping[str, Any]) -> str:
    named = f" “{first(found, 'title')}”" if first(found, "title") else ""
    parts = [first(found, "status").replace("_", " "), f"priority {first(found, 'priority') or 'not set'}"]
    followed = ["followed"] if found.get("followed") is True else []
    return f"**{first(found, 'ticket_id')}**{named} ({', '.join(filter(None, [*parts, *followed]))})"


def _number(clause: Clause) -> str:
    found = phrases.TICKET.search(clause.text)
    return found[0].upper() if found else ""
