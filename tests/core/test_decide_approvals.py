"""decide, rule by rule: what a click is worth, when a request ends, what is checked before the start."""

from datetime import timedelta

import pytest

from bot.core import items, words
from bot.core.decide import decide
from bot.core.known import Person
from bot.core.policy import EXPIRES_AFTER
from bot.core.steps import Append, CallModel, Resolve, Run, Wait
from tests.core.story import ALEX, DANA, NOON, OMAR, POLICY, SAM, Story
from tests.core.toolbox import MENU
from tools.spec import Risk, tool


def turned_away(story: Story) -> str:
    """The reason the click was refused with."""
    (item,) = story.take()
    assert isinstance(item, items.ClickRefused)
    return item.reason


def test_a_high_risk_call_waits_for_people_and_for_its_expiry() -> None:
    story = Story()
    story.asked()
    assert story.step() == Wait(NOON + EXPIRES_AFTER), "no model call is spent: all calls of the batch wait"


def test_an_approval_by_an_entitled_person_lets_exactly_this_call_run() -> None:
    story = Story()
    call, number = story.asked()
    click = story.click(number)
    assert story.step() == Resolve("click", click)
    story.vouch(click)
    decision, close = story.take()
    assert isinstance(decision, items.Decision)
    assert close == items.Close(request=number, verdict="approved", by=DANA)
    assert story.step() == Resolve("start", call), "what the approval rests on is looked up again"
    story.hold(call)
    assert story.step() == Run((call,))
    story.pass_time(seconds=6)
    assert story.step() == Resolve("start", call), "an old look-up is worth nothing"


def test_what_no_longer_holds_at_the_start_is_not_run() -> None:
    story = Story()
    call, number = story.asked()
    story.approve(number)
    story.hold(call, refusal="Not run: Dana left")
    assert story.take() == (items.Refused(call=call, reason="Not run: Dana left"),)
    assert isinstance(story.step(), CallModel)


@pytest.mark.parametrize(("actor", "action"), [(ALEX, "approve"), (ALEX, "deny"), (SAM, "approve")])
def test_requester_and_subject_never_approve(actor: str, action: str) -> None:
    story = Story()
    _, number = story.asked()
    story.click(number, actor, action)
    assert "Somebody else has to" in turned_away(story)
    assert isinstance(story.step(), Wait)


def test_the_person_it_is_about_may_object_which_ends_it() -> None:
    story = Story()
    _, number = story.asked()
    story.click(number, SAM, "deny", reason="I did not ask for this")
    vote, close = story.take()
    assert isinstance(vote, items.Decision)
    assert close == items.Close(request=number, verdict="denied", by=SAM, reason="I did not ask for this")


def test_a_stranger_is_refused_without_any_look_up() -> None:
    story = Story()
    _, number = story.asked()
    story.click(number, "U0EVE")
    assert turned_away(story) == words.NOT_APPROVER


def test_an_approver_who_is_none_any_more_is_refused() -> None:
    story = Story()
    _, number = story.asked()
    story.vouch(story.click(number), refusal="no longer")
    assert turned_away(story) == "no longer"


def test_the_first_decision_counts_and_later_clicks_are_told() -> None:
    story = Story()
    _, number = story.asked()
    story.approve(number, DANA)
    for actor, action in ((OMAR, "deny"), (DANA, "approve"), (ALEX, "withdraw")):
        story.click(number, actor, action)
        assert "already approved by <@U0DANA>" in turned_away(story)


def test_one_denial_ends_it_and_the_reason_reaches_the_model() -> None:
    story = Story()
    call, number = story.asked()
    story.vouch(story.click(number, action="deny", reason="not today"))
    _, close = story.take()
    assert close == items.Close(request=number, verdict="denied", by=DANA, reason="not today")
    assert story.thread.works[call].settled
    assert isinstance(story.step(), CallModel)


def test_only_the_requester_withdraws_and_no_answer_is_owed_for_it() -> None:
    story = Story()
    _, number = story.asked()
    story.click(number, DANA, "withdraw")
    assert turned_away(story) == words.NOT_YOURS
    story.click(number, ALEX, "withdraw")
    (close,) = story.take()
    assert isinstance(close, items.Close)
    assert close.verdict == "withdrawn"
    assert story.step() == Wait(None)


def test_a_button_of_another_version_is_not_counted_as_approval() -> None:
    story = Story()
    _, number = story.asked()
    story.click(number, id="0" * 32)
    assert turned_away(story) == words.OLD_VERSION


def test_a_click_on_a_request_that_never_was_is_refused() -> None:
    story = Story()
    story.click(99)
    assert turned_away(story) == words.UNKNOWN_REQUEST


def test_a_request_expires_by_the_clock_and_by_the_click_even_when_no_timer_ran() -> None:
    story = Story()
    _, number = story.asked()
    story.pass_time(hours=24)
    assert story.take() == (items.Close(request=number, verdict="expired"),)

    story = Story()
    _, number = story.asked()
    story.click(number, pressed_at=NOON + EXPIRES_AFTER)
    assert story.take() == (items.Close(request=number, verdict="expired"),)
    assert "already expired" in turned_away(story)


def test_a_click_in_time_counts_though_it_is_admitted_later() -> None:
    story = Story()
    _, number = story.asked()
    story.pass_time(hours=24, minutes=30)
    click = story.click(number, pressed_at=NOON + EXPIRES_AFTER - timedelta(seconds=1))
    assert story.step() == Resolve("click", click)
    story.vouch(click)
    assert len(story.take()) == 2


def test_the_wait_of_one_call_holds_up_nothing_else() -> None:
    story = Story()
    turn = story.turn()
    search, reset = story.calls(turn, ("look", '{"query":"wifi"}'), ("reset", '{"user_id":"U-456"}'))
    story.know(reset)
    assert isinstance(story.step(), Append), "the card first"
    story.take()
    assert story.step() == Run((search,))
    story.ran(search)
    assert story.step() == CallModel(turn, last=False)
    story.answer(turn, "wifi: do this")
    assert isinstance(story.step(), Wait)
    other = story.turn(author=OMAR)
    assert story.step() == CallModel(other, last=False)


def test_a_late_result_continues_the_turn_that_made_the_call() -> None:
    story = Story()
    call, number = story.asked()
    other = story.turn(author=OMAR)
    story.answer(other)
    story.approve(number)
    story.hold(call)
    story.ran(call)
    first = min(story.thread.turns)
    assert story.step() == CallModel(first, last=False)
    story.answer(first, "it is done")
    assert isinstance(story.step(), Wait)


def test_a_message_of_another_person_starts_the_next_turn_and_waits_for_this_one() -> None:
    story = Story()
    turn = story.turn()
    (call,) = story.calls(turn, ("look", '{"query":"a"}'))
    other = story.turn(author=OMAR)
    story.start(call)
    assert story.step() == Wait(None), "the call runs"
    story.result(call)
    assert story.step() == CallModel(turn, last=False)
    story.answer(turn)
    assert story.step() == CallModel(other, last=False)


def test_a_further_message_of_the_author_joins_the_running_turn() -> None:
    story = Story()
    turn = story.turn()
    seq = story.say("and my mouse")
    assert story.thread.turns[turn].unseen == seq
    story.answer(turn, seen=seq - 1)
    assert story.step() == CallModel(turn, last=False), "it was not seen"
    story.answer(turn)
    assert story.thread.joins(ALEX) is None, "a turn that was answered is not joined"


@pytest.mark.parametrize("change", ["arguments", "subject", "requester", "call", "conversation"])
def test_the_id_of_a_request_is_bound_to_all_that_is_approved(change: str) -> None:
    def request_id(
        *, arguments: str = '{"user_id":"U-456"}', pad: int = 0, author: str = ALEX, name: str = "Sam"
    ) -> str:
        story = Story()
        for _ in range(pad):
            story.answer(story.turn(author="U0OTHER"))
        (call,) = story.calls(story.turn(author=author), ("reset", arguments))
        story.know(call, Person(record="U-456", name=name, privileged=False, slack_user=SAM))
        (item,) = story.take()
        assert isinstance(item, items.Request)
        return item.id

    other = {
        "arguments": {"arguments": '{"user_id":"U-457"}'},
        "subject": {"name": "Samantha"},
        "requester": {"author": "U0EVE"},
        "call": {"pad": 1},
        "conversation": {"pad": 2},
    }[change]
    assert request_id() == request_id()
    assert request_id() != request_id(**other)  # type: ignore[arg-type]  # each value fits its own key


def test_a_request_whose_tool_is_no_longer_offered_is_void_and_what_was_approved_is_not_run() -> None:
    story = Story()
    _, number = story.asked()
    less = {name: tool for name, tool in MENU.items() if name != "reset"}
    step = decide(story.thread, less, POLICY, story.now)
    assert step == Append((items.Close(request=number, verdict="void", reason=words.TOOL_GONE),))

    story = Story()
    call, number = story.asked()
    story.approve(number)
    step = decide(story.thread, less, POLICY, story.now)
    assert isinstance(step, Append)
    assert [item.call for item in step.items if isinstance(item, items.Refused)] == [call]


def test_a_tool_that_changed_since_the_approval_is_not_run() -> None:
    @tool(risk=Risk.HIGH, subject="user_id", idempotent=True)
    async def reset(user_id: str, force: bool = True) -> str:
        """Reset, and now by force."""
        return f"{user_id} {force}"

    story = Story()
    call, number = story.asked()
    story.approve(number)
    story.hold(call)
    step = decide(story.thread, {**MENU, "reset": reset}, POLICY, story.now)
    assert isinstance(step, Append)
    (anew,) = step.items
    assert isinstance(anew, items.Request)
    assert (anew.renews, anew.why) == (number, words.OTHER_NOW)
