"""Editing: the next version voids what was said to the one before, and nobody decides on what they wrote themselves."""

import itertools
import json
from datetime import timedelta

import pytest

from bot.core import items, words
from bot.core.decide import decide
from bot.core.drafts import MAX_CARD_ARGUMENTS
from bot.core.exchange import Called, Output
from bot.core.policy import Policy, Rule
from bot.core.prompt import history
from bot.core.steps import Append, Resolve, Run
from tests.core.story import ALEX, DANA, EVE, GIVE, GROUP, IN_GROUP, KIM, OMAR, POLICY, REPORTS, RESET, SAM, Story
from tests.core.toolbox import MENU

LESS, MORE = GIVE.replace("8", "4"), GIVE.replace("8", "9")
TWO = Policy(approvers=("S1",), rules=(Rule(name="two", tools=("give",), approvals=2),))


def test_an_edit_is_a_new_version_with_a_new_id_and_no_votes() -> None:
    story = Story()
    _, number = story.given(TWO, sources=IN_GROUP | {"S1": (*IN_GROUP["S1"], EVE)})
    before = story.thread.asks[number].request
    story.approve(number, OMAR, policy=TWO)
    made = story.edit(number, MORE, KIM, policy=TWO)
    assert isinstance(made, items.Request)
    assert (made.version, made.arguments, made.edited_by, made.number) == (2, MORE, KIM, number)
    assert made.id != before.id
    assert not story.thread.asks[number].votes
    assert (made.expires_at, made.needs) == (before.expires_at, 2)


def test_what_runs_are_the_arguments_of_the_version_that_was_approved() -> None:
    story = Story()
    call, number = story.given()
    story.edit(number, MORE)
    story.approve(number, OMAR)
    story.hold(call)
    assert story.step() == Run((call,))
    assert story.thread.works[call].arguments == MORE


def test_the_model_is_told_what_ran_where_an_approver_changed_it() -> None:
    story = Story()
    other, _ = story.asked("reset", RESET)
    call, number = story.given()
    for turn in story.thread.turns:
        story.answer(turn)
    story.edit(number, LESS)
    story.approve(number, DANA)
    story.hold(call)
    story.ran(call)
    *_, called, told = history(story.entries, max(story.thread.turns), story.thread.head)
    assert isinstance(called, Called)
    assert called.tool == "request_status"
    assert isinstance(told, Output)
    assert json.loads(told.text)["edited"] is True
    assert json.loads(told.text)["arguments"]["hours"] == 4
    assert not story.thread.works[other].settled


def test_whoever_edits_is_an_author_and_cannot_approve_or_deny_that_version() -> None:
    story = Story()
    _, number = story.given()
    story.edit(number, MORE, DANA)
    for action in ("approve", "deny"):
        story.click(number, DANA, action)
        assert "because you changed its arguments" in story.refused()


def test_an_editor_stays_out_whatever_later_versions_change() -> None:
    story = Story()
    _, number = story.given(GROUP, sources=IN_GROUP)
    story.edit(number, MORE, DANA, policy=GROUP)
    story.edit(number, GIVE.replace("8", "7"), KIM, policy=GROUP)
    story.click(number, DANA)
    assert "Somebody else has to" in story.refused(GROUP)
    story.approve(number, KIM, policy=GROUP)


def test_who_only_lowered_a_narrow_number_may_approve_it() -> None:
    story = Story()
    call, number = story.given()
    story.edit(number, LESS, DANA)
    story.approve(number, DANA)
    assert story.thread.works[call].approved


def test_an_editor_does_not_decide_with_another_account() -> None:
    story = Story()
    _, number = story.given(GROUP, sources=IN_GROUP)
    click = story.click(number, DANA, "edit", arguments=MORE)
    story.vouch(click, call=story.thread.works[story.thread.asks[number].request.call].known, record="U-DANA")
    story.take(GROUP)
    story.vouch(story.click(number, OMAR), record="U-DANA")
    first = story.take(GROUP)[0]
    assert isinstance(first, items.ClickRefused)
    assert first.reason == words.SAME_PERSON


def test_the_requester_edits_their_own_request_and_still_cannot_approve_it() -> None:
    story = Story()
    _, number = story.given()
    assert isinstance(story.edit(number, MORE, ALEX), items.Request)
    story.click(number, ALEX)
    assert "you asked for it" in story.refused()


@pytest.mark.parametrize("actor", [SAM, EVE])
def test_the_subject_and_strangers_edit_nothing(actor: str) -> None:
    story = Story()
    _, number = story.given()
    story.click(number, actor, "edit", arguments=LESS)
    assert "Nothing was changed" in story.refused() or actor == SAM


@pytest.mark.parametrize(
    "arguments",
    [
        GIVE,
        '{"hours":8,"group":"reports","user_id":"U-456"}',
        GIVE.replace("456", "457"),
        GIVE.replace("reports", "admins"),
        GIVE.replace("8", "0"),
        GIVE.replace("8", "8.0"),
        GIVE.replace("8", '8,"hours":700'),
        GIVE.replace("8", "null"),
        GIVE.replace("8", '8,"more":1'),
        "[]",
        "",
        "NaN",
    ],
)
def test_an_edit_that_does_not_fit_or_touches_something_else_is_told_and_changes_nothing(arguments: str) -> None:
    story = Story()
    _, number = story.given()
    before = story.thread.asks[number]
    refused = story.edit(number, arguments)
    assert isinstance(refused, items.ClickRefused)
    assert refused.reason.startswith("Not changed: ")
    assert story.thread.asks[number] == before


def test_arguments_too_long_to_be_shown_are_no_edit() -> None:
    story = Story()
    _, number = story.asked("write_report", '{"user_id":"U-456","text":"a"}')
    long = json.dumps({"user_id": "U-456", "text": "é" * (MAX_CARD_ARGUMENTS // 6)}, ensure_ascii=False)
    assert isinstance(story.edit(number, long), items.ClickRefused)


def longer_than_8(seen: object) -> bool:
    """What a rule on the number of hours says."""
    return bool(seen["args"]["hours"] > 8)  # type: ignore[index]  # rules see a mapping


def test_an_edit_that_the_policy_asks_more_for_asks_for_more() -> None:
    policy = Policy(approvers=("S1",), rules=(Rule(name="l", tools=("give",), approvals=2, condition=longer_than_8),))
    story = Story()
    _, number = story.given(policy, sources=IN_GROUP)
    made = story.edit(number, MORE, policy=policy)
    assert isinstance(made, items.Request)
    assert made.needs == 2


def test_an_edit_that_would_need_less_asks_for_no_less() -> None:
    policy = Policy(approvers=("S1",), rules=(Rule(name="l", tools=("give",), approvals=2, condition=longer_than_8),))
    story = Story()
    _, number = story.asked("give", MORE, policy=policy, sources=IN_GROUP, resource=REPORTS)
    made = story.edit(number, LESS, policy=policy)
    assert isinstance(made, items.Request)
    assert made.needs == 2


def test_an_edit_that_would_need_nobody_still_asks_as_before() -> None:
    short = Rule(name="s", tools=("give",), relax=True, condition=lambda seen: not longer_than_8(seen))
    policy = Policy(approvers=("S1",), rules=(short,))
    story = Story()
    _, number = story.asked("give", MORE, policy=policy, sources=IN_GROUP, resource=REPORTS)
    before = story.thread.asks[number].request
    made = story.edit(number, LESS, policy=policy)
    assert isinstance(made, items.Request)
    assert (made.needs, made.quorums) == (before.needs, before.quorums) == (1, before.quorums)


def test_an_edit_to_what_the_policy_forbids_changes_nothing_and_says_why() -> None:
    never = Rule(name="n", tools=("give",), forbid="Not run: Never more than eight.", condition=longer_than_8)
    policy = Policy(approvers=("S1",), rules=(never,))
    story = Story()
    _, number = story.given(policy, sources=IN_GROUP)
    refused = story.edit(number, MORE, policy=policy)
    assert isinstance(refused, items.ClickRefused)
    assert refused.reason == "Not changed: never more than eight."
    assert story.thread.asks[number].request.arguments == GIVE


def test_an_edit_of_what_is_no_longer_offered_changes_nothing() -> None:
    story = Story()
    call, number = story.given()
    click = story.click(number, DANA, "edit", arguments=MORE)
    story.vouch(click, call=story.thread.works[call].known)
    less = {name: each for name, each in MENU.items() if name != "give"}
    step = decide(story.thread, less, POLICY, story.now)
    assert isinstance(step, Append)
    (refused,) = step.items
    assert isinstance(refused, items.ClickRefused)
    assert refused.reason == words.UNKNOWN_REQUEST


def test_an_edit_never_lasts_longer_than_the_policy_lets_the_new_arguments() -> None:
    hour = Rule(name="l", tools=("give",), approvals=1, expires_after=timedelta(hours=1), condition=longer_than_8)
    policy = Policy(approvers=(DANA, OMAR), rules=(hour,))
    story = Story()
    _, number = story.given(policy)
    made = story.edit(number, MORE, policy=policy)
    assert isinstance(made, items.Request)
    assert made.expires_at <= story.now + timedelta(hours=1)


def test_an_edit_that_leaves_nobody_to_decide_is_refused() -> None:
    story = Story()
    _, number = story.given(sources={DANA: (DANA,)})
    refused = story.edit(number, MORE, DANA)
    assert isinstance(refused, items.ClickRefused)


def test_who_edited_is_not_asked_when_the_request_is_asked_anew() -> None:
    story = Story()
    call, number = story.given()
    story.edit(number, MORE, DANA)
    story.approve(number, OMAR)
    story.hold(call, voters={})
    (anew,) = story.take()
    assert isinstance(anew, items.Request)
    assert anew.approvers == (OMAR,)


def test_a_deny_of_an_older_version_counts() -> None:
    story = Story()
    _, number = story.given()
    first = story.thread.asks[number].request.id
    story.edit(number, MORE, DANA)
    story.vouch(story.click(number, OMAR, "deny", id=first, reason="no"))
    assert isinstance(story.take()[1], items.Close)


@pytest.mark.parametrize("action", ["approve", "edit"])
def test_a_click_with_the_id_of_another_request_counts_for_nothing(action: str) -> None:
    story = Story()
    _, one = story.given()
    _, other = story.asked("reset", RESET)
    story.click(one, DANA, action, id=story.thread.asks[other].request.id, arguments=MORE)
    assert story.refused() == words.OLD_VERSION


#: in which order an approval of version 1, an edit of Omar and a second one of Kim arrive, and when we decide
ORDERS = [
    order
    for order in itertools.permutations(["approve", "edit", "again", "decide", "decide"])
    if order.index("edit") < order.index("again")
]


@pytest.mark.parametrize("order", sorted(set(ORDERS)), ids="-".join)
def test_an_approval_of_an_older_version_never_counts_however_it_meets_an_edit(order: tuple[str, ...]) -> None:
    story = Story()
    call, number = story.given(TWO, sources={"S1": (DANA, OMAR, KIM, EVE, "U0ZOE")})
    first = story.thread.asks[number].request.id
    for event in order:
        match event:
            case "approve":
                story.click(number, DANA, id=first)
            case "edit":
                story.click(number, OMAR, "edit", id=first, arguments=MORE)
            case "again":
                story.click(number, KIM, "edit", id=story.thread.asks[number].request.id, arguments=LESS)
            case _ if isinstance(step := story.step(TWO), Resolve) and step.about == "click":
                story.vouch(step.ref, call=story.thread.works[call].known)
    while story.thread.clicks:
        if isinstance(step := story.step(TWO), Resolve):
            story.vouch(step.ref, call=story.thread.works[call].known)
        else:
            story.take(TWO)
    ask = story.thread.asks[number]
    assert ask.request.version > 1
    assert not ask.votes, "what was said to version 1 says nothing to a later one"
    story.approve(number, "U0ZOE", policy=TWO)
    assert not story.thread.works[call].approved


def test_an_edit_that_says_nothing_changes_nothing() -> None:
    story = Story()
    _, number = story.given()
    call = story.thread.works[story.thread.asks[number].request.call].known
    story.vouch(story.click(number, DANA, "edit", arguments=None), call=call)
    assert story.refused().startswith("Not changed: ")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (GIVE, "nothing is different."),
        (
            GIVE.replace("reports", "admins"),
            "whom and what it touches cannot be changed; deny it and ask for the other thing.",
        ),
        ("NaN", "NaN and infinities are no numbers."),
    ],
)
def test_it_is_said_why_an_edit_changes_nothing(arguments: str, why: str) -> None:
    story = Story()
    _, number = story.given()
    refused = story.edit(number, arguments)
    assert isinstance(refused, items.ClickRefused)
    assert refused.reason == words.not_edited(why)
