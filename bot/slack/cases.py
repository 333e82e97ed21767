"""Requests as cards show them, found in the thread they belong to."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.core import items
from bot.core.known import SlackUser
from bot.core.permalink import permalink
from bot.core.thread import Ask, Thread
from tools.spec import Tool

_TS = re.compile(r"[0-9]+\.[0-9]+")


@dataclass(frozen=True, slots=True)
class Case:
    """What a card is about: a request as it stands now, and what surrounds it."""

    number: int
    ask: Ask
    #: None: no longer offered
    tool: Tool | None
    #: address of the requester's message, where those who see the card may read it
    link: str | None = None
    #: who else asked for the same
    joined: tuple[SlackUser, ...] = ()
    #: number of the request whose call it is to take back, if that is still known
    takes_back: int | None = None


@dataclass(frozen=True, slots=True)
class Cases:
    """Knows what is offered, and where the workspace is."""

    tools: Mapping[str, Tool]
    #: such as https://example.slack.com/; empty: there are no links
    workspace_url: str = ""

    def case(self, thread: Thread, number: int) -> Case:
        """The request of this number, which the thread knows."""
        ask = thread.asks[number]
        request = ask.request
        joined = (thread.author(work) for work in thread.of_request(number) if not ask.close)
        return Case(
            number=number,
            ask=ask,
            tool=self.tools.get(request.tool),
            link=self.link(thread.opened, request.words_ts) if thread.opened else None,
            joined=tuple(dict.fromkeys(user for user in joined if user != request.requester)),
            takes_back=_number_of(thread, request.undoes),
        )

    def link(self, place: items.Opened, ts: str) -> str | None:
        """The address of a message in a channel's thread; None where only one person could follow it."""
        if place.private or not self.workspace_url or not _TS.fullmatch(ts):
            return None
        return permalink(self.workspace_url, place.channel, place.thread_ts, ts)


def _number_of(thread: Thread, call: int | None) -> int | None:
    """The newest request for the call, if the thread still knows it."""
    return next(
        (number for number in sorted(thread.asks, reverse=True) if thread.asks[number].request.call == call), None
    )
