"""Handing over to a person: a call of one tool, whoever asked for it, and then people in IT are told.

Law: where the button handed over, people are told whatever became of the ticket; where the model did, only of one that
was made, because else the model is told that it was not. Where others read along the bot is silent from then on.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.core import items
from bot.core.briefing import briefing
from bot.core.items import Entry, Item
from bot.core.known import HumansKnown, SlackUser
from bot.core.made import Made, ticket_of
from bot.core.steps import Append, Resolve, Step
from bot.core.thread import Handing, Thread, Work

#: the tool that opens the ticket
TOOL = "escalate_to_human"


def pressed(thread: Thread, entries: Sequence[Entry], turn: int, author: SlackUser, actor: SlackUser) -> Iterator[Item]:
    """What follows from the button below the answer to a turn of `author`; nothing where people are told already, or
    about to be. Nobody else's words are handed over, though only theirs be remembered.

    `entries` are those that the model is shown."""
    turns = thread.turns
    if not turns or thread.handed_over or thread.handing or any(_hands_over(each) for each in thread.works.values()):
        return
    theirs = [seq for seq, each in turns.items() if each.author == author]
    about = turns[turn if turn in theirs else max(theirs)] if theirs else None
    arguments = json.dumps({"summary": briefing(entries, author)}, ensure_ascii=False)
    yield items.Call(
        origin="command",
        turn=about.seq if about else max(turns),
        tool=TOOL,
        arguments=arguments,
        by=actor,
        requester=None if about else author,
    )


def _hands_over(work: Work) -> bool:
    return work.call.tool == TOOL and not work.settled


def handing(thread: Thread, call: int, result: items.ToolResult | None = None) -> Thread:
    """The thread once the call ended, with this result if it gave one."""
    work = thread.works.get(call) or thread.unknown.get(call)
    ticket = ticket_of(result) if result else None
    if work is None or work.call.tool != TOOL or not (ticket or work.call.origin == "command"):
        return thread
    return replace(thread, handing={**thread.handing, call: Handing(thread.author(work), ticket)})


def told(thread: Thread) -> Iterator[Step]:
    """People are told of each call that handed over, once it is known who they are."""
    for call, each in thread.handing.items():
        if each.known is None:
            yield Resolve("humans", call)
        else:
            to, group = each.known.to, each.known.group
            made = each.ticket or Made("")
            over = items.HandedOver(call=call, by=each.by, ticket=made.ticket or None, url=made.url, to=to, group=group)
            yield Append((over,))


def told_whom(thread: Thread, call: int, known: HumansKnown) -> Thread:
    """The thread once it is known whom to tell."""
    return replace(thread, handing={**thread.handing, call: replace(thread.handing[call], known=known)})


def handed_over(thread: Thread, _: Entry, item: items.HandedOver) -> Thread:
    """The thread once people are told."""
    left = {call: each for call, each in thread.handing.items() if call != item.call}
    return replace(thread, handing=left, handed_over=item)


def silent(thread: Thread) -> bool:
    """What is not said to us is not ours: people in IT read it. In a direct message nobody else reads."""
    there = thread.handed_over is not None and bool(thread.handed_over.to)
    return there and thread.opened is not None and not thread.opened.private
