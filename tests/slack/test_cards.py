"""A card tells what would be done, to whom, why, and what became of it, and offers just what makes sense then."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal

import pytest

from bot.core.items import Close
from bot.core.known import Denial
from bot.core.quorum import Quorum
from bot.core.thread import Ask
from bot.playground.blocks import check_message
from bot.slack.card import card, subject_card
from bot.slack.parts import MAX_SHOWN
from bot.slack.progress import needed
from tests.slack.cases import GRANT, NOW, PAYROLL, SAM, ask, buttons, case, code, live, read, values, vote
from tools.accounts import reset_password
from tools.devices import wipe_device
from tools.spec import Risk, Tool, tool

APPROVED = Close(request=7, verdict="approved", by="U0DANA")


def shown(*, may_decide: bool = True, **changes: Any) -> list[dict[str, Any]]:
    """The open card of a request with these changes."""
    return blocks_of(case(ask(**changes)), may_decide=may_decide)


def blocks_of(about: Any, *, may_decide: bool = True) -> list[dict[str, Any]]:
    content = card(about, may_decide=may_decide)
    check_message(content["blocks"])
    return list(content["blocks"])


def closed(close: Close = APPROVED, tool: Tool | None = None, **changes: Any) -> list[dict[str, Any]]:
    """The card of the request after this."""
    over = replace(ask(), close=close, closed_at=NOW, **changes)
    return blocks_of(case(over, tool) if tool else case(over))


def test_everything_an_approver_needs_stands_there_in_one_order() -> None:
    denial = Denial(by="U0OMAR", at=NOW, reason="not this month")
    about = case(
        ask(
            words="Sam needs payroll till tonight",
            words_ts="1.2",
            denial=denial,
            note="This is quite safe.",
            influences=("user:U0MARIA", "tool:get_ticket"),
        ),
        link="https://example.slack.com/archives/C0IT/p12?thread_ts=1.2&cid=C0IT",
    )
    text = read(blocks_of(about))
    order = [
        "Approval needed: grant access",
        "*For* Sam Patel (U-456) <@U0SAM>",
        "*Group* payroll (G-007) · :rotating_light: *privileged* · owner U-789",
        "*Asked by* <@U0ALEX>",
        "<https://example.slack.com/archives/C0IT/p12?thread_ts=1.2&amp;cid=C0IT|the message>",
        ">Sam needs payroll till tonight",
        "denied by <@U0OMAR>",
        ">not this month",
        "user_id: U-456",
        "duration_hours: 8",
        "Written by the AI, nobody checked this",
        ">This is quite safe.",
        "*Influenced by* <@U0MARIA>, a ticket",
        "Can be undone: Revoke the access again · Ends",
        "Ends by itself after 8 hours",
        "Expires <!date^",
    ]
    places = [text.index(each) for each in order]
    assert places == sorted(places)


def test_a_privileged_person_is_marked_and_what_cannot_be_undone_says_so() -> None:
    about = case(ask({"user_id": "U-456"}, tool="reset_password", resource=None), tool=reset_password)
    marked = replace(
        about,
        ask=replace(
            about.ask,
            request=about.ask.request.model_copy(update={"subject": SAM.model_copy(update={"privileged": True})}),
        ),
    )
    text = read(blocks_of(marked))
    assert ":rotating_light: *privileged account*" in text
    assert "*Cannot be undone.*" in text
    assert "privileged" not in read(blocks_of(about))


def test_a_card_says_who_else_asked_what_it_takes_back_and_why_it_is_asked_anew() -> None:
    about = case(ask(undoes=2, renews=5, why="somebody left"), joined=("U0PETER",), takes_back=3)
    text = read(blocks_of(about))
    assert "*Asked by* <@U0ALEX>, also by <@U0PETER>" in text
    assert "Takes back what request 3 did." in text
    assert "Asked anew in place of request 5: somebody left." in text
    forgotten = read(blocks_of(case(ask(undoes=2))))
    assert "Takes back what an earlier call did." in forgotten


def test_a_card_says_that_the_same_was_denied_and_why_where_that_may_be_said_here() -> None:
    here = read(shown(denial=Denial(by="U0OMAR", at=NOW, reason="Call us")))
    assert "The same was denied by <@U0OMAR>" in here
    assert "Call us" in here
    elsewhere = read(shown(denial=Denial(by="U0OMAR", at=NOW, reason=None)))
    assert "The same was denied by <@U0OMAR>" in elsewhere
    assert "no reason" not in elsewhere


def test_an_edited_request_says_by_whom_and_which_version_it_is() -> None:
    assert "Version 3: <@U0OMAR> changed it from what was asked." in read(
        shown(version=3, number=7, edited_by="U0OMAR")
    )


# ── who is waited for ──


def test_a_group_is_named_with_its_people() -> None:
    assert "Waiting for one of <!subteam^S0ITADM> (<@U0DANA>, <@U0OMAR>)\n" in read(shown())


def test_a_vote_is_shown_and_what_is_missing() -> None:
    asked = ask(needs=2, asked=(Quorum(approvals=2, sources=("S0ITADM", "requester.manager")),))
    members = {**asked.request.members, "requester.manager": ("U0MARIA",)}
    asked = replace(asked, request=asked.request.model_copy(update={"members": members}), votes=(vote("U0DANA"),))
    text = read(blocks_of(case(asked)))
    assert "*1 of 2*: approved by <@U0DANA>" in text
    assert "one more of <!subteam^S0ITADM> (<@U0OMAR>), the requester's manager (<@U0MARIA>)" in text


def test_several_quorums_and_different_groups_are_said_in_words() -> None:
    quorums = (
        Quorum(approvals=2, sources=("S0ITADM", "S0SECOPS"), distinct=True),
        Quorum(approvals=1, sources=("resource.owner",)),
    )
    members = {"S0ITADM": ("U0DANA",), "S0SECOPS": ("U0RAVI",), "resource.owner": ("U0INGRID",)}
    text = read(shown(needs=3, asked=quorums, members=members))
    groups = "2 people, each from another of: <!subteam^S0ITADM> (<@U0DANA>), <!subteam^S0SECOPS> (<@U0RAVI>)"
    assert f"Waiting for {groups} and one of the owner of what it touches (<@U0INGRID>)\n" in text


THREE = {"S0ITADM": ("U0DANA", "U0OMAR"), "resource.owner": ("U0INGRID",), "requester.manager": ("U0MARIA",)}


def distinct(*votes: tuple[str, str]) -> Ask:
    """Two of three sources; who voted, and for which."""
    asked = ask(needs=2, asked=(Quorum(approvals=2, sources=tuple(THREE), distinct=True),), members=THREE)
    return replace(asked, votes=tuple(vote(*each) for each in votes))


def test_of_different_groups_the_one_that_has_agreed_is_waited_for_no_more() -> None:
    dana = distinct(("U0DANA", "S0ITADM"))
    others = "one more of the owner of what it touches (<@U0INGRID>), the requester's manager (<@U0MARIA>)\n"
    text = read(blocks_of(case(dana)))
    assert "*1 of 2*: approved by <@U0DANA>\n" in text
    assert f"Waiting for {others}" in text
    assert needed(dana) == ("U0INGRID", "U0MARIA")


def test_a_second_vote_of_the_same_group_brings_it_no_nearer_and_asks_for_no_more() -> None:
    text = read(blocks_of(case(distinct(("U0DANA", "S0ITADM"), ("U0OMAR", "S0ITADM")))))
    assert "*1 of 2*: approved by <@U0DANA>, <@U0OMAR>\n" in text
    assert "Waiting for one more of the owner" in text


def test_two_groups_that_must_each_agree_are_both_counted_and_the_one_that_has_is_not_named_again() -> None:
    apart = (
        Quorum(approvals=1, sources=("S0ITADM",)),
        Quorum(approvals=1, sources=("resource.owner", "requester.manager")),
    )
    open_ = ask(asked=apart, members=THREE)
    it = "one of <!subteam^S0ITADM> (<@U0DANA>, <@U0OMAR>)"
    own = "the owner of what it touches (<@U0INGRID>), the requester's manager (<@U0MARIA>)"
    assert f"Waiting for {it} and one of {own}\n" in read(blocks_of(case(open_)))
    text = read(blocks_of(case(replace(open_, votes=(vote("U0DANA"),)))))
    assert f"*1 of 2*: approved by <@U0DANA>\nWaiting for one more of {own}\n" in text


def test_who_may_count_for_two_groups_is_waited_for_once() -> None:
    both = (Quorum(approvals=1, sources=("S0ITADM",)), Quorum(approvals=1, sources=("S0SECOPS",)))
    text = read(shown(asked=both, members={"S0ITADM": ("U0DANA",), "S0SECOPS": ("U0DANA", "U0RAVI")}))
    assert "Waiting for one of <@U0DANA>, <@U0RAVI>\n• among them one of <!subteam^S0ITADM> (<@U0DANA>)\n" in text


def test_at_most_ten_people_are_named() -> None:
    many = tuple(f"U0ADMIN{number}" for number in range(30))
    text = read(shown(members={"S0ITADM": many}))
    assert text.count("<@U0ADMIN") == 10
    assert "and 20 more" in text


def test_people_who_are_asked_later_are_named_only_then() -> None:
    hidden = ask(escalation=("S0SECOPS",), members={"S0ITADM": ("U0DANA",), "S0SECOPS": ("U0RAVI",)})
    assert "U0RAVI" not in read(blocks_of(case(hidden)))
    escalated = read(blocks_of(case(replace(hidden, escalated=True))))
    assert "<!subteam^S0SECOPS> (<@U0RAVI>)" in escalated
    assert "more people are asked" in escalated


def test_a_card_says_that_a_code_is_needed() -> None:
    assert "Approving needs a code." in read(shown(step_up="everybody"))
    assert "code" not in read(shown())


# ── buttons ──


def test_an_open_card_can_be_approved_denied_edited_and_withdrawn_by_its_version() -> None:
    pressed = shown()
    assert buttons(pressed) == ["approval.approve", "approval.deny", "approval.edit", "approval.withdraw"]
    assert values(pressed) == {"0123456789abcdef0123456789abcdef"}


def test_where_only_the_requester_reads_nothing_can_be_decided() -> None:
    assert buttons(shown(may_decide=False)) == ["approval.edit", "approval.withdraw"]


def test_what_has_no_argument_of_its_own_cannot_be_edited() -> None:
    about = case(ask({"user_id": "U-456"}, tool="reset_password", resource=None), tool=reset_password)
    assert "approval.edit" not in buttons(blocks_of(about))


def test_arguments_too_long_for_a_card_are_approved_only_where_all_of_them_stand() -> None:
    fits = shown(arguments=GRANT | {"reason": "x" * (MAX_SHOWN - 100)})
    assert "approval.approve" in buttons(fits)
    long = shown(arguments=GRANT | {"reason": "x" * MAX_SHOWN})
    assert buttons(long) == ["approval.view", "approval.deny", "approval.withdraw"]
    whole = len(f"user_id: U-456\ngroup: payroll\nduration_hours: 8\nreason: {'x' * MAX_SHOWN}")
    assert f"*{whole - len(code(long)):,} more characters.*" in read(long)


# ── how it ended ──


@pytest.mark.parametrize(
    ("verdict", "says"),
    [
        ("approved", "*Approved* by <@U0DANA>"),
        ("denied", "*Denied* by <@U0DANA>"),
        ("withdrawn", "*Withdrawn* by <@U0DANA>"),
        ("expired", "*Expired*: nobody decided in time"),
        ("void", "*Closed*, nothing was done"),
    ],
)
def test_a_closed_card_says_who_ended_it_why_and_when_and_has_no_buttons(
    verdict: Literal["approved", "denied", "expired", "withdrawn", "void"], says: str
) -> None:
    ended = closed(Close(request=7, verdict=verdict, by="U0DANA", reason="because"))
    assert says in read(ended)
    assert ">because" in read(ended)
    assert f"<!date^{int(NOW.timestamp())}^" in read(ended)
    assert buttons(ended) == []


@pytest.mark.parametrize(
    ("ended", "text", "says"),
    [
        ("done", "", "Done."),
        ("failed", "The directory is away.", ">The directory is away."),
        ("unknown", "", "nobody can say whether it took effect"),
        ("refused", "Not run: everything stands still.", ">Not run: everything stands still."),
    ],
)
def test_an_approved_card_says_what_came_of_it_and_when(ended: Any, text: str, says: str) -> None:
    later = NOW + timedelta(minutes=3)
    shown = read(closed(ended=ended, ended_text=text, ended_at=later))
    assert says in shown
    assert f"<!date^{int(later.timestamp())}^" in shown


def test_an_approved_card_names_everybody_who_approved_it_once() -> None:
    text = read(closed(votes=(vote("U0OMAR"), vote("U0DANA"))))
    assert f":white_check_mark: *Approved* by <@U0OMAR>, <@U0DANA> · <!date^{int(NOW.timestamp())}^" in text
    assert text.count("<@U0OMAR>") == text.count("<@U0DANA>") == 1


def test_what_was_replaced_names_what_took_its_place() -> None:
    assert "request 12 takes its place" in read(closed(renewed_by=12))


def test_only_slack_s_own_ids_are_mentioned_as_what_influenced_it() -> None:
    text = read(shown(influences=("user:U0MARIA", "user:U1> <!channel", "tool:get_ticket", "tool:x>", "more")))
    assert "*Influenced by* <@U0MARIA>, user:U1&gt; &lt;!channel, a ticket, what `x&gt;` returned, more" in text


def test_only_what_was_done_and_has_an_undo_can_be_taken_back_and_only_once() -> None:
    assert buttons(closed(ended="done")) == ["approval.undo"]
    assert buttons(closed(ended="failed")) == []
    assert buttons(closed(ended="done", undone_at=NOW)) == []
    assert buttons(closed(ended="done", tool=reset_password)) == []


def test_a_card_tells_taken_back_from_ended_by_itself() -> None:
    assert "Taken back on" in read(closed(ended="done", undone_at=NOW + timedelta(hours=1)))
    assert "Ended by itself on" in read(closed(ended="done", undone_at=NOW + timedelta(hours=8, seconds=1)))


def test_buttons_that_cannot_be_taken_back_are_asked_about_once_more() -> None:
    elements = [*shown()[-1]["elements"], *closed(ended="done")[-1]["elements"]]
    asked = {each["action_id"]: each["confirm"]["text"]["text"] for each in elements if "confirm" in each}
    assert asked.keys() == {"approval.withdraw", "approval.undo"}
    assert asked["approval.undo"] == "Revoke the access again: Sam Patel, payroll.\nIt may need an approval."


@pytest.mark.parametrize(("step_up", "asked"), [("nobody", True), ("enrolled", True), ("everybody", False)])
def test_the_worst_that_cannot_be_undone_is_not_approved_by_one_slip(step_up: Any, asked: bool) -> None:
    wipe = ask({"device_id": "L-1005"}, tool="wipe_device", step_up=step_up)
    approve = blocks_of(case(wipe, wipe_device))[-1]["elements"][0]
    assert approve["action_id"] == "approval.approve"
    assert ("cannot be undone" in str(approve.get("confirm"))) is asked


def test_slack_takes_the_question_before_undo_whatever_people_and_things_are_called() -> None:
    for letters in ("<!channel>\u202e", "\U000e0041", "x"):
        subject = SAM.model_copy(update={"name": letters * 80})
        asked = ask(subject=subject, resource=replace(PAYROLL, name=letters * 80))
        ended = card(case(replace(asked, close=APPROVED, closed_at=NOW, ended="done")), may_decide=True)
        check_message(ended["blocks"])
        assert live(ended) <= {"@U0ALEX", "@U0SAM", "@U0DANA"}


def test_a_card_whose_tool_is_gone_can_still_be_drawn() -> None:
    gone = replace(case(), tool=None)
    assert "no longer offered" in read(blocks_of(gone))
    assert "approval.edit" not in buttons(blocks_of(gone))


# ── who it is about ──


def test_the_person_it_is_about_can_object_until_it_is_decided() -> None:
    content = subject_card(case())
    check_message(content["blocks"])
    assert buttons(content["blocks"]) == ["approval.deny"]
    assert "<@U0ALEX> asked for this. It is about you, so you may object" in read(content["blocks"])
    assert "user_id: U-456" in code(content["blocks"])
    over = subject_card(case(replace(ask(), close=APPROVED, closed_at=NOW, ended="done")))
    assert buttons(over["blocks"]) == []
    assert "*Approved* by <@U0DANA>" in read(over["blocks"])
    assert "object" not in read(over["blocks"])


@tool(risk=Risk.HIGH)
async def order(item: str) -> str:
    """Order something that is about nobody."""
    return item


def test_a_call_about_nobody_has_a_card_without_a_person() -> None:
    about = case(ask({"item": "a cable"}, tool="order", subject=None, resource=None), tool=order)
    text = read(blocks_of(about))
    assert "*For*" not in text
    assert PAYROLL.name not in text
    assert card(about, may_decide=True)["text"] == "Order: waiting for approval"


def test_a_card_says_that_people_may_approve_their_own() -> None:
    assert "lets people approve what they ask for" in read(shown(self_approval=True))
    assert "lets people approve" not in read(shown())
