"""What a hand-over looks like: a sentence in the thread, and a post where people in IT read it. Pure."""

from collections.abc import Iterator

from bot.core import items
from bot.core.change import cut
from bot.core.permalink import of_thread
from bot.core.results import mapping
from bot.core.thread import Thread, Work
from bot.slack import blocks, words
from bot.slack.blocks import Content
from bot.slack.listed import linked
from bot.slack.text import label, link
from bot.store.deliveries import Shown

#: characters of a summary that people are shown; the ticket has all of it
MAX_SUMMARY = 2_000

#: whose words a summary is, by who asked for the call; of all others the model's
_TOLD_BY = {"command": words.BRIEFING, "terminal": words.TYPED}


def shown(thread: Thread, seq: int, item: items.HandedOver, workspace_url: str) -> Iterator[Shown]:
    """What a hand-over wants shown, everywhere."""
    assert thread.opened
    # a part of its own: where nothing else can be shown, nobody in IT knows
    yield Shown(seq, "thread", blocks.note(_in_thread(item, private=thread.opened.private)), part=1)
    content = _post(thread, item, workspace_url)
    yield from (Shown(seq, target, content) for target in item.to)


def _in_thread(item: items.HandedOver, *, private: bool) -> str:
    ticket = linked(item.ticket, item.url) if item.ticket else None
    if item.to:
        beside = item.group and not private and not _has_channel(item)
        return words.told(ticket, f"<!subteam^{item.group}>" if beside else "IT", quiet=not private)
    told = words.queued(ticket) if ticket else words.NOBODY_TOLD
    return f"{words.UNTOLD} {told}" if item.untold else told


def _has_channel(item: items.HandedOver) -> bool:
    return any(target.startswith("channel:") for target in item.to)


def _post(thread: Thread, item: items.HandedOver, workspace_url: str) -> Content:
    work = thread.works.get(item.call) or thread.unknown.get(item.call)
    turn = thread.turns.get(work.call.turn) if work else None
    needs = (work and work.call.requester) or (turn.author if turn else item.by)
    ticket = linked(item.ticket, item.url) if item.ticket else None
    told = words.needed(f"<@{item.by}>", f"<@{needs}>", ticket)
    mention = f"<!subteam^{item.group}> " if item.group and _has_channel(item) else ""
    summary = _summary(work)
    told_by = _TOLD_BY.get(work.call.origin, words.AI_SUMMARY) if work else words.AI_SUMMARY
    quoted = [blocks.context(told_by), *blocks.quoted(summary)] if summary else []
    return {
        "text": f"{mention}{told}",
        "blocks": [blocks.section(f"{mention}{told}"), *quoted, blocks.context(_where(thread, workspace_url))],
    }


def _summary(work: Work | None) -> str:
    return cut(str(mapping(work.arguments).get("summary", "")), MAX_SUMMARY) if work else ""


def _where(thread: Thread, workspace_url: str) -> str:
    place = thread.opened
    assert place
    if place.token:
        return words.BY_API.format(label(place.token))
    if place.channel == items.TERMINAL:
        return words.AT_TERMINAL
    if place.private:
        return words.DIRECT
    address = of_thread(place, workspace_url)
    there = f"<#{place.channel}>."
    return f"{link(address, 'The thread')} in {there}" if address else f"In {there}"
