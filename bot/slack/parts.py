"""The parts of an approval card: what and for whom, who said what about it, every argument, what the AI wrote."""

import json
from collections.abc import Iterator
from typing import Any

from bot.core.items import Request
from bot.core.known import SLACK_USER, SlackUser
from bot.core.tokens import SIGNED_IN
from bot.core.words import moment
from bot.slack import blocks
from bot.slack.blocks import Block
from bot.slack.card_words import SOURCES
from bot.slack.cases import Case
from bot.slack.text import label, link, pieces, plain

#: characters of arguments, as they are shown, that a card holds; longer ones are looked at in a form
MAX_SHOWN = 6_000

#: characters that a card shows of arguments too long for it
BEGINNING = 2_800

#: people, or kinds of text, named in one line
NAMED = 10

#: characters of why a request is asked anew
MAX_WHY = 200


def title(request: Request) -> str:
    """What would be done, in the tool's words."""
    return request.tool.replace("_", " ")


def about(case: Case) -> list[Block]:
    """What and for whom."""
    request, shown = case.ask.request, []
    if subject := request.subject:
        user = f" <@{subject.slack_user}>" if subject.slack_user else ""
        flag = " · :rotating_light: *privileged account*" if subject.privileged else ""
        shown.append(blocks.section(f"*For* {label(subject.name)} ({label(subject.record)}){user}{flag}"))
    if resource := request.resource:
        owner = f" · owner {label(resource.owner)}" if resource.owner else ""
        flag = " · :rotating_light: *privileged*" if resource.privileged else ""
        name, known = label(resource.name), f"({label(resource.id)})"
        name = name if name.endswith(known) else f"{name} {known}"
        shown.append(blocks.section(f"*{label(resource.kind.capitalize())}* {name}{flag}{owner}"))
    also = f", also by {people(case.joined)}" if case.joined else ""
    return [*shown, blocks.section(f"*Asked by* <@{request.requester}>{_through(request)}{also}")]


def _through(request: Request) -> str:
    """By which of the API's tokens, or from which command line; whoever has it may have written what follows."""
    if request.terminal:
        host, user = label(request.terminal.host), label(request.terminal.user)
        return f" from the command line of *{host}*, OS user *{user}*; nobody can say that it was them"
    if request.through is None:
        return ""
    token, owner = label(request.through.token), request.through.owner
    if token.startswith(SIGNED_IN):
        return " through the API, signed in as themselves"
    whose = "" if owner == request.requester else f" of <@{owner}>"
    return f" through the API, token *{token}*{whose}"


def told(case: Case) -> Iterator[Block]:
    """What people said about it and did to it before."""
    request = case.ask.request
    if request.words:
        way = f" · {link(case.link, 'the message')}" if case.link else ""
        yield blocks.context(f"In their own words{way}:")
        yield from blocks.quoted(request.words)
    if request.undoes is not None:
        which = f"request {case.takes_back}" if case.takes_back else "an earlier call"
        yield blocks.context(f"Takes back what {which} did.")
    if denial := request.denial:
        why = ":" if denial.reason else ""
        yield blocks.context(f":no_entry: The same was denied by <@{denial.by}>, {moment(denial.at)}{why}")
        # what was said in another conversation stays there
        yield from blocks.quoted(denial.reason) if denial.reason else ()
    if request.renews is not None:
        why = " ".join((request.why or "something changed").split())[:MAX_WHY]
        yield blocks.context(f"Asked anew in place of request {request.renews}: {plain(why)}.")
    if request.edited_by:
        changed = f"<@{request.edited_by}> changed it from what was asked"
        yield blocks.context(f"Version {request.version}: {changed}. Earlier votes are void.")


def arguments(request: Request) -> list[Block]:
    """Every argument; of those that a card cannot hold the beginning, and how much is left."""
    shown = spelled(request)
    if len(shown) <= MAX_SHOWN:
        return blocks.fenced(shown)
    beginning = next(pieces(shown, BEGINNING))
    left = len(shown) - len(beginning)
    return [
        *blocks.fenced(beginning),
        blocks.section(f":scissors: *{left:,} more characters.* Press *View all…*: it can be approved only there."),
    ]


def too_long(request: Request) -> bool:
    """The card does not show all of it, so it cannot be approved there."""
    return len(spelled(request)) > MAX_SHOWN


def spelled(request: Request) -> str:
    """All arguments, a line each, as they can stand in a fence."""
    given: dict[str, Any] = json.loads(request.arguments)
    return blocks.spelled("\n".join(f"{name}: {_value(value)}" for name, value in given.items()))


def _value(value: Any) -> str:
    """The value such that it can be taken for nothing else: no second argument, no number, not nothing."""
    if isinstance(value, str) and value == value.strip() and not _is_json(value):
        return value.replace("\n", "\n    ")
    return json.dumps(value, ensure_ascii=False)


def _is_json(value: str) -> bool:
    try:
        json.loads(value)
    except (ValueError, RecursionError):
        return not value
    return True


def note(request: Request) -> Iterator[Block]:
    """What the AI wrote, and what it had read."""
    if request.note:
        yield blocks.context(":robot_face: *Written by the AI, nobody checked this:*")
        yield from blocks.quoted(request.note)
    if request.influences:
        named = [_influence(each) for each in request.influences[:NAMED]]
        yield blocks.context(f"*Influenced by* {_listed(named, len(request.influences))}")


def _influence(by: str) -> str:
    kind, _, name = by.partition(":")
    if kind == "user" and SLACK_USER.fullmatch(name):
        return f"<@{name}>"
    if kind == "file" and SLACK_USER.fullmatch(name):
        return f"files that <@{name}> sent"
    return SOURCES.get(name, f"what `{label(name)}` returned") if kind == "tool" else label(by)


def foot(case: Case) -> Block:
    """Which request it is, how risky, and how it is taken back."""
    tool, request = case.tool, case.ask.request
    if tool is None:
        return blocks.context(f"Request {case.number} · What it asked for is no longer offered.")
    undo = f"Can be undone: {plain(tool.undo).rstrip('.')}" if tool.undo else "*Cannot be undone.*"
    hours = json.loads(request.arguments).get(tool.ends_after) if tool.ends_after else None
    ends = f" · Ends by itself after {plural(hours, 'hour')}" if isinstance(hours, int) else ""
    runs = f"Runs `{tool.name}` with exactly these arguments · {tool.risk.value} risk"
    return blocks.context(f"Request {case.number} · {runs} · {undo}{ends}")


def people(users: tuple[SlackUser, ...]) -> str:
    """Mentions of at most NAMED people, and how many are not named."""
    return _listed([f"<@{user}>" for user in users[:NAMED]], len(users))


def _listed(named: list[str], in_all: int) -> str:
    left = in_all - len(named)
    return ", ".join(named) + (f" and {left} more" if left > 0 else "")


def plural(number: int, word: str) -> str:
    """Such as "1 hour", "2 hours"."""
    return f"{number} {word}" if number == 1 else f"{number:,} {word}s"
