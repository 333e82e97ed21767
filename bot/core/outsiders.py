"""What people of other companies are told of a thread that they read, too: what they were told themselves.

There each answer goes to whoever asked, directly (slack/shared.py); so the model, asked for a visitor, is shown none of
what others got. That is a view of the same log, one for each visitor: nothing is written for it, what colleagues' turns
are shown stays as it is, and each view grows byte for byte like any other input.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from bot.core import items
from bot.core.items import Entry
from bot.core.known import SlackUser, TurnKnown
from bot.core.thread import Thread, Turn


def outside(thread: Thread, turn: Turn) -> bool:
    """The turn's author may know only what they were told, and what everybody reads."""
    visits = turn.known is not None and turn.known.visitor
    return visits and thread.opened is not None and thread.opened.shared


def told(entries: Iterable[Entry], visitor: SlackUser) -> Iterator[Entry]:
    """The entries that the visitor's input is made of; whatever is not known to be theirs, or public, is none."""
    view = _View(visitor)
    return (_without_summary(entry) for entry in entries if view.holds(entry.seq, entry.item))


def _without_summary(entry: Entry) -> Entry:
    """A summary is made of what everybody was told."""
    if not isinstance(entry.item, items.Rebase):
        return entry
    return replace(entry, item=entry.item.model_copy(update={"summary": ""}))


class _View:
    def __init__(self, visitor: SlackUser) -> None:
        self._visitor = visitor
        #: the visitor's turns, calls and requests
        self._turns, self._calls, self._requests = set[int](), set[int](), set[int]()

    def holds(self, seq: int, item: items.Item) -> bool:
        """Whether the item, the next one, belongs to the view."""
        match item:
            case items.UserMessage(author=author, joins=joins):
                self._turns |= {seq} if joins is None and author == self._visitor else set()
                return True
            case items.Edited() | items.Deleted() | items.Earlier() | items.Attached() | items.TurnOver():
                return True
            case items.Rebase():
                return True
            case items.Facts(ref=ref, known=known):
                return isinstance(known, TurnKnown) and ref in self._turns
            case items.ModelOutput(turn=turn):
                return turn in self._turns
            case _:
                return self._of_call(seq, item)

    def _of_call(self, seq: int, item: items.Item) -> bool:
        match item:
            case items.Call(turn=turn, requester=None):
                self._calls |= {seq} if turn in self._turns else set()
                return turn in self._turns
            case items.Request(call=call, number=number):
                self._requests |= {number or seq} if call in self._calls else set()
                return call in self._calls
            case items.Joined(call=call, request=request):
                return call in self._calls and request in self._requests
            case items.Close(request=request):
                return request in self._requests
            case items.Refused() | items.ToolResult() | items.ToolUnknown() | items.HandedOver():
                return item.call in self._calls
        return False
