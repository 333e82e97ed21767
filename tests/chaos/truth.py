"""What must be true at the end, whatever went wrong. Each function names those for whom it is not; its sentence is what
it promises.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from http import HTTPStatus
from itertools import combinations
from math import inf

from tests.chaos.cards import card_shows_the_truth
from tests.chaos.people import APPROVERS, Told
from tests.chaos.record import Line, Record, conversation_of, key_of, said_in
from tests.chaos.starts import (
    each_start_has_an_outcome_and_unknown_ones_are_told,
    what_can_be_repeated_has_one_effect,
    what_cannot_be_repeated_acts_once,
    what_cannot_be_repeated_starts_once,
)

Truth = Callable[[Record], Iterator[str]]


def each_message_is_in_the_log_once(record: Record) -> Iterator[str]:
    """Each message Slack handed over is in the log of its thread, once."""
    found = Counter((line.conversation, line.content["ts"]) for line in record.items("user_message"))
    for told in record.told:
        if (times := found[conversation_of(told), told.ts]) != 1:
            yield f"{_named(told)} is in the log {times} times"


def each_message_is_answered_once_or_its_failure_told(record: Record) -> Iterator[str]:
    """Each message has one answer, or its thread says once that there is none."""
    for told in record.told:
        answers = [post for post in record.thread(told) if f"{told.word} = " in said_in(post)]
        if len(answers) > 1:
            yield f"{_named(told)} is answered {len(answers)} times"
        elif not answers and not any(record.shown(over) for over in _ends(record, told)):
            yield f"{_named(told)} is neither answered nor was a failure told"


def answers_come_in_the_order_of_the_messages(record: Record) -> Iterator[str]:
    """Within a thread what was said first is answered first, unless it was handed over only after the other."""
    threads: dict[tuple[str, str], list[Told]] = defaultdict(list)
    for told in record.told:
        threads[told.channel, told.thread].append(told)
    for thread in threads.values():
        places = {told: place for told in thread if (place := _answered_at(record, told))}
        for before, after in combinations(sorted(places, key=lambda each: each.ts), 2):
            in_time = record.taken.get((before.channel, before.ts), inf) < record.offered[after.channel, after.ts]
            if in_time and places[after] < places[before]:
                yield f"{_named(after)} is answered before {before.word}"


def what_waited_is_told_once_when_it_is_over(record: Record) -> Iterator[str]:
    """Who was told that people are asked is told once what came of it; who took it back knows."""
    verdicts = {line.conversation: line.content["verdict"] for line in record.items("close")}
    for told in record.told:
        said = [said_in(post) for post in record.thread(told)]
        asked = any(f"{told.word} = asked" in each for each in said)
        later = sum(f"{told.word} later = " in each for each in said)
        verdict = verdicts.get(conversation_of(told))
        if later > 1:
            yield f"{_named(told)} has {later} later answers"
        if asked and not later and verdict != "withdrawn" and not list(_ends(record, told)):
            yield f"{_named(told)} was told that people are asked, and never what came of it ({verdict})"


def nothing_is_posted_twice(record: Record) -> Iterator[str]:
    """No two messages carry the same key, and none carries none."""
    for key, times in Counter(key_of(post) for post in record.posts).items():
        if key is None:
            yield f"{times} messages carry no key"
        elif times > 1:
            yield f"{key} is posted {times} times"


def only_approvers_decide(record: Record) -> Iterator[str]:
    """Nobody else's click counts, and nothing approved-only starts without one."""
    approved = {(line.conversation, line.content["request"]) for line in record.items("decision")
                if line.content["verdict"] == "approve" and line.content["actor"] in APPROVERS}  # fmt: skip
    for line in record.items("decision"):
        if line.content["actor"] not in APPROVERS:
            yield f"{line.conversation}#{line.seq}: {line.content['actor']} decided"
    asked = {(line.conversation, line.content["call"]): line for line in record.items("request")}
    for line in record.items("tool_start"):
        request = asked.get((line.conversation, line.content["call"]))
        if request and (line.conversation, request.seq) not in approved:
            yield f"{line.conversation}#{line.seq} started without an approval"


def no_status_is_left(record: Record) -> Iterator[str]:
    """No thread says that the bot is at work."""
    yield from (f"{place} says that the bot is at work" for place in record.statuses)


def everything_is_at_rest(record: Record) -> Iterator[str]:
    """Nothing that arrived is undone, nothing that is to be shown is not, no event was given up or refused."""
    yield from record.unrest
    yield from (f"Slack refused {each}" for each in record.refused)
    if record.given_up:
        yield f"{record.given_up} events were given up by Slack"


def the_log_is_what_was_written(record: Record) -> Iterator[str]:
    """`helpdesk audit verify` finds no fault."""
    if record.faults:
        yield record.faults


TRUTHS: tuple[Truth, ...] = (
    each_message_is_in_the_log_once,
    each_message_is_answered_once_or_its_failure_told,
    answers_come_in_the_order_of_the_messages,
    what_waited_is_told_once_when_it_is_over,
    nothing_is_posted_twice,
    what_cannot_be_repeated_starts_once,
    what_cannot_be_repeated_acts_once,
    what_can_be_repeated_has_one_effect,
    each_start_has_an_outcome_and_unknown_ones_are_told,
    card_shows_the_truth,
    only_approvers_decide,
    no_status_is_left,
    everything_is_at_rest,
    the_log_is_what_was_written,
)


def violations(record: Record) -> list[str]:
    """What is not true, each with the promise that is broken; empty: all is well."""
    return [f"{truth.__name__.replace('_', ' ')}: {each}" for truth in TRUTHS for each in truth(record)]


def lost_presses(record: Record) -> list[str]:
    """Presses that were acknowledged to Slack, left nothing in the log, and nobody said so; they press again."""
    taken = [each for each in record.presses if each.status == HTTPStatus.OK and each.action != "deny"]
    pressed = Counter((each.thread, each.actor) for each in taken)
    clicks = Counter(
        (line.conversation.split(":")[2], line.content["actor"])
        for line in record.items("click")
        if line.content["action"] != "deny" and line.content["channel"]
    )
    lost = pressed - clicks - Counter(record.not_stored)
    return [f"{who} in {thread}" for thread, who in lost.elements()]


# ── finding ──


def _answered_at(record: Record, told: Told) -> tuple[str, int] | None:
    """Which message answers it, and where in that."""
    mark = f"{told.word} = "
    return next(((post.ts, said_in(post).index(mark)) for post in record.thread(told) if mark in said_in(post)), None)


def _ends(record: Record, told: Told) -> Iterator[Line]:
    """How the turn of the message ended without an answer."""
    lines = record.log.get(conversation_of(told), [])
    mine = next((line for line in lines if line.kind == "user_message" and line.content["ts"] == told.ts), None)
    turn = mine and (mine.content.get("joins") or mine.seq)
    return (line for line in lines if line.kind == "turn_over" and line.content["turn"] == turn)


def _named(told: Told) -> str:
    return f"{told.text!r} in {conversation_of(told)}"
