"""How far a request is: who approved it, and who could give what is missing."""

from collections.abc import Iterator
from itertools import combinations

from bot.core.known import SlackUser, Source
from bot.core.quorum import Quorum, Votes
from bot.core.thread import Ask
from bot.core.words import moment
from bot.slack.card_words import OWN, ROLES, STEP_UP
from bot.slack.parts import NAMED, people


def could_vote(ask: Ask) -> tuple[SlackUser, ...]:
    """Who may still approve it, as far as is known here."""
    entitled = dict.fromkeys(user for users in ask.entitled.values() for user in users)
    return tuple(user for user in entitled if user not in ask.excluded and user not in ask.voted)


def needed(ask: Ask) -> tuple[SlackUser, ...]:
    """Of those who may still approve it the ones whose approval would bring it nearer."""
    before = _left(ask, ask.voted)
    return tuple(user for user in could_vote(ask) if _left(ask, {**ask.voted, user: _sources(ask, user)}) < before)


def newly_asked(ask: Ask) -> tuple[SlackUser, ...]:
    """Who is asked only since the escalation; the same people whatever they do, so that their copies follow."""
    request = ask.request
    more = (request.members.get(source, ()) for source in request.escalation if ask.escalated)
    return tuple(dict.fromkeys(user for users in more for user in users if user not in request.approvers))


def progress(ask: Ask) -> str:
    """What was said so far, what is missing, and until when."""
    missing, in_all, voted = _missing(ask, ask.voted), _missing(ask, {}), tuple(ask.voted)
    lines = [f"*{in_all - missing} of {in_all}*: approved by {people(voted)}"] if voted else []
    lines += _waiting(ask, missing)
    if ask.escalated:
        lines.append("Nobody decided for a while, so more people are asked.")
    lines += [STEP_UP[ask.request.step_up]] if ask.request.step_up in STEP_UP else []
    lines += [OWN] if ask.request.self_approval else []
    return "\n".join([*lines, f"Expires {moment(ask.request.expires_at)}"])


def _missing(ask: Ask, votes: Votes) -> int:
    """Votes needed beside these; where nobody can count for two quorums, for each of them its own."""
    asked = [{user for source in quorum.sources for user in ask.entitled.get(source, ())} for quorum in ask.quorums]
    apart = not any(one & other for one, other in combinations(asked, 2))
    alone = sum(quorum.missing(votes) for quorum in ask.quorums) if apart else 0
    return max(ask.missing(votes), alone)


def _left(ask: Ask, votes: Votes) -> tuple[int, int]:
    """How far it is: smaller is nearer, whether or not fewer votes are needed then."""
    return _missing(ask, votes), sum(quorum.missing(votes) for quorum in ask.quorums)


def _sources(ask: Ask, user: SlackUser) -> tuple[Source, ...]:
    return tuple(source for source, users in ask.entitled.items() if user in users)


def _waiting(ask: Ask, missing: int) -> Iterator[str]:
    unmet = [quorum for quorum in ask.quorums if quorum.missing(ask.voted)]
    more = " more" if ask.voted else ""
    if unmet and sum(quorum.missing(ask.voted) for quorum in unmet) == missing:
        yield f"Waiting for {' and '.join(_quorum(ask, quorum, more) for quorum in unmet)}"
        return
    yield f"Waiting for {_number(missing)}{more} of {people(needed(ask))}"
    for quorum in unmet:
        yield f"• among them {_quorum(ask, quorum)}"


def _quorum(ask: Ask, quorum: Quorum, more: str = "") -> str:
    """How many are missing, and of whom: only sources from which a vote would still count."""
    missing = quorum.missing(ask.voted)
    asked = [source for source in quorum.sources if source in ask.entitled and _open(quorum, source, ask.voted)]
    room = NAMED
    named = []
    for source in asked[:NAMED]:
        users = _still(ask, source)
        named.append(_source(source, users, max(0, room)))
        room -= len(users)
    left = len(asked) - len(named)
    text = ", ".join(named) + (f" and {left} other groups" if left > 0 else "")
    apart = quorum.distinct and missing > 1
    return f"{missing}{more} people, each from another of: {text}" if apart else f"{_number(missing)}{more} of {text}"


def _open(quorum: Quorum, source: Source, voted: Votes) -> bool:
    """Somebody of this source alone would bring the quorum nearer."""
    return quorum.missing({**voted, "": (source,)}) < quorum.missing(voted)


def _source(source: Source, users: tuple[SlackUser, ...], room: int) -> str:
    """The source, with at most `room` people of it by name."""
    if source[:1] in "UW" and source not in ROLES:
        return f"<@{source}>"
    name = ROLES.get(source) or f"<!subteam^{source}>"
    shown = ", ".join(f"<@{user}>" for user in users[:room])
    left = len(users) - len(users[:room])
    more = f" and {left} more" if left and shown else ""
    return f"{name} ({shown}{more})" if shown else name


def _still(ask: Ask, source: Source) -> tuple[SlackUser, ...]:
    can = could_vote(ask)
    return tuple(user for user in ask.entitled.get(source, ()) if user in can)


def _number(count: int) -> str:
    return "one" if count == 1 else str(count)
