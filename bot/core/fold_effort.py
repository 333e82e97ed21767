"""The rules of the fold for what a turn asks of the model, and for how the models did in it."""

from dataclasses import replace
from typing import Any

from bot.core import items
from bot.core.change import with_turn
from bot.core.effort import Effort, Trial
from bot.core.thread import Thread, Turn, Work


def spoken(effort: Effort, item: items.UserMessage) -> Effort:
    """With one more message."""
    return replace(effort, said=effort.said + len(item.text), files=effort.files or bool(item.files))


def failed(thread: Thread, turn: Turn, item: items.ModelFailed) -> dict[str, Any]:
    """What changes in the turn because the model that was asked failed."""
    before = turn.trials.get(thread.model)
    trial = Trial((before.failures if before else 0) + 1, not item.asked, item.retry_at)
    troubles = turn.effort.troubles + (item.why != "unavailable")
    return {"trials": {**turn.trials, thread.model: trial}, "effort": replace(turn.effort, troubles=troubles)}


def replied(thread: Thread, turn: Turn) -> dict[str, Any]:
    """What changes in the turn because the model that was asked replied; how the others did is remembered."""
    return {"trials": {name: trial for name, trial in turn.trials.items() if name != thread.model}, "delayed": False}


def gave(thread: Thread, work: Work | None, item: items.ToolResult) -> Thread:
    """The call that the model made gave something, or is to be corrected."""
    if work is None or work.call.origin != "model":
        return thread
    effort = thread.turns[work.call.turn].effort
    effort = replace(effort, results=effort.results + 1, length=effort.length + len(item.output))
    if item.outcome == "wrong":
        effort = replace(effort, troubles=effort.troubles + 1)
    return with_turn(thread, work.call.turn, effort=effort)


def refused(thread: Thread, work: Work | None) -> Thread:
    """A call that nothing was looked up for did not fit; what was looked up, the policy refused."""
    if work is None or work.call.origin != "model" or work.known or work.request or work.attempts:
        return thread
    effort = thread.turns[work.call.turn].effort
    return with_turn(thread, work.call.turn, effort=replace(effort, troubles=effort.troubles + 1))


def routed(thread: Thread, _: object, item: items.Routed) -> Thread:
    return replace(thread, model=item.model)


def delayed(thread: Thread, _: object, item: items.Delayed) -> Thread:
    return with_turn(thread, item.turn, delayed=True)
