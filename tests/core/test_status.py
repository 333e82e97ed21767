"""What Slack shows beside the thread of what we do there."""

from bot.core import items
from bot.core.status import status
from tests.core.story import DANA, Story


def test_where_nobody_spoke_to_us_there_is_no_status() -> None:
    assert status(Story().thread) is None


def test_we_are_at_work_then_wait_for_people_and_then_rest() -> None:
    story = Story()
    call, number = story.asked()
    assert status(story.thread) == "suspended", "all that is open waits for people"
    story.approve(number)
    assert status(story.thread) == "processing"
    story.hold(call)
    story.ran(call)
    assert status(story.thread) == "processing", "it is still to be told"
    story.answer(min(story.thread.turns))
    assert status(story.thread) == "active"


def test_once_people_have_it_we_are_silent_until_somebody_speaks_to_us() -> None:
    story = Story()
    turn = story.turn("get me a human")
    story.answer(turn)
    story.add(items.HandedOver(call=turn, by=DANA, ticket="T-1", url=None, to=("channel:C9",), group=None))
    assert status(story.thread) == "closed"
    story.answer(story.turn("one more thing"))
    assert status(story.thread) == "active"
