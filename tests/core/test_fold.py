"""A log is folded item by item, none of it twice or left out; and some of it only has to be on record."""

from dataclasses import replace

import pytest

from bot.core import items
from bot.core.fold import apply
from bot.core.items import Entry, Item
from tests.core.story import ALEX, NOON, Story


@pytest.mark.parametrize("seq", [0, 1, 3, 99])
def test_an_item_that_is_not_the_next_one_is_refused(seq: int) -> None:
    said = items.UserMessage(author=ALEX, text="hello", ts="1.1")
    with pytest.raises(ValueError, match=f"item {seq} does not follow 1"):
        apply(Story().thread, Entry(seq=seq, at=NOON, item=said))


@pytest.mark.parametrize(
    "item",
    [
        items.LinkLost(call=4),
        items.ModelFailed(turn=2, why="stopped", retry_at=None, tokens_in=9),
        items.Feedback(turn=2, actor=ALEX, verdict="bad"),
        items.PolicyChanged(digest="0", rules=()),
        items.RolledOut(active="two", before="one", percent=10, everywhere=False),
        items.Alert(about="tool", what="reset", percent=25, period="2026-11-20"),
    ],
)
def test_what_is_on_record_for_people_alone_changes_nothing_that_is_decided(item: Item) -> None:
    story = Story()
    story.asked()
    before = story.thread
    story.add(item)
    assert story.thread == replace(before, head=before.head + 1)
