"""What is told beside cards, and where: the house to the approval channel alone, who is concerned in person."""

from datetime import timedelta
from typing import Any

import pytest

from bot.core import items
from bot.core.fold import apply
from bot.core.items import Entry
from bot.core.known import CallKnown
from bot.core.thread import Thread
from bot.slack.render import Renderer
from bot.store.deliveries import Shown
from tests.slack.cases import GRANT, NOW, PAYROLL, SAM, read, request
from tools import TOOLS

MENU = {each.name: each for each in TOOLS}


class Log:
    """A log written by hand; each item gives what it wants shown."""

    def __init__(self, approval_channel: str | None = None, channel: str = "C0IT", *, private: bool = False) -> None:
        self.thread = Thread()
        self.render = Renderer(MENU, approval_channel, "https://reset.example.com/{}".format, "https://x.slack.com/")
        self.add(items.Opened(tenant="T1", channel=channel, thread_ts="1.1", private=private))

    def add(self, item: items.Item) -> list[Shown]:
        entry = Entry(seq=self.thread.head + 1, at=NOW, item=item)
        self.thread = apply(self.thread, entry)
        return list(self.render(self.thread, entry))

    def called(self, tool: str, **changes: Any) -> int:
        """Alex asks, and the model calls the tool for Sam; the call's seq."""
        self.add(items.UserMessage(author="U0ALEX", text="please", ts="1.1"))
        part = (items.CallHere(),)
        self.add(items.ModelOutput(turn=2, seen=2, model="m", prompt="p", status="complete", parts=part))
        self.add(items.Call(turn=2, tool=tool, arguments='{"user_id": "U-456"}', **changes))
        self.add(items.Facts(ref=4, known=CallKnown(subject=SAM, requester=SAM.model_copy(update={"record": "U-123"}))))
        return 4

    def ran(self, call: int, outcome: items.Outcome = "done", attempt: int = 1) -> list[Shown]:
        tool = self.thread.works[call].call.tool
        self.add(items.ToolStart(call=call, tool=tool, attempt=attempt))
        return self.add(items.ToolResult(call=call, tool=tool, outcome=outcome, output="The directory is away."))


def told(shown: list[Shown]) -> list[tuple[str, str]]:
    """Where, and what in short."""
    return [(each.target, str(each.content["text"])) for each in shown]


HOUSE = [
    items.Switched(switch=2, frozen=True, actor="U0DANA"),
    items.Switched(switch=2, frozen=True, asked=True, actor="U0DANA"),
    items.Switched(switch=2, frozen=False, actor=None),
    items.PolicyChanged(digest="d" * 64, rules=("a",)),
]


@pytest.mark.parametrize("item", HOUSE)
def test_the_house_is_told_to_the_approval_channel_and_to_nobody_without_one(item: items.Item) -> None:
    for approval_channel, where in (("C0APPROVE", ["channel:C0APPROVE"]), (None, [])):
        house = Log(approval_channel, "house")
        assert house.add(items.PolicyChanged(digest="c" * 64, rules=())) == [], "the very first policy is no news"
        assert places(house.add(item)) == where


def test_a_switch_that_does_not_count_is_told_to_the_person_alone() -> None:
    refused = items.SwitchRefused(switch=2, actor="U0ALEX", channel="D0ALEX", reason="No.")
    assert told(Log("C0APPROVE", "house").add(refused)) == [("only:D0ALEX:U0ALEX", "No.")]
    nowhere = items.SwitchRefused(switch=2, actor=None, channel=None, reason="No.")
    assert Log("C0APPROVE", "house").add(nowhere) == []


def test_what_ran_without_approval_is_announced_with_who_asked() -> None:
    log = Log()
    shown = told(log.ran(log.called("unlock_account")))
    assert shown == [("thread", "Ran `unlock_account` for Sam Patel, asked by <@U0ALEX> (medium risk).")]


def test_what_was_taken_back_is_told_with_the_thing_and_by_whom() -> None:
    log = Log()
    asked(log)
    log.add(items.Close(request=6, verdict="approved", by="U0DANA"))
    log.add(items.ToolStart(call=4, tool="grant_access", attempt=1))
    log.add(items.ToolResult(call=4, tool="grant_access", outcome="done", output="{}"))
    log.add(items.Call(origin="undo", turn=2, tool="revoke_access", arguments="{}", of=4, by="U0OMAR"))
    undo = log.thread.head
    log.add(items.Facts(ref=undo, known=CallKnown(subject=SAM, resource=PAYROLL)))
    words = told(log.ran(undo))[-1][1]
    assert words == ":leftwards_arrow_with_hook: <@U0OMAR> took back: grant access · Sam Patel · group payroll."


def test_what_does_not_end_is_told_at_the_third_failure_and_when_it_did() -> None:
    log = Log("C0APPROVE")
    call = log.called("revoke_access", origin="clock", of=1, due=NOW, subject="U-456")
    assert log.ran(call, "passing", 1) == log.ran(call, "passing", 2) == []
    third = told(log.ran(call, "passing", 3))
    assert [where for where, _ in third] == ["thread", "channel:C0APPROVE"]
    assert "I keep trying" in third[0][1]
    assert "The directory is away." in third[0][1]
    assert log.ran(call, "passing", 4) == []
    assert told(log.ran(call, "done", 5)) == [("thread", ':hourglass: Over now: `revoke_access` {"user_id": "U-456"}.')]


def asked(log: Log, **changes: Any) -> list[Shown]:
    """What is shown where a request of these is made."""
    call = log.called(changes.get("tool", "grant_access"))
    return log.add(request(call=call, **changes))


def places(shown: list[Shown]) -> list[str]:
    return [each.target for each in shown]


def test_a_card_goes_where_it_can_be_decided_and_its_subject_is_told() -> None:
    assert places(asked(Log())) == ["thread", "user:U0SAM"]
    assert places(asked(Log("C0APPROVE"))) == ["thread", "channel:C0APPROVE", "user:U0SAM"]
    private = asked(Log(channel="D0ALEX", private=True))
    assert places(private) == ["thread", "user:U0DANA", "user:U0OMAR", "user:U0SAM"]


def test_a_card_goes_to_ten_people_at_most() -> None:
    many = {"S0ITADM": tuple(f"U0ADMIN{number}" for number in range(30))}
    private = places(asked(Log(channel="D0ALEX", private=True), members=many))
    assert len([each for each in private if each.startswith("user:U0ADMIN")]) == 10


def test_of_a_medium_call_only_privileged_people_and_things_tell_their_subject() -> None:
    only = {"tool": "revoke_access", "arguments": {"user_id": "U-456", "group": "payroll"}}
    assert places(asked(Log(), **only, resource=None)) == ["thread"]
    assert places(asked(Log(), **only, resource=PAYROLL)) == ["thread", "user:U0SAM"]


def test_nobody_is_told_that_they_asked_about_themselves() -> None:
    assert places(asked(Log(), subject=SAM.model_copy(update={"slack_user": "U0ALEX"}))) == ["thread"]
    assert places(asked(Log(), subject=SAM.model_copy(update={"slack_user": None}))) == ["thread"]


def test_another_version_changes_every_copy_in_its_place() -> None:
    log = Log("C0APPROVE")
    first = asked(log)
    log.add(items.Click(request=6, id="x", action="edit", actor="U0DANA", pressed_at=NOW, arguments="{}"))
    second = log.add(request(GRANT | {"duration_hours": 2}, call=4, version=2, number=6, edited_by="U0DANA", click=7))
    assert [(each.seq, each.target, each.part) for each in second] == [(e.seq, e.target, e.part) for e in first]
    assert all("duration_hours: 2" in read(each.content["blocks"]) for each in second)


def test_asked_anew_the_old_card_says_what_took_its_place() -> None:
    log = Log()
    asked(log)
    log.add(items.Close(request=6, verdict="approved", by="U0DANA"))
    anew = log.add(request(call=4, renews=6, why="somebody left", expires_at=NOW + timedelta(hours=1)))
    assert [(each.seq, each.target) for each in anew] == [
        (8, "thread"),
        (8, "user:U0SAM"),
        (6, "thread"),
        (6, "user:U0SAM"),
    ]
    assert "request 8 takes its place" in read(anew[2].content["blocks"])


# ── what nobody knew ──


def test_the_truth_about_an_interrupted_call_is_told_in_the_thread_and_its_card_shows_it() -> None:
    log = Log()
    call = log.called("grant_access")
    log.add(request().model_copy(update={"call": call}))
    log.add(items.Close(request=6, verdict="approved", by="U0DANA"))
    log.add(items.ToolStart(call=call, tool="grant_access", attempt=1))
    log.add(items.ToolUnknown(call=call, tool="grant_access"))
    late = items.ToolResult(call=call, tool="grant_access", outcome="done", output='{"group":"Payroll"}', late=True)
    shown = log.add(late)
    assert (8 + 2, "thread") in [(each.seq, each.target) for each in shown]
    assert ":information_source: `grant_access`, which was interrupted, did take effect." in str(told(shown))
    cards = [read(each.content["blocks"]) for each in shown if each.seq == 6 and each.target == "thread"]
    assert len(cards) == 1
    assert "Done" in cards[0]
    assert log.thread.asks[6].ended == "done"
