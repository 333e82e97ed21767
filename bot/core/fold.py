"""Thread = fold(entries).

Promise: `apply` depends only on the thread and the entry, so a fold may stop anywhere and go on later; and a
thread stays small however long the log grows, because what is settled and seen is dropped.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from bot.core import items
from bot.core.canonical import call_digest
from bot.core.items import Entry
from bot.core.known import CallKnown, ClickKnown, StartKnown, TurnKnown
from bot.core.thread import Ask, Ended, Thread, Turn, Work

#: closed requests remembered, so that a late click can be told who decided
CLOSED_KEPT = 20

#: characters of what people and the model wrote that a card quotes
QUOTED = 300

#: characters of a failure told on a card; the model is told all of it
MAX_REASON = 250

#: kinds of untrusted text told apart
MAX_INFLUENCES = 50


def fold(entries: Iterable[Entry], thread: Thread | None = None) -> Thread:
    """The thread after the entries; from an earlier thread, where one is given."""
    thread = thread or Thread()
    for entry in entries:
        thread = apply(thread, entry)
    return thread


def apply(thread: Thread, entry: Entry) -> Thread:
    """The thread after one more entry. Raises ValueError where the entry is not the next one."""
    if entry.seq != thread.head + 1:
        raise ValueError(f"item {entry.seq} does not follow {thread.head}")
    rule = _RULES[type(entry.item)]
    return replace(rule(thread, entry, entry.item), head=entry.seq)


def _opened(thread: Thread, _: Entry, item: items.Opened) -> Thread:
    return replace(thread, opened=item)


# ── what people say ──


def _message(thread: Thread, entry: Entry, item: items.UserMessage) -> Thread:
    thread = _spoke(thread, item.author, entry.seq)
    said: dict[str, Any] = {"unseen": entry.seq, "words": cut(item.text, QUOTED), "ts": item.ts, "said_at": entry.at}
    if item.joins is not None:
        return _turn(thread, item.joins, **said)
    turns = {seq: turn for seq, turn in thread.turns.items() if _alive(thread, turn)}
    asked = {key: count for key, count in thread.asked.items() if key[0] in turns}
    turns[entry.seq] = Turn(entry.seq, item.author, **said)
    return replace(thread, turns=turns, asked=asked)


def _alive(thread: Thread, turn: Turn) -> bool:
    return thread.busy(turn) or any(work.call.turn == turn.seq for work in thread.works.values())


def _spoke(thread: Thread, user: str, seq: int) -> Thread:
    """What the user wrote is in the model's input from now on."""
    return replace(_influenced(thread, f"user:{user}", seq), speakers=thread.speakers | {user})


def _influenced(thread: Thread, by: str, seq: int) -> Thread:
    if by in thread.influences:
        return thread
    label = by if len(thread.influences) < MAX_INFLUENCES else "more"
    return replace(thread, influences={**thread.influences, label: thread.influences.get(label, seq)})


def _facts(thread: Thread, entry: Entry, item: items.Facts) -> Thread:
    match item.known:
        case TurnKnown(record=record) as known:
            records = thread.speaker_records | ({record} if record else set())
            return replace(_turn(thread, item.ref, known=known), speaker_records=records)
        case CallKnown() as known:
            return _work(thread, item.ref, known=known)
        case StartKnown() as known:
            return _work(thread, item.ref, start=known, start_at=entry.at)
        case ClickKnown() as known:
            return replace(thread, click_known={**thread.click_known, item.ref: known})


# ── what the model says ──


def _output(thread: Thread, _: Entry, item: items.ModelOutput) -> Thread:
    turn = thread.turns[item.turn]
    works = {seq: work for seq, work in thread.works.items() if not _told(thread, work, item)}
    return _turn(
        replace(thread, works=works, seen=item.seen, note=cut(item.text, QUOTED)),
        item.turn,
        unseen=turn.unseen if turn.unseen > item.seen else 0,
        model_calls=turn.model_calls + 1,
        failures=0,
        failing_since=None,
        failure=None,
    )


def _told(thread: Thread, work: Work, output: items.ModelOutput) -> bool:
    """The output answers this call too; one of another turn still needs its own, unless no answer is owed."""
    owed = work.owed and not thread.turns[work.call.turn].over
    return 0 < work.settled <= output.seen and (not owed or work.call.turn == output.turn)


def _failed(thread: Thread, entry: Entry, item: items.ModelFailed) -> Thread:
    turn = thread.turns[item.turn]
    return _turn(
        thread,
        item.turn,
        failures=turn.failures + 1,
        failing_since=turn.failing_since or entry.at,
        failure=item,
    )


def _call(thread: Thread, entry: Entry, item: items.Call) -> Thread:
    key = (item.turn, call_digest(item.tool, item.arguments))
    by_model = item.origin == "model"
    nth = thread.asked.get(key, 0) + 1 if by_model else 1
    work = Work(entry.seq, item, item.arguments, nth, due=item.due)
    if by_model:
        own = f"user:{thread.turns[item.turn].author}"
        seen = tuple(by for by, seq in thread.influences.items() if seq <= thread.seen and by != own)
        work = replace(work, influences=seen, note=thread.note)
        thread = replace(thread, asked={**thread.asked, key: nth})
    elif item.of is not None:
        thread = _of_call(thread, item.of, undo=entry.seq)
    return _unclick(replace(thread, works={**thread.works, entry.seq: work}), item.click)


# ── requests ──


def _request(thread: Thread, entry: Entry, item: items.Request) -> Thread:
    if item.number is not None:
        # who only lowered a limit is no author of the call
        if item.edited_by in item.excluded:
            thread = _spoke(thread, str(item.edited_by), entry.seq)
        return _unclick(_new_version(thread, item.number, item), item.click)
    needed = {work.request for work in thread.works.values()}
    closed = [seq for seq, ask in thread.asks.items() if ask.close and seq not in needed]
    dropped = set(closed[: max(0, len(closed) - CLOSED_KEPT)])
    asks = {seq: ask for seq, ask in thread.asks.items() if seq not in dropped}
    asks[entry.seq] = _ask_of(item)
    thread = replace(thread, asks=asks)
    if item.renews is None:
        return _work(thread, item.call, request=entry.seq, start=None)
    old = thread.asks[item.renews]
    thread = _ask(thread, item.renews, renewed_by=entry.seq)
    new = _ask_of(item)
    excluded, records = new.excluded | old.excluded, new.excluded_records | old.excluded_records
    thread = _ask(thread, entry.seq, excluded=excluded, excluded_records=records)
    renewals = thread.works[item.call].renewals + 1
    for work in [thread.works[item.call], *thread.joined_to(item.renews)]:
        thread = _work(thread, work.seq, request=entry.seq, approved=False, start=None, renewals=renewals)
    return thread


def _ask_of(item: items.Request) -> Ask:
    return Ask(item, excluded=frozenset(item.excluded), excluded_records=frozenset(item.excluded_records))


def _new_version(thread: Thread, number: int, item: items.Request) -> Thread:
    """Earlier votes are void; who had joined stays out."""
    fresh, old = _ask_of(item), thread.asks[number]
    excluded, records = fresh.excluded | old.excluded, fresh.excluded_records | old.excluded_records
    ask = replace(old, request=item, votes=(), excluded=excluded, excluded_records=records)
    return _work(replace(thread, asks={**thread.asks, number: ask}), item.call, arguments=item.arguments)


def _joined(thread: Thread, _: Entry, item: items.Joined) -> Thread:
    ask = thread.asks[item.request]
    excluded = ask.excluded.union(item.excluded)
    records = ask.excluded_records.union(item.excluded_records)
    votes = tuple(vote for vote in ask.votes if vote.actor not in excluded and vote.record not in records)
    thread = _ask(thread, item.request, votes=votes, excluded=excluded, excluded_records=records)
    return _work(thread, item.call, request=item.request, joined=True)


def _nudge(thread: Thread, _: Entry, item: items.Nudge) -> Thread:
    return _ask(thread, item.request, **{"reminded" if item.step == "remind" else "escalated": True})


def _click(thread: Thread, entry: Entry, item: items.Click) -> Thread:
    return replace(thread, clicks={**thread.clicks, entry.seq: item})


def _decision(thread: Thread, _: Entry, item: items.Decision) -> Thread:
    ask = thread.asks[item.request]
    if item.verdict == "deny" and item.reason and item.record:
        thread = replace(thread, speaker_records=thread.speaker_records | {item.record})
    return _unclick(_ask(thread, item.request, votes=(*ask.votes, item)), item.click)


def _click_refused(thread: Thread, _: Entry, item: items.ClickRefused) -> Thread:
    return _unclick(thread, item.click)


def _close(thread: Thread, entry: Entry, item: items.Close) -> Thread:
    thread = _ask(thread, item.request, close=item, closed_at=entry.at)
    if item.reason and item.by:
        thread = _spoke(thread, item.by, entry.seq)
    for work in [work for work in thread.works.values() if work.request == item.request]:
        own = item.verdict == "withdrawn" and thread.author(work) == item.by
        settled = {"settled": entry.seq, "withdrawn": own}
        thread = _work(
            thread, work.seq, **({"approved": True, "start": None} if item.verdict == "approved" else settled)
        )
    return _unclick(thread, item.click)


# ── running ──


def _postponed(thread: Thread, _: Entry, item: items.Postponed) -> Thread:
    return _work(thread, item.call, due=item.until, failed_at=None, start=None)


def _start(thread: Thread, _: Entry, item: items.ToolStart) -> Thread:
    return _work(thread, item.call, attempts=item.attempt, running=True, interrupted=False, failed_at=None)


def _result(thread: Thread, entry: Entry, item: items.ToolResult) -> Thread:
    if item.outcome == "passing":
        return _work(thread, item.call, running=False, failed_at=entry.at)
    if not item.trusted:
        thread = _influenced(thread, f"tool:{item.tool}", entry.seq)
        thread = replace(thread, speaker_records=thread.speaker_records.union(item.authors))
    done = item.outcome == "done"
    ended: tuple[Ended, str] = ("done", "") if done else ("failed", item.output)
    return _settled(thread, entry, item.call, *ended, failed=item.outcome == "failed")


def _refused(thread: Thread, entry: Entry, item: items.Refused) -> Thread:
    return _settled(thread, entry, item.call, "refused", item.reason)


def _unknown(thread: Thread, entry: Entry, item: items.ToolUnknown) -> Thread:
    return _settled(thread, entry, item.call, "unknown", "")


def _settled(thread: Thread, entry: Entry, call: int, ended: Ended, text: str, *, failed: bool = False) -> Thread:
    """The call is over, and with it those that joined its request; its card tells how."""
    work = thread.works[call]
    together = [call]
    if work.request is not None and not work.joined:
        together += [each.seq for each in thread.joined_to(work.request)]
        thread = _ask(thread, work.request, ended=ended, ended_text=cut(text, MAX_REASON), ended_at=entry.at)
    for seq in together:
        taken_back = thread.works[seq].call.of
        if taken_back is not None and ended == "done":
            thread = _of_call(thread, taken_back, undone_at=entry.at)
        thread = _work(thread, seq, running=False, settled=entry.seq, failed=failed)
    return thread


def _of_call(thread: Thread, call: int, **changes: Any) -> Thread:
    """Change what is known of the request that call had, if that is still remembered."""
    for number, ask in thread.asks.items():
        if ask.request.call == call and ask.renewed_by is None:
            return _ask(thread, number, **changes)
    return thread


def _nothing(thread: Thread, _: Entry, __: object) -> Thread:
    return thread


def _interrupted(thread: Thread, _: Entry, item: items.Interrupted) -> Thread:
    for seq in item.calls:
        thread = _work(thread, seq, running=False, interrupted=True)
    return thread


def _left(thread: Thread, entry: Entry, item: items.PersonLeft) -> Thread:
    for work in [work for work in thread.works.values() if work.due and work.call.subject == item.record]:
        thread = _work(thread, work.seq, due=entry.at)
    return thread


def _over(thread: Thread, _: Entry, item: items.TurnOver) -> Thread:
    works = {seq: w for seq, w in thread.works.items() if not (w.settled and w.call.turn == item.turn)}
    return _turn(replace(thread, works=works), item.turn, over=True, unseen=0)


# ── the house ──


def _switch(thread: Thread, entry: Entry, item: items.Switch) -> Thread:
    return replace(thread, switches={**thread.switches, entry.seq: item})


def _switched(thread: Thread, _: Entry, item: items.Switched) -> Thread:
    return replace(_unswitch(thread, item.switch), frozen=item.frozen, unfreeze=item if item.asked else None)


def _switch_refused(thread: Thread, _: Entry, item: items.SwitchRefused) -> Thread:
    return _unswitch(thread, item.switch)


# ── changing one part ──


def _turn(thread: Thread, seq: int, **changes: Any) -> Thread:
    return replace(thread, turns={**thread.turns, seq: replace(thread.turns[seq], **changes)})


def _work(thread: Thread, seq: int, **changes: Any) -> Thread:
    return replace(thread, works={**thread.works, seq: replace(thread.works[seq], **changes)})


def _ask(thread: Thread, seq: int, **changes: Any) -> Thread:
    return replace(thread, asks={**thread.asks, seq: replace(thread.asks[seq], **changes)})


def _unclick(thread: Thread, seq: int | None) -> Thread:
    return replace(
        thread,
        clicks={ref: each for ref, each in thread.clicks.items() if ref != seq},
        click_known={ref: each for ref, each in thread.click_known.items() if ref != seq},
    )


def _unswitch(thread: Thread, seq: int) -> Thread:
    return replace(
        thread,
        switches={ref: each for ref, each in thread.switches.items() if ref != seq},
        click_known={ref: each for ref, each in thread.click_known.items() if ref != seq},
    )


def cut(text: str, limit: int) -> str:
    """The beginning of the text, at most `limit` characters."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


_RULES: Mapping[type, Callable[[Thread, Entry, Any], Thread]] = MappingProxyType(
    {
        items.Opened: _opened,
        items.UserMessage: _message,
        items.Facts: _facts,
        items.ModelOutput: _output,
        items.ModelFailed: _failed,
        items.Call: _call,
        items.Refused: _refused,
        items.Request: _request,
        items.Joined: _joined,
        items.Nudge: _nudge,
        items.Click: _click,
        items.Decision: _decision,
        items.ClickRefused: _click_refused,
        items.Close: _close,
        items.Postponed: _postponed,
        items.ToolStart: _start,
        items.ToolResult: _result,
        items.LinkLost: _nothing,
        items.Interrupted: _interrupted,
        items.ToolUnknown: _unknown,
        items.PersonLeft: _left,
        items.Switch: _switch,
        items.Switched: _switched,
        items.SwitchRefused: _switch_refused,
        items.PolicyChanged: _nothing,
        items.TurnOver: _over,
    }
)
