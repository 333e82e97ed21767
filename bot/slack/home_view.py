"""App Home: what waits for somebody, what they asked for, their tickets, memories, and the brake; and what this is.

Pure; home.py publishes it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.slack import blocks, listed, words
from bot.slack.blocks import Block
from bot.slack.forms import Place
from bot.slack.listed import Requests
from bot.slack.remembered import Remembered, shown
from bot.slack.tickets import Tickets
from bot.store.lists import Listed

#: requests in each of the two lists
MAX_LISTED = 20

_FREEZE = blocks.confirm(
    "Freeze everything?", "Nothing above low risk starts until two approvers unfreeze it.", "Freeze"
)
_UNFREEZE = blocks.confirm("Unfreeze?", "It takes two different approvers.", "Unfreeze")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a home shows."""

    requests: Requests
    frozen: bool
    may_freeze: bool
    tickets: Tickets
    memories: Remembered
    demo: bool
    #: what people are told of what is kept
    stored: str


def home_view(seen: Seen, now: datetime, workspace_url: str, channel: str) -> Block:
    """The home; `channel` is the person's direct message with us, where answers to buttons go."""
    made = [
        *_brake(seen),
        blocks.header(words.WAITING),
        *_list(seen.requests.waiting, now, workspace_url, words.NOTHING_WAITS),
        *([blocks.context(words.more(seen.requests.left))] if seen.requests.left else []),
        blocks.header(words.ASKED),
        *_list(seen.requests.asked, now, workspace_url, words.NOTHING_ASKED),
        blocks.header(words.TICKETS),
        *(blocks.section(listed.ticket(each, now)) for each in seen.tickets.open),
        *([blocks.context(seen.tickets.instead)] if seen.tickets.instead else []),
        *shown(seen.memories),
        *_about(seen.stored, demo=seen.demo),
    ]
    return {"type": "home", "private_metadata": str(Place("", channel, home=True)), "blocks": made}


def _brake(seen: Seen) -> Iterator[Block]:
    state = (
        ":snowflake: *Everything above low risk stands still.* To go on takes two different approvers."
        if seen.frozen
        else ":large_green_circle: I am working: nothing is frozen."
    )
    yield blocks.section(state)
    if seen.may_freeze:
        freeze = blocks.button("Freeze everything…", "house.freeze", style="danger", confirm=_FREEZE)
        go_on = blocks.button("Unfreeze…", "house.unfreeze", confirm=_UNFREEZE)
        yield {"type": "actions", "block_id": "house", "elements": [freeze, *([go_on] if seen.frozen else [])]}


def _list(rows: list[Listed], now: datetime, workspace_url: str, empty: str) -> Iterator[Block]:
    for row in rows:
        look = blocks.button("Look…", "approval.view", row.version.request.id)
        yield blocks.section(listed.request(row, now, workspace_url), look)
    if not rows:
        yield blocks.context(empty)


def _about(stored: str, *, demo: bool) -> Iterator[Block]:
    """How to ask, what this is, and what becomes of what is said to it."""
    yield {"type": "divider"}
    yield blocks.section(words.TIPS)
    yield blocks.context(words.AI)
    yield blocks.context(stored)
    if demo:
        yield blocks.context(words.DEMO)
