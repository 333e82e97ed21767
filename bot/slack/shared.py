"""Channels that other companies read, too (Slack Connect): what is for the thread goes to whoever asked, directly.

Promise: in such a thread stands one sentence of ours, and nothing that anybody asked for.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from bot.core import items
from bot.core.items import Entry
from bot.core.known import SlackUser
from bot.core.permalink import permalink
from bot.core.thread import Thread, Turn, Work
from bot.slack import blocks, words
from bot.store.deliveries import Shown

#: parts of what goes elsewhere are counted from here, beside what is for that person anyway
ELSEWHERE = 1_000


def elsewhere(thread: Thread, entry: Entry, found: Iterable[Shown], workspace_url: str) -> Iterator[Shown]:
    """The same for other readers; where the conversation begins, the sentence that says so."""
    if isinstance(entry.item, items.Opened):
        yield Shown(entry.seq, "thread", blocks.aside(words.SHARED))
    turn, to = _turn(thread, entry.item), _reader(thread, entry.item)
    for shown in found:
        if shown.target != "thread":
            yield shown
        elif turn:
            content = shown.content if shown.part else _with_link(thread, turn, shown.content, workspace_url)
            yield replace(shown, target=f"user:{to}", content=content, part=ELSEWHERE + shown.part)


def _turn(thread: Thread, item: items.Item) -> Turn | None:
    """The turn it is about; of what belongs to none that is remembered, the latest."""
    work = _work(thread, item)
    number = work.call.turn if work else getattr(item, "turn", None)
    return (thread.turns.get(number) if isinstance(number, int) else None) or thread.latest


def _reader(thread: Thread, item: items.Item) -> SlackUser | None:
    """Whom it is for."""
    work, turn = _work(thread, item), _turn(thread, item)
    needs = work.call.requester if work else None
    return needs or (turn.author if turn else None)


def _work(thread: Thread, item: items.Item) -> Work | None:
    call = getattr(item, "call", None)
    return thread.works.get(call) or thread.unknown.get(call) if isinstance(call, int) else None


def _with_link(thread: Thread, turn: Turn, content: Mapping[str, Any], workspace_url: str) -> Mapping[str, Any]:
    """With the way to what it answers on top."""
    if not (turn.ts and thread.opened and workspace_url):
        return content
    place = thread.opened
    link = permalink(workspace_url, place.channel, place.thread_ts, turn.ts)
    return {**content, "blocks": [blocks.context(words.in_reply(link, place.channel)), *content["blocks"]]}
