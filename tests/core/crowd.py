"""Whoever and whatever random histories are made of: people, policies, what is asked for, what look-ups find."""

from collections.abc import Mapping
from datetime import timedelta

from hypothesis import strategies as st

from bot.core.known import CallKnown, ClickKnown, HumansKnown, Person, StartKnown, TurnKnown
from bot.core.policy import Policy, Rule
from bot.core.thread import Thread
from tests.core.story import (
    ADMIN,
    ADMINS,
    ALEX,
    ALEX_RECORD,
    DANA,
    EVE,
    GIVE,
    KIM,
    LAPTOP,
    OMAR,
    REPORTS,
    SAM,
    SAM_RECORD,
)

EVERYBODY = (ALEX, SAM, DANA, OMAR, KIM, EVE)
PEOPLE = st.sampled_from(EVERYBODY)

#: mostly Alex, for whoever speaks decides nothing any more
AUTHORS = st.sampled_from([ALEX] * 12 + [SAM, DANA, OMAR, EVE])

#: Kim is a second account of Dana; Eve is in no directory
RECORDS = {ALEX: "U-123", SAM: "U-456", DANA: "U-1", OMAR: "U-2", KIM: "U-1", EVE: None}

CALLS = st.sampled_from(
    [
        ("look", '{"query":"a"}'),
        ("look", '{"query":"b"}'),
        ("note_down", '{"text":"a"}'),
        ("escalate_to_human", '{"summary":"a"}'),
        ("send", '{"text":"a"}'),
        ("unlock", '{"user_id":"U-123"}'),
        ("unlock", '{"user_id":"U-456"}'),
        ("reset", '{"user_id":"U-456"}'),
        ("reset", '{"user_id":"U-999"}'),
        ("wipe", '{"device_id":"L-1"}'),
        ("give", GIVE),
        ("give", GIVE.replace("8", "4")),
        ("take", '{"user_id":"U-456","group":"reports"}'),
        ("nonsense", "{}"),
        ("look", "not json"),
    ]
)

#: the same without what never gets to a card, and more often what many may be asked about
ASKED = st.sampled_from(
    [
        ("unlock", '{"user_id":"U-123"}'),
        ("unlock", '{"user_id":"U-456"}'),
        ("reset", '{"user_id":"U-456"}'),
        ("reset", '{"user_id":"U-456"}'),
        ("wipe", '{"device_id":"L-1"}'),
        *[("give", GIVE)] * 6,
        ("look", '{"query":"c"}'),
    ]
)

ACTIONS = st.sampled_from(["approve", "approve", "deny", "withdraw", "edit", "edit", "undo", "undo"])

#: what people make of arguments in the modal
EDITS = st.sampled_from([*(GIVE.replace("8", hours) for hours in ("9", "20", "30", "5", "2", "0")), "[]"])

BOTH = Rule(name="both", tools=("give",), approvals=2, sources=("S1", "S2"), distinct=True)
TWO = Rule(name="two", tools=("reset", "give"), approvals=2)
THREE = Rule(name="three", tools=("reset",), approvals=3)
MINE = Rule(name="mine", tools=("unlock",), approvals=1)

POLICIES = {
    "one list": Policy(approvers=(DANA, OMAR, KIM)),
    "two": Policy(approvers=("S1",), rules=(TWO,)),
    "two groups": Policy(approvers=("S1",), rules=(BOTH,)),
    "three": Policy(approvers=("S1", "S2"), rules=(THREE,)),
    "later more": Policy(
        approvers=(DANA,), remind_after=timedelta(hours=1), escalate_after=timedelta(hours=2), escalate_to=("S2",)
    ),
    "fallback": Policy(approvers=(EVE,), fallback=("S1",), max_open=2),
    "strict": Policy(approvers=("S1",), rules=(TWO, MINE)),
}

#: who is behind each source, on three days
MEMBERS: list[Mapping[str, tuple[str, ...]]] = [
    {"S1": (DANA, OMAR, KIM, ALEX), "S2": (OMAR, EVE, SAM)},
    {"S1": (OMAR, KIM), "S2": (EVE,)},
    {"S1": (DANA,), "S2": (KIM, SAM)},
]


def rarely(data: st.DataObject, of: int) -> bool:
    """Once in so many times; never is the simplest."""
    return data.draw(st.integers(1, of)) == of


Known = TurnKnown | CallKnown | ClickKnown | StartKnown | HumansKnown


def found(data: st.DataObject, thread: Thread, about: str, ref: int) -> Known:
    """What a look-up gives, mostly that all is well."""
    if about == "humans":
        return HumansKnown(to=() if rarely(data, 3) else ("channel:C1",))
    no = "no" if rarely(data, 25) else None
    match about:
        case "turn":
            return TurnKnown(record=RECORDS[thread.turns[ref].author], refusal=no)
        case "call":
            return _call(data, thread, ref, no)
        case "click":
            return _click(data, thread, ref, no)
    ask = thread.asks.get(thread.works[ref].request or 0)
    voters = {user: _belongs(data, user) for user in (ask.voted if ask else {})}
    return StartKnown(refusal=no, frozen=rarely(data, 15), voters=voters, call=_call(data, thread, ref, None))


def _click(data: st.DataObject, thread: Thread, ref: int, no: str | None) -> ClickKnown:
    click = thread.clicks[ref]
    call = thread.asks[click.request].request.call
    about = _call(data, thread, call, None) if call in thread.works else None
    return ClickKnown(refusal=no, sources=_belongs(data, click.actor), record=RECORDS[click.actor], call=about)


def _call(data: st.DataObject, thread: Thread, call: int, no: str | None) -> CallKnown:
    work = thread.works[call]
    author = thread.author(work)
    sometimes = rarely(data, 15)
    subject = None
    if "U-456" in work.arguments:
        subject = ADMIN if sometimes else SAM_RECORD
    elif "U-123" in work.arguments:
        subject = ALEX_RECORD
    return CallKnown(
        requester=Person(record=RECORDS[author] or "U-E", name=author, privileged=False, slack_user=author),
        subject=subject,
        resource={"wipe": LAPTOP, "give": ADMINS if sometimes else REPORTS, "take": REPORTS}.get(work.call.tool),
        sources=dict(_members(data)),
        open_requests=len([ask for ask in thread.asks.values() if not ask.close]),
        refusal=no,
    )


def _members(data: st.DataObject) -> Mapping[str, tuple[str, ...]]:
    """Who is behind each source just now."""
    day = data.draw(st.sampled_from([0] * 12 + [1, 2]))
    return {**MEMBERS[day], **{user: (user,) for user in (DANA, OMAR, KIM, EVE)}}


def _belongs(data: st.DataObject, user: str) -> tuple[str, ...]:
    return tuple(source for source, users in _members(data).items() if user in users)
