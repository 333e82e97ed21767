"""Sentences of our own beside cards: what ran, what ended, who is still waited for, how things are in the house."""

from typing import Literal

from bot.core import items
from bot.core.change import cut
from bot.core.known import Person, SlackUser
from bot.core.thread import Ask, Thread, Work
from bot.slack.card_words import UNKNOWN
from bot.slack.parts import NAMED, people, plural, title
from bot.slack.progress import needed
from bot.slack.text import label, link, plain
from tools.spec import Tool

#: what is told of the house
HouseChange = items.Switched | items.PolicyChanged | items.RolledOut

#: per cent of a budget with which nothing is left
FULL = 100

#: Slack does not tell us all that people write
WITHHELD = (
    ":warning: Slack keeps from me what people write: this workspace made more than 30,000 events in an hour. Who was "
    "not answered has to ask again. Take me out of busy channels that do not need me."
)

#: characters of a failure or of arguments in a sentence
MAX_TOLD = 250


def ran(thread: Thread, work: Work, tool: Tool, subject: Person) -> str:
    """A call that the policy lets run without an approval."""
    by = thread.author(work)
    if work.call.origin == "undo":
        return f":leftwards_arrow_with_hook: <@{by}> took back: {_given(thread, work)}."
    thing = work.known.resource if work.known else None
    what = f" · {label(thing.kind)} {label(thing.name)}" if thing else ""
    requester = work.known.requester if work.known else None
    own = requester is not None and requester.record == subject.record
    who = "who asked for it" if own else f"asked by <@{by}>"
    return f"Ran `{tool.name}` for {label(subject.name)}, {who} ({tool.risk.value} risk){what}."


def unknown(work: Work) -> str:
    """Nobody knows what a call did."""
    return f":warning: `{label(work.call.tool)}` was interrupted and {UNKNOWN}"


def after_stop(work: Work, result: items.ToolResult) -> str:
    """What came of a call that ran already when a person stopped us."""
    begun = f":information_source: `{label(work.call.tool)}` was under way when you stopped me"
    return f"{begun}, and is done." if result.outcome == "done" else f"{begun}, and failed:\n>{_brief(result.output)}"


def learnt(work: Work, result: items.ToolResult) -> str:
    """What a call did after all of which we said that nobody knows."""
    tool = label(work.call.tool)
    if result.outcome == "done":
        return f":information_source: `{tool}`, which was interrupted, did take effect."
    return f":information_source: `{tool}`, which was interrupted, did not work:\n>{_brief(result.output)}"


def sealed(asked: SlackUser, address: str) -> str:
    """What comes with a one-time link."""
    return (
        f"<@{asked}> asked for a new password for you, and IT approved it.\n"
        f"*{link(address, 'Set a new password')}* within 15 minutes. Nobody else got this link.\n"
        "If you did not expect this, do not use it and tell IT."
    )


def sealed_of_report(asked: SlackUser, person: Person) -> str:
    """What the manager of somebody who gets a one-time link is told."""
    who = f"{label(person.name)} ({label(person.record)})"
    return (
        f"*A new password for {who}*: <@{asked}> asked for it, IT approved it, and a one-time link went to them.\n"
        "You are told because you are their manager. If it surprises you, ask them, and tell IT."
    )


# ── what the clock ends ──


def ended(thread: Thread, work: Work) -> str:
    """What a call gave for a time is over."""
    return f":hourglass: Over now: {_given(thread, work)}."


def not_ended(thread: Thread, work: Work, reason: str, *, last: bool = False) -> str:
    """What should be over is not."""
    then = "I do not try again; please end it by hand." if last else "I keep trying until it works."
    why = _brief(reason)
    return f":warning: Should be over, but could not be ended: {_given(thread, work)}. {then}\n>{why}"


def _given(thread: Thread, work: Work) -> str:
    """What the other call gave: by its request where that is still known, else by the arguments of this one."""
    for ask in thread.asks.values():
        request = ask.request
        if request.call == work.call.of:
            subject = f" · {label(request.subject.name)}" if request.subject else ""
            resource = f" · {label(request.resource.kind)} {label(request.resource.name)}" if request.resource else ""
            return f"{title(request)}{subject}{resource}"
    return f"`{label(work.call.tool)}` {_brief(work.arguments)}"


def _brief(words: str) -> str:
    line = " ".join(words.split())
    return plain(cut(line, MAX_TOLD))


# ── who is waited for ──


def nudge(number: int, ask: Ask, step: Literal["remind", "escalate"]) -> str:
    """Where several read it: a reminder by name."""
    still = "is still open" if step == "remind" else "is still open, and more people may decide it now"
    who = people(needed(ask))
    return f":bell: Request {number} ({_about(ask)}) {still}: {who}, please look at its card."


def reminder(number: int, ask: Ask) -> str:
    """For one of them, in a direct message."""
    return f":bell: Request {number} ({_about(ask)}) is still open. Please look at its card above."


def _about(ask: Ask) -> str:
    subject = ask.request.subject
    return f"{title(ask.request)} for {label(subject.name)}" if subject else title(ask.request)


# ── the house ──


def alert(found: items.Alert) -> str:
    """A budget that is used up to some extent, a tool or a model that often fails, events that never came."""
    if found.about == "events":
        return WITHHELD
    what = label(found.what)
    if found.about == "budget":
        full = " Who asks now is told when I can work for them again." if found.percent >= FULL else ""
        return f":moneybag: {found.percent} % of what this workspace may spend on me ({what}) is used.{full}"
    who = f"The tool `{what}`" if found.about == "tool" else f"The language model `{what}`"
    return f":warning: {who} fails often: {found.percent} % or more of today's calls. My log says why."


def house(change: HouseChange) -> str:
    """How things are from now on."""
    if isinstance(change, items.PolicyChanged):
        rules, digest = plural(len(change.rules), "rule"), label(change.digest[:12])
        named = ", ".join(f"`{label(name)}`" for name in change.rules[:NAMED])
        more = ", …" if len(change.rules) > NAMED else ""
        told = f"{rules} ({named}{more})" if named else rules
        return f":scroll: From now on I work by another policy than before: {told}, digest `{digest}`."
    if isinstance(change, items.RolledOut):
        which = "all conversations" if change.everywhere else "new conversations"
        return f":memo: From now on `{label(change.active)}` leads {change.percent} % of {which}."
    by = f"<@{change.actor}>" if change.actor else "the command line"
    if change.asked:
        return f":snowflake: {by} says that I may go on. Another approver has to agree: `/helpdesk unfreeze`."
    if change.frozen:
        return f":snowflake: Everything above low risk stands still, because of {by}. To go on takes two approvers."
    return f":arrow_forward: I go on: {by} agreed."
