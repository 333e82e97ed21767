"""The house: the one conversation that no thread is. It holds what concerns all others: the freeze, the policy.

Law: any approver may freeze at once, and so may the command line; to go on, two different ones have to say so.
"""

from collections.abc import Iterator

from bot.core import items, words
from bot.core.items import Item
from bot.core.steps import Append, Resolve, Step
from bot.core.thread import Thread

#: the channel of a tenant's house, which no Slack channel can be called
CHANNEL = "house"


def switched(thread: Thread) -> Iterator[Step]:
    """What the oldest switch nobody answered leads to."""
    for seq, switch in thread.switches.items():
        known = thread.click_known.get(seq)
        if switch.actor is None or known:
            refusal = known.refusal or (None if known.sources else words.NO_SWITCH) if known else None
            record = known.record if known else None
            yield Append((_refused(seq, switch, refusal) if refusal else _counted(thread, seq, switch, record),))
        else:
            yield Resolve("switch", seq)


def _refused(seq: int, switch: items.Switch, reason: str) -> Item:
    return items.SwitchRefused(switch=seq, actor=switch.actor, channel=switch.channel, reason=reason)


def _counted(thread: Thread, seq: int, switch: items.Switch, record: str | None) -> Item:
    if switch.action == "freeze":
        if thread.frozen and not thread.unfreeze:
            return _refused(seq, switch, words.FROZEN_ALREADY)
        return items.Switched(switch=seq, frozen=True, actor=switch.actor, record=record)
    if not thread.frozen:
        return _refused(seq, switch, words.NOT_FROZEN)
    first = thread.unfreeze
    if first is None:
        return items.Switched(switch=seq, frozen=True, asked=True, actor=switch.actor, record=record)
    if first.actor == switch.actor or (record is not None and first.record == record):
        return _refused(seq, switch, words.SOMEBODY_ELSE)
    return items.Switched(switch=seq, frozen=False, actor=switch.actor, record=record)
