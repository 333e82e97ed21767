"""Spans, made of what was committed: all that they need is in the items, so any process makes those of its own commits.

Promise: pure. The same entries give the same spans with the same ids, and no span says what people wrote, who they are,
or what a call was made with.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from bot.telemetry.ids import root_id, sent_at, span_id, trace_id

#: what the agent is called in traces
AGENT = "helpdesk"

Value = str | int | float | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a span hangs: its trace, and the span at the top of that."""

    trace: int
    root: int


@dataclass(frozen=True, slots=True)
class Begun:
    """The message that began a turn: its place in Slack, and when it was taken up."""

    ts: str
    at: datetime

    @property
    def sent_at(self) -> datetime:
        """When it was sent."""
        return sent_at(self.ts, self.at)

    def place(self, conversation: str) -> Place:
        """The trace of the turn."""
        return place_of(conversation, self.ts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What took from `start` to `end`."""

    trace: int
    id: int
    #: None: it is the top of its trace
    parent: int | None
    name: str
    kind: Literal["internal", "client", "consumer"] = "internal"
    start: datetime
    end: datetime
    attributes: Mapping[str, Value] = field(default_factory=dict)
    #: the kind of failure, in a word
    error: str | None = None
    #: another trace it has to do with
    link: Place | None = None


def place_of(conversation: str, ts: str) -> Place:
    """The trace of what follows from the message at `ts`."""
    return Place(trace_id(conversation, ts), root_id(conversation, ts))


def received(conversation: str, ts: str, at: datetime) -> Span:
    """A message on its way from Slack to the inbox, where it was stored `at` this time."""
    place = place_of(conversation, ts)
    return Span(
        trace=place.trace,
        id=span_id(conversation, ts, "receive"),
        parent=place.root,
        name="receive",
        kind="consumer",
        start=sent_at(ts, at),
        end=at,
        attributes={"gen_ai.conversation.id": conversation, "messaging.system": "slack"},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Something that Slack shows since `at`: what the item `seq` wants shown, at a place of this kind."""

    conversation: str
    seq: int
    target: str
    part: int
    #: digest of what is shown; what stood there before may have been something else
    wanted: str
    since: datetime
    at: datetime


def delivered(told: Told, place: Place) -> Span:
    """From when it was wanted until Slack showed it."""
    return Span(
        trace=place.trace,
        id=span_id(told.conversation, told.seq, "deliver", told.target, told.part, told.wanted),
        parent=place.root,
        name="deliver",
        kind="client",
        start=min(told.since, told.at),
        end=told.at,
        attributes={
            "gen_ai.conversation.id": told.conversation,
            "helpdesk.seq": told.seq,
            # where exactly would name a person
            "helpdesk.target": told.target.partition(":")[0],
        },
    )


def before(at: datetime, ms: int) -> datetime:
    """So many milliseconds earlier."""
    return at - timedelta(milliseconds=ms)
