"""Which prompt leads: a conversation keeps its own, a share of new ones gets the new one, and nobody flickers."""

from hypothesis import given
from hypothesis import strategies as st

from bot.core import items
from bot.core.known import TurnKnown
from bot.core.prompt import history
from bot.core.rollout import Rollout, led_by
from bot.core.steps import CallModel
from tests.core.story import Story

VERSIONS = st.sampled_from(["one", "two", "three"])
ROLLOUTS = st.builds(Rollout, active=VERSIONS, before=VERSIONS, percent=st.integers(1, 100), everywhere=st.booleans())
CONVERSATIONS = st.text(min_size=1, max_size=40)


@given(ROLLOUTS, CONVERSATIONS, VERSIONS)
def test_what_has_begun_goes_on_unless_it_is_for_everywhere(rollout: Rollout, conversation: str, pinned: str) -> None:
    led = led_by(rollout, conversation, pinned)
    assert led == pinned if not rollout.everywhere else led in (rollout.active, rollout.before)


@given(ROLLOUTS, CONVERSATIONS)
def test_a_conversation_of_a_small_share_is_also_in_every_larger_one(rollout: Rollout, conversation: str) -> None:
    larger = Rollout(active=rollout.active, before=rollout.before, percent=min(100, rollout.percent + 1))
    assert led_by(rollout, conversation, "") in (rollout.active, rollout.before)
    if led_by(rollout, conversation, "") == rollout.active:
        assert led_by(larger, conversation, "") == rollout.active


def test_another_version_leads_from_the_next_turn_on_and_what_was_said_stays() -> None:
    story = Story()
    first = story.say()
    story.add(items.Facts(ref=first, known=TurnKnown(record="U-123", prompt="one")))
    assert story.step() == CallModel(first, last=False)
    story.answer(first)
    second = story.say("and?")
    story.add(items.Facts(ref=second, known=TurnKnown(record="U-123", prompt="two")))
    before = history(story.entries, second, story.thread.head)
    assert story.take() == (items.Rebase(reason="prompt", since=0, prompt="two"),)
    assert story.step() == CallModel(second, last=False)
    assert history(story.entries, second, story.thread.head) == before


def test_the_share_is_what_was_asked_for() -> None:
    rollout = Rollout(active="new", before="old", percent=20)
    led = [led_by(rollout, f"T1:C1:{number}", "") for number in range(2_000)]
    assert 320 < led.count("new") < 480
    assert {led_by(Rollout(active="new", before="old"), f"T1:C1:{n}", "") for n in range(200)} == {"new"}
