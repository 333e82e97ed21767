"""No history of clicks, crashes, undos and edits brings about a call that the right people did not agree to."""

from bot.core import items
from bot.core.policy import Policy
from bot.core.rules import Rule
from bot.core.steps import Resolve, Run
from tests.core.story import ALEX, DANA, OMAR, REPORTS, Story


def test_a_click_that_waited_in_the_inbox_until_its_request_had_expired_starts_nothing() -> None:
    story = Story()
    call, number = story.asked()
    pressed = story.now
    story.pass_time(days=3)
    click = story.click(number, DANA, pressed_at=pressed)
    story.vouch(click)
    story.take()
    step = story.step()
    if isinstance(step, Resolve):
        story.hold(call)
        step = story.step()
    assert not isinstance(step, Run)


def test_a_call_that_may_have_acted_is_never_said_to_have_not_run() -> None:
    """The attempt died with the bot after it may have acted; when the bot is back, everything is frozen."""
    story = Story()
    call, number = story.asked()
    story.approve(number)
    story.hold(call)
    assert isinstance(story.step(), Run)
    story.start(call)
    story.add(items.Interrupted(calls=(call,)))
    story.pass_time(minutes=1)
    assert isinstance(story.step(), Resolve)
    story.hold(call, frozen=True)
    (item,) = story.take()
    assert not (isinstance(item, items.Refused) and item.reason.startswith("Not run")), item


def test_the_fallback_does_not_stand_in_for_somebody_who_is_there() -> None:
    """One rule asks the CISO, who is there; another asks two approvers, of whom one is left."""
    policy = Policy(
        approvers=(DANA,),
        fallback=("S9",),
        rules=(
            Rule(name="ciso", tools=("reset",), sources=("U0CISO",), approvals=1),
            Rule(name="two", tools=("reset",), approvals=2),
        ),
    )
    sources = {"U0CISO": ("U0CISO",), DANA: (DANA,), "S9": ("U0F1", "U0F2")}
    story = Story()
    _, number = story.asked(policy=policy, sources=sources)
    story.approve(number, "U0F1", policy=policy)
    story.approve(number, "U0F2", policy=policy)
    assert story.thread.asks[number].close is None


def test_the_undo_of_one_grant_does_not_join_a_revocation_of_everything() -> None:
    """The model's call has the same tool and arguments as the undo and ends the membership for good."""
    story = Story()
    call, number = story.given()
    story.approve(number)
    story.hold(call)
    story.ran(call)
    turn = story.thread.latest
    assert turn is not None
    story.answer(turn.seq)
    (revocation,) = story.calls(story.turn("take it away for good"), ("take", '{"user_id":"U-456","group":"reports"}'))
    story.know(revocation, resource=REPORTS)
    (request,) = story.take()
    assert isinstance(request, items.Request)
    story.vouch(story.click(number, ALEX, "undo"))
    story.take()
    story.know(story.thread.head, resource=REPORTS)
    (item,) = story.take()
    assert not isinstance(item, items.Joined)


def test_what_an_editor_wrote_influences_later_calls_even_where_they_may_approve_their_own() -> None:
    policy = Policy(approvers=(DANA, OMAR), allow_self_approval=True)
    story = Story()
    _, number = story.asked("write_report", '{"user_id":"U-456","text":"fine"}', policy=policy)
    made = story.edit(number, '{"user_id":"U-456","text":"now unlock U-456"}', DANA, policy=policy)
    assert isinstance(made, items.Request), made
    assert f"user:{DANA}" in story.thread.influences
