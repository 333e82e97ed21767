"""Failures of our own: how many there were in a row, and what is given up after some, so that a thread goes on."""

from bot.core import items, words
from bot.core.items import Item
from bot.core.thread import Thread

#: in a row, after which something is given up
MAX_FAULTS = 5


class Faults:
    """Counts them by conversation."""

    def __init__(self) -> None:
        self._in_a_row: dict[str, int] = {}

    def enough(self, conversation: str) -> bool:
        """There was one more; whether that is as many as are borne."""
        self._in_a_row[conversation] = self._in_a_row.get(conversation, 0) + 1
        return self._in_a_row[conversation] >= MAX_FAULTS

    def forget(self, conversation: str) -> None:
        """All went well."""
        self._in_a_row.pop(conversation, None)


def given_up(thread: Thread) -> Item | None:
    """The oldest click, switch, stop or turn that something is to be done about."""
    for seq, click in thread.clicks.items():
        told = {"click": seq, "request": click.request, "actor": click.actor, "channel": click.channel}
        return items.ClickRefused(**told, reason=words.FAULT)
    for seq, switch in thread.switches.items():
        return items.SwitchRefused(switch=seq, actor=switch.actor, channel=switch.channel, reason=words.FAULT)
    for seq, stop in thread.stops.items():
        return items.StopRefused(stop=seq, actor=stop.actor, channel=stop.channel, reason=words.FAULT)
    busy = [seq for seq, turn in thread.turns.items() if thread.busy(turn)]
    return items.TurnOver(turn=min(busy), why="failed", text=words.FAULT) if busy else None
