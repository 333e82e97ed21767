"""Thread = fold(entries).

Promise: `apply` depends only on the thread and the entry, so a fold may stop anywhere and go on later; and a
thread stays small however long the log grows, because what is settled and seen is dropped.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, assert_never

from bot.core import fold_amended as amended
from bot.core import fold_effort as effort
from bot.core import fold_requests as requests
from bot.core import items, sources
from bot.core.canonical import call_digest
from bot.core.change import QUOTED, completed, cut, influenced, spoke, with_turn, with_work, without_click
from bot.core.effort import NONE
from bot.core.handover import handed_over, handing, told_whom
from bot.core.items import Entry
from bot.core.known import CallKnown, ClickKnown, HumansKnown, StartKnown, TurnKnown
from bot.core.links import linked
from bot.core.made import made
from bot.core.rebase import bordered
from bot.core.thread import Ended, Thread, Turn, Work

#: what a tool gives, as JSON, that found nothing to do
NOTHING = "null"

#: the place of the message that made the conversation; one that goes on after a purge has none
FIRST_MESSAGE = 2

#: calls of unknown outcome remembered, so that the truth can still be told
UNKNOWN_KEPT = 20


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
    if entry.seq == FIRST_MESSAGE:
        thread = replace(thread, called_at=amended.called_at(thread, item))
    thread = replace(spoke(thread, item.author, entry.seq), handed_over=None)
    if item.quoted:
        thread = spoke(thread, item.quoted.author, entry.seq)
    if item.sent:
        thread = replace(spoke(thread, item.sent.owner, entry.seq), owners=thread.owners | {item.sent.owner})
    said: dict[str, Any] = {"unseen": entry.seq, "words": cut(item.text, QUOTED), "ts": item.ts, "said_at": entry.at}
    said |= {"through": item.sent and items.Through(token=item.sent.token, owner=item.sent.owner)}
    files = {entry.seq: item.files} if item.files else {}
    if item.joins is not None:
        turn = thread.turns[item.joins]
        more = {"messages": turn.messages + 1, "files": {**turn.files, **files}}
        return with_turn(thread, item.joins, **said, **more, effort=effort.spoken(turn.effort, item))
    turns = {seq: turn for seq, turn in thread.turns.items() if _alive(thread, turn)}
    asked = {turn: counts for turn, counts in thread.asked.items() if turn in turns}
    first: dict[str, Any] = {"first_ts": item.ts, "first_at": entry.at, "effort": effort.spoken(NONE, item)}
    turns[entry.seq] = Turn(entry.seq, item.author, **said, **first, files=files)
    return replace(thread, turns=turns, asked=asked, borders=bordered(thread, entry.seq))


def _commanded(thread: Thread, entry: Entry, item: items.Commanded) -> Thread:
    if item.actor:
        thread = spoke(thread, item.actor, entry.seq)
    said: dict[str, Any] = {"said_at": entry.at, "first_at": entry.at}
    turn = Turn(entry.seq, item.actor or "", unseen=0, terminal=item.terminal, **said)
    return replace(thread, turns={**thread.turns, entry.seq: turn})


def _attached(thread: Thread, entry: Entry, item: items.Attached) -> Thread:
    """What stands in a file may be anybody's words, also where its sender is the one who asks; whoever uploaded it has
    said it."""
    if not item.ref or any(file.content != "refused" for file in item.files):
        thread = influenced(thread, f"file:{item.author}", entry.seq)
    for uploader in [file.by for file in item.files if file.by]:
        thread = spoke(thread, uploader, entry.seq)
    if size := sum(file.size for file in item.files if file.content == "picture"):
        thread = replace(thread, pictures={**thread.pictures, item.ref: size})
    if item.turn not in thread.turns:
        return thread
    left = {seq: files for seq, files in thread.turns[item.turn].files.items() if item.ref not in (0, seq)}
    return with_turn(thread, item.turn, files=left)


def _alive(thread: Thread, turn: Turn) -> bool:
    return not turn.completed or thread.busy(turn) or any(work.call.turn == turn.seq for work in thread.works.values())


def _facts(thread: Thread, entry: Entry, item: items.Facts) -> Thread:
    match item.known:
        case TurnKnown(record=record, claims=claims) as known:
            records = thread.speaker_records.union(each for each in (record, claims) if each)
            prompt = thread.prompt or known.prompt
            return replace(with_turn(thread, item.ref, known=known), speaker_records=records, prompt=prompt)
        case CallKnown() as known:
            return with_work(thread, item.ref, known=known)
        case StartKnown() as known:
            return with_work(thread, item.ref, start=known, start_at=entry.at)
        case ClickKnown() as known:
            return replace(thread, click_known={**thread.click_known, item.ref: known})
        case HumansKnown() as known:
            return told_whom(thread, item.ref, known)
        case never:
            assert_never(never)


# ── what the model says ──


def _output(thread: Thread, entry: Entry, item: items.ModelOutput) -> Thread:
    turn = thread.turns[item.turn]
    works = {seq: work for seq, work in thread.works.items() if not _told(thread, work, item)}
    thread = with_turn(
        replace(thread, works=works, seen=item.seen, note=cut(item.text, QUOTED)),
        item.turn,
        unseen=turn.unseen if turn.unseen > item.seen else 0,
        model_calls=turn.model_calls + 1,
        failures=0,
        failing_since=None,
        failure=None,
        cut_off=item.status == "stopped",
        **effort.replied(thread, turn),
    )
    # its calls follow, or the end of the turn that somebody stopped
    more = item.status == "stopped" or any(isinstance(part, items.CallHere) for part in item.parts)
    return thread if more else completed(thread, entry.seq)


def _told(thread: Thread, work: Work, output: items.ModelOutput) -> bool:
    """The output answers this call too; one of another turn still needs its own, unless no answer is owed."""
    owed = work.owed and not thread.turns[work.call.turn].over
    return 0 < work.settled <= output.seen and (not owed or work.call.turn == output.turn)


def _failed(thread: Thread, entry: Entry, item: items.ModelFailed) -> Thread:
    if item.why == "stopped":
        return thread
    turn = thread.turns[item.turn]
    return with_turn(
        thread,
        item.turn,
        failures=turn.failures + 1,
        failing_since=turn.failing_since or entry.at,
        failure=item,
        **effort.failed(thread, turn, item),
    )


def _call(thread: Thread, entry: Entry, item: items.Call) -> Thread:
    key, counts = call_digest(item.tool, item.arguments), thread.asked.get(item.turn, {})
    by_model = item.origin == "model"
    nth = counts.get(key, 0) + 1 if by_model else 1
    work = Work(entry.seq, item, item.arguments, nth, due=item.due)
    if by_model:
        work = replace(work, influences=_influences(thread, item), note=thread.note)
        thread = replace(thread, asked={**thread.asked, item.turn: {**counts, key: nth}})
    elif item.origin == "command":
        # what the model wrote may be in it
        work = replace(work, influences=_influences(thread, item))
    elif item.of is not None:
        thread = requests.of_call(thread, item.of, undo=entry.seq)
    return without_click(replace(thread, works={**thread.works, entry.seq: work}), item.click)


def _influences(thread: Thread, call: items.Call) -> tuple[str, ...]:
    """The untrusted text that the model had seen when it last replied, but for the words of whom the call is for."""
    own = f"user:{call.requester or thread.turns[call.turn].author}"
    return tuple(by for by, seq in thread.influences.items() if seq <= thread.seen and by != own)


# ── running ──


def _postponed(thread: Thread, _: Entry, item: items.Postponed) -> Thread:
    return with_work(thread, item.call, due=item.until, failed_at=None, start=None)


def _thawed(thread: Thread, entry: Entry, _: items.Thawed) -> Thread:
    for work in [work for work in thread.works.values() if work.call.due and work.call.due <= entry.at]:
        thread = with_work(thread, work.seq, due=entry.at)
    return thread


def _start(thread: Thread, entry: Entry, item: items.ToolStart) -> Thread:
    now: dict[str, Any] = {"attempts": item.attempt, "started_at": entry.at}
    return with_work(thread, item.call, **now, running=True, interrupted=False, failed_at=None)


def _result(thread: Thread, entry: Entry, item: items.ToolResult) -> Thread:
    if item.outcome == "passing":
        # what the attempt rested on is looked up again before the next one
        return with_work(thread, item.call, running=False, interrupted=False, failed_at=entry.at, start=None)
    if not item.trusted:
        thread = influenced(thread, f"tool:{item.tool}", entry.seq)
        records, speakers = thread.speaker_records.union(item.authors), thread.speakers.union(item.speakers)
        thread = replace(thread, speaker_records=records, speakers=speakers)
    thread = handing(effort.gave(thread, thread.works.get(item.call), item), item.call, item)
    if item.call in thread.works:
        work = thread.works[item.call]
        thread = replace(thread, links=linked(thread.links, item, work.arguments))
        turn = thread.turns[work.call.turn]
        read, opened = sources.read(turn.sources, item), made(turn.tickets, item)
        thread = with_turn(thread, turn.seq, sources=read, tickets=opened)
    done = item.outcome == "done"
    ended: tuple[Ended, str] = ("done", "") if done else ("failed", item.output)
    nothing = item.output == NOTHING
    if item.late:
        return requests.learnt(thread, entry, item.call, *ended, nothing=nothing)
    return requests.settled(thread, entry, item.call, *ended, failed=item.outcome == "failed", nothing=nothing)


def _refused(thread: Thread, entry: Entry, item: items.Refused) -> Thread:
    thread = effort.refused(thread, thread.works.get(item.call))
    return requests.settled(handing(thread, item.call), entry, item.call, "refused", item.reason)


def _unknown(thread: Thread, entry: Entry, item: items.ToolUnknown) -> Thread:
    thread = requests.settled(handing(thread, item.call), entry, item.call, "unknown", "")
    newest = [*thread.unknown.items(), (item.call, thread.works[item.call])][-UNKNOWN_KEPT:]
    return replace(thread, unknown=dict(newest))


def _nothing(thread: Thread, _: Entry, __: object) -> Thread:
    return thread


def _interrupted(thread: Thread, _: Entry, item: items.Interrupted) -> Thread:
    for seq in item.calls:
        thread = with_work(thread, seq, running=False, interrupted=True)
    return thread


def _rebase(thread: Thread, entry: Entry, item: items.Rebase) -> Thread:
    borders = tuple(each for each in thread.borders if each > item.since)
    pictures = {seq: size for seq, size in thread.pictures.items() if seq >= item.since}
    prompt = item.prompt or thread.prompt
    if item.since != thread.since:
        thread = replace(thread, summary=entry.seq if item.summary else 0, covers=item.covers)
    return replace(thread, since=item.since, borders=borders, pictures=pictures, prompt=prompt)


def _left(thread: Thread, entry: Entry, item: items.PersonLeft) -> Thread:
    for work in [work for work in thread.works.values() if work.due and work.call.subject == item.record]:
        thread = with_work(thread, work.seq, due=entry.at)
    return thread


def _over(thread: Thread, entry: Entry, item: items.TurnOver) -> Thread:
    works = {seq: w for seq, w in thread.works.items() if not (w.settled and w.call.turn == item.turn)}
    thread = without_click(replace(thread, works=works), item.stop)
    thread = with_turn(thread, item.turn, over=True, unseen=0, files={}, stopped=item.why == "stopped")
    return completed(thread, entry.seq)


def _stop(thread: Thread, entry: Entry, item: items.Stop) -> Thread:
    return replace(thread, stops={**thread.stops, entry.seq: item})


def _stop_refused(thread: Thread, _: Entry, item: items.StopRefused) -> Thread:
    return without_click(thread, item.stop)


# ── the house ──


def _switch(thread: Thread, entry: Entry, item: items.Switch) -> Thread:
    return replace(thread, switches={**thread.switches, entry.seq: item})


def _switched(thread: Thread, _: Entry, item: items.Switched) -> Thread:
    return replace(without_click(thread, item.switch), frozen=item.frozen, unfreeze=item if item.asked else None)


def _switch_refused(thread: Thread, _: Entry, item: items.SwitchRefused) -> Thread:
    return without_click(thread, item.switch)


_RULES: Mapping[type, Callable[[Thread, Entry, Any], Thread]] = MappingProxyType(
    {
        items.Opened: _opened,
        items.UserMessage: _message,
        items.Commanded: _commanded,
        items.Edited: amended.edited,
        items.Deleted: amended.deleted,
        items.Earlier: amended.earlier,
        items.Attached: _attached,
        items.Facts: _facts,
        items.ModelOutput: _output,
        items.ModelFailed: _failed,
        items.Routed: effort.routed,
        items.Delayed: effort.delayed,
        items.Call: _call,
        items.Refused: _refused,
        items.Request: requests.request,
        items.Joined: requests.joined,
        items.Nudge: requests.nudge,
        items.Click: requests.click,
        items.Decision: requests.decision,
        items.ClickRefused: requests.click_refused,
        items.Close: requests.close,
        items.Postponed: _postponed,
        items.Thawed: _thawed,
        items.Rebase: _rebase,
        items.ToolStart: _start,
        items.ToolResult: _result,
        items.LinkLost: _nothing,
        items.Interrupted: _interrupted,
        items.ToolUnknown: _unknown,
        items.Feedback: _nothing,
        items.HandedOver: handed_over,
        items.PersonLeft: _left,
        items.Switch: _switch,
        items.Switched: _switched,
        items.SwitchRefused: _switch_refused,
        items.PolicyChanged: _nothing,
        items.RolledOut: _nothing,
        items.Alert: _nothing,
        items.Stop: _stop,
        items.StopRefused: _stop_refused,
        items.TurnOver: _over,
    }
)
