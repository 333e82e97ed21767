"""What arrived about an earlier message becomes items: its author changed it, or it is gone from Slack.

Promise: only the author's own words count, once each; what is deleted is erased wherever the log holds it as what
somebody wrote, with every summary that was made of it, and the model's next request is made without it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.core import items
from bot.core.items import Entry, Item
from bot.core.known import SlackUser
from bot.core.thread import Thread
from bot.store.arrivals import Arrived, DeletionArrived, EditArrived


def amended(thread: Thread, arrived: Arrived, stored: Iterable[Entry], here: Iterable[Entry]) -> Iterator[Item]:
    """The items that follow; `stored` are those about the message in the log, `here` the newest ones in memory."""
    if isinstance(arrived, EditArrived | DeletionArrived):
        known = {entry.seq: entry for entry in (*stored, *here)}
        found = [entry for _, entry in sorted(known.items()) if _about(entry.item, arrived.ts)]
        if isinstance(arrived, EditArrived):
            yield from _edited(arrived, found)
        else:
            yield from _deleted(thread, arrived.ts, found, known)


def _about(item: Item, ts: str) -> bool:
    match item:
        case items.UserMessage() | items.Edited():
            return item.ts == ts
        case items.Earlier(messages=messages):
            return any(each.ts == ts for each in messages)
    return False


def _edited(arrived: EditArrived, found: Sequence[Entry]) -> Iterator[Item]:
    """Nothing where it says what it said before, or somebody else wrote it."""
    texts = [entry.item.text for entry in found if isinstance(entry.item, items.UserMessage | items.Edited)]
    for entry in found:
        message = entry.item
        own = isinstance(message, items.UserMessage) and message.author == arrived.author
        if isinstance(message, items.UserMessage) and own and arrived.text != texts[-1]:
            yield items.Edited(
                ref=entry.seq,
                turn=message.joins or entry.seq,
                author=arrived.author,
                text=arrived.text,
                ts=arrived.ts,
            )


def _made_of(found: Sequence[Entry], known: Mapping[int, Entry]) -> tuple[int, ...]:
    """The items with summaries that were made of these, or of a summary of them."""
    summaries = {seq: entry.item for seq, entry in known.items() if isinstance(entry.item, items.Rebase)}
    return tuple(
        seq
        for seq, rebase in sorted(summaries.items())
        if rebase.summary and any(rebase.covers <= entry.seq < rebase.since for entry in found)
    )


def _deleted(thread: Thread, ts: str, found: Sequence[Entry], known: Mapping[int, Entry]) -> Iterator[Item]:
    said = tuple(entry.seq for entry in found if not isinstance(entry.item, items.Earlier))
    summaries = _made_of(found, known)
    for entry in found:
        match entry.item:
            case items.UserMessage(author=author, joins=joins):
                turn, erases = joins or entry.seq, (*said, *summaries)
                uploaders = tuple(dict.fromkeys(_uploaders((each.item for each in known.values()), entry.seq)))
                yield items.Deleted(ref=entry.seq, turn=turn, author=author, ts=ts, erases=erases, uploaders=uploaders)
            case items.Earlier() as earlier:
                yield from _unquoted(thread, entry.seq, earlier, ts, summaries)
    if thread.summary in summaries or any(entry.seq >= thread.since for entry in found):
        yield items.Rebase(reason="deletion", since=thread.since)


def _uploaders(known: Iterable[Item], message: int) -> Iterator[SlackUser]:
    read = (item for item in known if isinstance(item, items.Attached) and item.ref == message)
    return (file.by for item in read for file in item.files if file.by)


def _unquoted(thread: Thread, seq: int, earlier: items.Earlier, ts: str, summaries: tuple[int, ...]) -> Iterator[Item]:
    """The others that were quoted with it are quoted again, where they are shown at all."""
    author = next(each.author for each in earlier.messages if each.ts == ts)
    yield items.Deleted(ref=None, turn=earlier.turn, author=author, ts=ts, erases=(seq, *summaries))
    shown = seq >= thread.since
    rest = tuple(each for each in earlier.messages if each.ts != ts and shown)
    yield earlier.model_copy(update={"messages": rest, "complete": earlier.complete or not rest})
