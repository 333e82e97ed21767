"""Folding what concerns requests: who was asked, who clicked, what was decided, and how the call ended."""

from dataclasses import replace
from typing import Any

from bot.core import items, words
from bot.core.change import completed, cut, spoke, with_ask, with_work, without_click
from bot.core.items import Entry
from bot.core.thread import Ask, Ended, Thread

#: closed requests remembered, so that a late click can be told who decided
CLOSED_KEPT = 20

#: characters of a failure told on a card; the model is told all of it
MAX_REASON = 250


def request(thread: Thread, entry: Entry, item: items.Request) -> Thread:
    if item.number is not None:
        if not item.narrowed:
            thread = spoke(thread, str(item.edited_by), entry.seq)
        return without_click(_new_version(thread, item.number, item), item.click)
    needed = {work.request for work in thread.works.values()}
    closed = [seq for seq, ask in thread.asks.items() if ask.close and seq not in needed]
    dropped = set(closed[:-CLOSED_KEPT])
    asks = {seq: ask for seq, ask in thread.asks.items() if seq not in dropped}
    asks[entry.seq] = replace(_ask_of(item), asked_at=entry.at)
    thread = replace(thread, asks=asks)
    if item.renews is None:
        return with_work(thread, item.call, request=entry.seq, arguments=item.arguments)
    return _renewed(thread, entry.seq, item, item.renews)


def _renewed(thread: Thread, seq: int, item: items.Request, old: int) -> Thread:
    """Whoever was out stays out; who had joined waits for the new one."""
    new, before = thread.asks[seq], thread.asks[old]
    excluded, records = new.excluded | before.excluded, new.excluded_records | before.excluded_records
    thread = with_ask(thread, seq, excluded=excluded, excluded_records=records)
    thread = with_ask(thread, old, renewed_by=seq)
    thread = _touching(thread, item)
    renewals = thread.works[item.call].renewals + 1
    for work in thread.of_request(old):
        thread = with_work(thread, work.seq, request=seq, approved=False, renewals=renewals)
    return thread


def _ask_of(item: items.Request) -> Ask:
    return Ask(item, excluded=frozenset(item.excluded), excluded_records=frozenset(item.excluded_records))


def _new_version(thread: Thread, number: int, item: items.Request) -> Thread:
    """Earlier votes are void; who had joined stays out."""
    fresh, old = _ask_of(item), thread.asks[number]
    excluded, records = fresh.excluded | old.excluded, fresh.excluded_records | old.excluded_records
    editors = old.editors if item.narrowed or not item.edited_by else old.editors | {item.edited_by}
    ask = replace(old, request=item, votes=(), excluded=excluded, excluded_records=records, editors=editors)
    thread = replace(thread, asks={**thread.asks, number: ask})
    return with_work(_touching(thread, item), item.call, arguments=item.arguments)


def _touching(thread: Thread, item: items.Request) -> Thread:
    """The call touches what its newest request says, whoever it was when it was made."""
    known = thread.works[item.call].known
    now = known and known.model_copy(update={"subject": item.subject, "resource": item.resource})
    return with_work(thread, item.call, known=now)


def joined(thread: Thread, _: Entry, item: items.Joined) -> Thread:
    ask = thread.asks[item.request]
    excluded = ask.excluded.union(item.excluded)
    records = ask.excluded_records.union(item.excluded_records)
    votes = tuple(vote for vote in ask.votes if vote.actor not in excluded and vote.record not in records)
    thread = with_ask(thread, item.request, votes=votes, excluded=excluded, excluded_records=records)
    return with_work(thread, item.call, request=item.request, joined=True)


def nudge(thread: Thread, _: Entry, item: items.Nudge) -> Thread:
    return with_ask(thread, item.request, **{"reminded" if item.step == "remind" else "escalated": True})


def click(thread: Thread, entry: Entry, item: items.Click) -> Thread:
    return replace(thread, clicks={**thread.clicks, entry.seq: item})


def decision(thread: Thread, _: Entry, item: items.Decision) -> Thread:
    ask = thread.asks[item.request]
    if item.verdict == "deny" and item.reason and item.record:
        thread = replace(thread, speaker_records=thread.speaker_records | {item.record})
    return without_click(with_ask(thread, item.request, votes=(*ask.votes, item)), item.click)


def click_refused(thread: Thread, _: Entry, item: items.ClickRefused) -> Thread:
    return without_click(thread, item.click)


def close(thread: Thread, entry: Entry, item: items.Close) -> Thread:
    thread = with_ask(thread, item.request, close=item, closed_at=entry.at)
    if item.reason and item.by:
        thread = spoke(thread, item.by, entry.seq)
    for work in thread.of_request(item.request):
        own = item.verdict == "withdrawn" and thread.author(work) == item.by
        settled = {"settled": entry.seq, "withdrawn": own}
        thread = with_work(
            thread, work.seq, **({"approved": True, "start": None} if item.verdict == "approved" else settled)
        )
    return completed(without_click(thread, item.click), entry.seq)


def settled(
    thread: Thread, entry: Entry, call: int, ended: Ended, text: str, *, failed: bool = False, nothing: bool = False
) -> Thread:
    """The call is over, and with it those that joined its request; its card tells how."""
    work = thread.works[call]
    together = [work]
    if work.request is not None and not work.joined:
        together = thread.of_request(work.request)
        thread = _on_card(thread, entry, work.request, ended, text)
    for each in together:
        if each.call.of is not None and ended == "done" and not nothing:
            thread = _taken_back(thread, entry, each.call.of)
        thread = with_work(thread, each.seq, running=False, settled=entry.seq, failed=failed)
    return thread


def learnt(thread: Thread, entry: Entry, call: int, ended: Ended, text: str, *, nothing: bool) -> Thread:
    """What a call did whose outcome was unknown: its card tells that now."""
    work = thread.unknown[call]
    if work.request is not None and work.request in thread.asks:
        thread = _on_card(thread, entry, work.request, ended, text)
    if work.call.of is not None and ended == "done" and not nothing:
        thread = _taken_back(thread, entry, work.call.of)
    return replace(thread, unknown={**thread.unknown, call: replace(work, learnt=True)})


def _on_card(thread: Thread, entry: Entry, number: int, ended: Ended, text: str) -> Thread:
    told = cut(words.for_people(text), MAX_REASON)
    return with_ask(thread, number, ended=ended, ended_text=told, ended_at=entry.at)


def _taken_back(thread: Thread, entry: Entry, call: int) -> Thread:
    """What the call gave is over, and so is what the clock was to do about it; the first end is told."""
    for work in thread.works.values():
        if work.call.of == call and work.call.origin == "clock" and not (work.settled or work.running):
            thread = with_work(thread, work.seq, settled=entry.seq)
    known = any(ask.request.call == call and ask.undone_at for ask in thread.asks.values())
    return thread if known else of_call(thread, call, undone_at=entry.at)


def of_call(thread: Thread, call: int, **changes: Any) -> Thread:
    """Change what is known of the request that call had, if that is still remembered."""
    for number, ask in thread.asks.items():
        if ask.request.call == call and ask.renewed_by is None:
            return with_ask(thread, number, **changes)
    return thread
