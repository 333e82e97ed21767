"""The thread with one part of it changed: what the rules of fold.py and fold_requests.py are made of."""

from dataclasses import replace
from typing import Any

from bot.core.thread import Thread

#: characters of what people and the model wrote that a card quotes
QUOTED = 300

#: kinds of untrusted text told apart
MAX_INFLUENCES = 50


def spoke(thread: Thread, user: str, seq: int) -> Thread:
    """What the user wrote is in the model's input from now on."""
    return replace(influenced(thread, f"user:{user}", seq), speakers=thread.speakers | {user})


def influenced(thread: Thread, by: str, seq: int) -> Thread:
    """Untrusted text of this kind is in the model's input from now on."""
    if by in thread.influences:
        return thread
    label = by if len(thread.influences) < MAX_INFLUENCES else "more"
    return replace(thread, influences={**thread.influences, label: thread.influences.get(label, seq)})


def with_turn(thread: Thread, seq: int, **changes: Any) -> Thread:
    return replace(thread, turns={**thread.turns, seq: replace(thread.turns[seq], **changes)})


def completed(thread: Thread, seq: int) -> Thread:
    """With item `seq`, nothing is owed any more to turns that did not say so before."""
    for turn in thread.turns.values():
        if not turn.completed and not thread.owes(turn):
            thread = with_turn(thread, turn.seq, completed=seq)
    return thread


def with_work(thread: Thread, seq: int, **changes: Any) -> Thread:
    return replace(thread, works={**thread.works, seq: replace(thread.works[seq], **changes)})


def with_ask(thread: Thread, seq: int, **changes: Any) -> Thread:
    return replace(thread, asks={**thread.asks, seq: replace(thread.asks[seq], **changes)})


def without_click(thread: Thread, seq: int | None) -> Thread:
    """The click, the switch of the house or the stop is answered."""
    return replace(
        thread,
        clicks={ref: each for ref, each in thread.clicks.items() if ref != seq},
        switches={ref: each for ref, each in thread.switches.items() if ref != seq},
        stops={ref: each for ref, each in thread.stops.items() if ref != seq},
        click_known={ref: each for ref, each in thread.click_known.items() if ref != seq},
    )


def cut(text: str, limit: int) -> str:
    """The beginning of the text, at most `limit` characters."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
