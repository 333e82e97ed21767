"""Tickets that calls made, so that people are told their number, and where to find them."""

from dataclasses import dataclass

from bot.core.items import ToolResult
from bot.core.links import is_address
from bot.core.results import mapping

#: the tool that makes a ticket, beside the one that hands over
TOOL = "create_ticket"

#: tickets of one turn that are remembered, the first ones
MAX_MADE = 5


@dataclass(frozen=True, slots=True)
class Made:
    """A ticket, and its page in the ticket system, where there is one."""

    ticket: str
    url: str | None = None


def ticket_of(result: ToolResult) -> Made | None:
    """The ticket that a call gave which makes one; None where there is none."""
    found = mapping(result.output) if result.outcome == "done" else {}
    ticket, url = found.get("ticket_id"), found.get("url")
    if not isinstance(ticket, str):
        return None
    return Made(ticket, url if isinstance(url, str) and is_address(url) else None)


def made(tickets: tuple[Made, ...], result: ToolResult) -> tuple[Made, ...]:
    """The tickets with that of the result, if it made one."""
    new = ticket_of(result) if result.tool == TOOL else None
    return (*tickets, new)[:MAX_MADE] if new and new not in tickets else tickets


def unnamed(tickets: tuple[Made, ...], answer: str) -> tuple[Made, ...]:
    """Those that the answer does not name, or not by their address."""
    return tuple(each for each in tickets if each.ticket not in answer or (each.url and each.url not in answer))
