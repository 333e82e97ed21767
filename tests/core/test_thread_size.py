"""A thread stays small however long its conversation gets, whatever way its calls and turns end."""

import pytest

from bot.core import items
from bot.core.fold_requests import CLOSED_KEPT
from bot.core.steps import Append, CallModel, Resolve, Run, Wait
from tests.core.story import ALEX, EVE, OMAR, Story

ROUNDS = 60


def rest(story: Story) -> None:
    """Whatever is to be done is done; the model answers."""
    while not isinstance(step := story.step(), Wait):
        match step:
            case Append(new):
                for item in new:
                    story.add(item)
            case CallModel(turn, _):
                story.answer(turn)
            case Run(calls):
                for call in calls:
                    story.ran(call)
            case Resolve(_, ref):
                story.hold(ref)


def asked(story: Story, number: int, author: str = ALEX, more: tuple[str, str] | None = None) -> list[int]:
    wanted = ("reset", f'{{"user_id":"U-{number}"}}')
    calls = story.calls(story.turn(author=author), *((wanted, more) if more else (wanted,)))
    story.know(calls[0])
    story.take()
    return calls


def ends(story: Story, number: int, way: str) -> None:
    """One request and what became of it."""
    if way == "the turn gave up while it waited":
        _, send = asked(story, number, more=("send", '{"text":"a"}'))
        story.start(send)
        story.result(send, "failed", "no route")
        story.take()
    else:
        asked(story, number)
    request = max(story.thread.asks)
    match way:
        case "approved":
            story.approve(request)
        case "withdrawn":
            story.click(request, ALEX, "withdraw")
        case "another one joined":
            asked(story, number, EVE)
            story.approve(request, OMAR)
        case _:
            story.vouch(story.click(request, OMAR, "deny"))
            story.take()
    rest(story)
    # somebody says something, which the model answers
    story.answer(story.turn("thanks", EVE))
    rest(story)


@pytest.mark.parametrize(
    "way", ["approved", "denied", "withdrawn", "another one joined", "the turn gave up while it waited"]
)
def test_what_is_over_is_forgotten(way: str) -> None:
    story = Story()
    for number in range(ROUNDS):
        ends(story, 100 + number, way)
    thread = story.thread
    assert len(thread.works) <= 2
    assert len(thread.turns) <= 2
    assert len(thread.asks) <= CLOSED_KEPT + 2
    assert len(thread.asked) <= 2
    assert not thread.clicks
    assert not thread.click_known


def test_a_request_is_remembered_as_long_as_anybody_who_joined_it_is_owed_its_outcome() -> None:
    # given: Eve joined Alex's request, and the model is down for her turn; Alex is told, and goes on asking
    story = Story()
    asked(story, 456)
    number = max(story.thread.asks)
    (joined,) = asked(story, 456, EVE)
    story.vouch(story.click(number, OMAR, "deny", reason="no"))
    story.take()
    first, eves = sorted(story.thread.turns)
    story.answer(first)
    story.add(items.ModelFailed(turn=eves, why="unavailable", retry_at=story.now.replace(hour=13)))
    for more in range(CLOSED_KEPT + 5):
        asked(story, 500 + more)
        story.click(max(story.thread.asks), ALEX, "withdraw")
        story.take()
    assert number in story.thread.asks
    assert joined in story.thread.works
