"""What an approval is about: whatever of it changes, it is another request, and nothing else makes it another one."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.core import items
from bot.core.drafts import binding
from bot.core.known import CallKnown
from bot.core.thread import Thread, Work
from tests.core.story import ALEX_RECORD, EVE, GIVE, REPORTS, SAM_RECORD, Story, known_call
from tests.core.toolbox import MENU

KNOWN = known_call(resource=REPORTS)


def at(thread: Thread, **place: str) -> Thread:
    """The same conversation elsewhere."""
    assert thread.opened
    return replace(thread, opened=thread.opened.model_copy(update=place))


def asked_by(work: Work, **changes: Any) -> Work:
    return replace(work, call=work.call.model_copy(update=changes))


def known(**changes: Any) -> CallKnown:
    return KNOWN.model_copy(update=changes)


Changed = Callable[[Thread, Work], dict[str, Any]]

CHANGES: dict[str, Changed] = {
    "another tool": lambda _, __: {"tool": replace(MENU["give"], name="lend")},
    "another schema": lambda _, __: {"tool": replace(MENU["give"], arguments=MENU["take"].arguments)},
    "other arguments": lambda _, work: {"work": replace(work, arguments=GIVE.replace("8", "9"))},
    "another person": lambda _, __: {"known": known(subject=SAM_RECORD.model_copy(update={"record": "U-457"}))},
    "a person who has become an administrator": lambda _, __: {
        "known": known(subject=SAM_RECORD.model_copy(update={"privileged": True}))
    },
    "nobody": lambda _, __: {"known": known(subject=None)},
    "another kind of thing": lambda _, __: {"known": known(resource=replace(REPORTS, kind="device"))},
    "another thing of that name": lambda _, __: {"known": known(resource=replace(REPORTS, id="G-9"))},
    "a thing of another name": lambda _, __: {"known": known(resource=replace(REPORTS, name="reports-old"))},
    "a thing that is for administrators": lambda _, __: {"known": known(resource=replace(REPORTS, privileged=True))},
    "no thing": lambda _, __: {"known": known(resource=None)},
    "another requester": lambda _, work: {"work": asked_by(work, by=EVE)},
    "another record of the requester": lambda _, __: {
        "known": known(requester=ALEX_RECORD.model_copy(update={"record": "U-124"}))
    },
    "a requester without a record": lambda _, __: {"known": known(requester=None)},
    "another workspace": lambda thread, _: {"thread": at(thread, tenant="T2")},
    "another channel": lambda thread, _: {"thread": at(thread, channel="C2")},
    "another thread": lambda thread, _: {"thread": at(thread, thread_ts="2.1")},
    "another call": lambda _, work: {"work": replace(work, seq=work.seq + 1)},
    "what takes another call back": lambda _, work: {"work": asked_by(work, of=1)},
    "asked anew": lambda _, work: {"work": replace(work, renewals=1)},
    "another version": lambda _, __: {"version": 2},
}


@pytest.mark.parametrize("change", CHANGES)
def test_an_approval_is_bound_to_each_thing_that_it_is_about(change: str) -> None:
    story = Story()
    call, number = story.given()
    thread = story.thread
    same = {"thread": thread, "work": thread.works[call], "tool": MENU["give"], "known": KNOWN, "version": 1}
    assert binding(**same) == thread.asks[number].request.hash  # type: ignore[arg-type]  # each value fits its key
    other = CHANGES[change](thread, thread.works[call])
    assert binding(**{**same, **other}) != binding(**same)  # type: ignore[arg-type]  # each value fits its key


def test_how_the_arguments_are_written_is_no_part_of_it() -> None:
    story = Story()
    call, number = story.given()
    thread = story.thread
    spaced = replace(thread.works[call], arguments=' {"hours": 8, "group": "reports", "user_id": "U-456"}')
    assert binding(thread, spaced, MENU["give"], KNOWN, 1) == thread.asks[number].request.hash


def test_it_is_the_same_in_each_release() -> None:
    """Another hash voids all requests that are open, after an update too: then CHANGELOG has to say so."""
    story = Story()
    _, number = story.given()
    known = "85c2015aa35d7f6e7f03d586f4c5731fa54920fd03bb177ffa052dab3195fb53"
    assert story.thread.asks[number].request.hash == known


def test_the_id_of_a_card_is_the_beginning_of_its_hash() -> None:
    story = Story()
    _, number = story.given()
    request = story.thread.asks[number].request
    assert isinstance(request, items.Request)
    assert (len(request.id), len(request.hash)) == (32, 64)
    assert request.hash.startswith(request.id)
