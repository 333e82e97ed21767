"""Folding what becomes of messages: they are edited, deleted, and some were there before we were called."""

from dataclasses import replace
from typing import Any

from bot.core import items
from bot.core.change import QUOTED, cut, spoke, with_turn
from bot.core.items import Entry
from bot.core.quotes import GONE
from bot.core.thread import Ask, Thread


def called_at(thread: Thread, first: items.UserMessage) -> str:
    """The timestamp of the first message for us where it stands in a thread that other people began; else empty."""
    place = thread.opened
    return "" if place is None or place.private or first.ts == place.thread_ts else first.ts


def earlier(thread: Thread, entry: Entry, item: items.Earlier) -> Thread:
    """Whoever is quoted has words in the model's input, and decides nothing that follows from them."""
    for user in item.authors:
        thread = spoke(thread, user, entry.seq)
    return replace(thread, called_at="", speaker_records=thread.speaker_records.union(item.records))


def edited(thread: Thread, _: Entry, item: items.Edited) -> Thread:
    """The model is told when it is asked next; that alone is no reason to ask it."""
    turn = thread.turns.get(item.turn)
    if turn is None or turn.ts != item.ts:
        return thread
    return with_turn(thread, item.turn, words=cut(item.text, QUOTED))


def deleted(thread: Thread, entry: Entry, item: items.Deleted) -> Thread:
    """Who wrote it, or a file of it, stays one whose words the model had read."""
    called_at = "" if thread.called_at == item.ts else thread.called_at
    for speaker in (item.author, *item.uploaders):
        thread = spoke(thread, speaker, entry.seq)
    thread = replace(thread, called_at=called_at)
    asks = {number: _unquoted(ask, item.ts) for number, ask in thread.asks.items()}
    pictures = {seq: size for seq, size in thread.pictures.items() if seq != item.ref}
    if thread.summary in item.erases:
        thread = replace(thread, summary=0, covers=0)
    thread, turn = replace(thread, asks=asks, pictures=pictures), thread.turns.get(item.turn)
    if turn is None or item.ref is None:
        return thread
    files = {seq: each for seq, each in turn.files.items() if seq != item.ref}
    # how long it was goes with it: nobody can count it again
    effort = replace(turn.effort, said=0, files=False)
    changes: dict[str, Any] = {"messages": turn.messages - 1, "files": files, "effort": effort}
    if turn.first_ts == item.ts:
        changes |= {"first_ts": ""}
    if turn.ts in ("", item.ts):
        changes |= {"words": "", "ts": ""}
    return with_turn(thread, item.turn, **changes)


def _unquoted(ask: Ask, ts: str) -> Ask:
    """The request without the words of this message, as cards show it from now on."""
    if ask.request.words_ts != ts:
        return ask
    return replace(ask, request=ask.request.model_copy(update={"words": GONE}))
