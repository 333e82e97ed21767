"""How far a request is: who approved it, and who could give what is missing."""

from collections.abc import Iterator

from bot.core.known import SlackUser, Source
from bot.core.quorum import Quorum
from bot.core.thread import Ask
from bot.slack.blocks import when
from bot.slack.parts import NAMED, people

_ROLES = {
    "requester.manager": "the requester's manager",
    "subject.manager": "the manager of the person it is about",
    "resource.owner": "the owner of what it touches",
}


def could_vote(ask: Ask) -> tuple[SlackUser, ...]:
    """Who may still approve it, as far as is known here."""
    entitled = dict.fromkeys(user for users in ask.entitled.values() for user in users)
    return tuple(user for user in entitled if user not in ask.excluded and user not in ask.voted)


def newly_asked(ask: Ask) -> tuple[SlackUser, ...]:
    """Who is asked only since the escalation; the same people whatever they do, so that their copies follow."""
    request = ask.request
    more = (request.members.get(source, ()) for source in request.escalation if ask.escalated)
    return tuple(dict.fromkeys(user for users in more for user in users if user not in request.approvers))


def progress(ask: Ask) -> str:
    """What was said so far, what is missing, and until when."""
    missing, voted = ask.missing(ask.voted), tuple(ask.voted)
    lines = []
    if voted:
        lines.append(f"*{len(voted)} of {len(voted) + missing}*: approved by {people(voted)}")
    lines += _waiting(ask, missing)
    if ask.escalated:
        lines.append("Nobody decided for a while, so more people are asked.")
    step_up = {"everybody": "Approving needs a code.", "enrolled": "Approving needs a code of whoever has one."}
    lines += [step_up[ask.request.step_up]] if ask.request.step_up in step_up else []
    return "\n".join([*lines, f"Expires {when(ask.request.expires_at)}"])


def _waiting(ask: Ask, missing: int) -> Iterator[str]:
    unmet = [quorum for quorum in ask.quorums if quorum.missing(ask.voted)]
    more = " more" if ask.voted else ""
    if len(unmet) == 1 and unmet[0].missing(ask.voted) == missing:
        yield f"Waiting for {_number(missing)}{more} of {_quorum(ask, unmet[0])}"
        return
    yield f"Waiting for {_number(missing)}{more} of {people(could_vote(ask))}"
    for quorum in unmet:
        yield f"• among them {_number(quorum.missing(ask.voted))} of {_quorum(ask, quorum)}"


def _quorum(ask: Ask, quorum: Quorum) -> str:
    asked = [source for source in quorum.sources if source in ask.entitled]
    room = NAMED
    named = []
    for source in asked[:NAMED]:
        users = _still(ask, source)
        named.append(_source(source, users, max(0, room)))
        room -= len(users)
    left = len(asked) - len(named)
    text = ", ".join(named) + (f" and {left} other groups" if left > 0 else "")
    return f"{text}, each for a different one of these" if quorum.distinct else text


def _source(source: Source, users: tuple[SlackUser, ...], room: int) -> str:
    """The source, with at most `room` people of it by name."""
    if source[:1] in "UW" and source not in _ROLES:
        return f"<@{source}>"
    name = _ROLES.get(source) or f"<!subteam^{source}>"
    shown = ", ".join(f"<@{user}>" for user in users[:room])
    left = len(users) - len(users[:room])
    more = f" and {left} more" if left and shown else ""
    return f"{name} ({shown}{more})" if shown else name


def _still(ask: Ask, source: Source) -> tuple[SlackUser, ...]:
    can = could_vote(ask)
    return tuple(user for user in ask.entitled.get(source, ()) if user in can)


def _number(count: int) -> str:
    return "one" if count == 1 else str(count)
