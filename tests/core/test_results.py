"""Long results: shown in parts that lose nothing, to whoever asked for them and to nobody else."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core import items
from bot.core.exchange import Output
from bot.core.prompt import history
from bot.core.results import DATA, PART_CHARS, READ_MORE, part_of, parts, unmarked
from tests.core.story import ALEX, EVE, Story
from tools.results import read_more
from tools.spec import TryAgain

LONG = json.dumps({"lines": [f"line {n} of the article" for n in range(1_500)]})


def looked(output: str = LONG, author: str = ALEX, **changes: Any) -> tuple[Story, int, int]:
    """Somebody has something looked up: the story, the turn, the call."""
    story = Story()
    turn = story.turn("look it up", author)
    (call,) = story.calls(turn, ("look", '{"query":"a"}'))
    story.start(call)
    result = items.ToolResult(call=call, tool="look", outcome="done", output=output)
    story.add(result.model_copy(update=changes))
    return story, turn, call


def shown(story: Story, turn: int) -> str:
    """The newest output that the model is shown."""
    return [each for each in history(story.entries, turn, story.thread.head) if isinstance(each, Output)][-1].text


@given(st.text(max_size=200), st.integers(0, 300), st.sampled_from(["", "\n", "\\n", " "]))
@example("x" * 200, 300, "")
def test_the_parts_joined_are_the_result_and_bounded(line: str, times: int, end: str) -> None:
    output = f"{line}{end}" * times
    found = parts(output)
    assert "".join(found) == output
    assert all(PART_CHARS // 2 < len(each) <= PART_CHARS for each in found[:-1])
    assert len(found[-1]) <= PART_CHARS


def test_a_long_result_is_shown_to_the_end_of_a_line_with_how_to_read_on() -> None:
    story, turn, call = looked("a line\n" * 5_000, trusted=True)
    told = json.loads(shown(story, turn))
    assert told["output"].endswith("a line\n")
    assert PART_CHARS - 10 < len(told["output"]) <= PART_CHARS
    assert (told["status"], told["part"], told["of"]) == ("shortened", 1, 5)
    assert told["note"] == f"{READ_MORE} with result {call} and part 2 gives what comes next"


def test_the_tool_that_is_named_is_there() -> None:
    assert read_more.name == READ_MORE


def test_a_short_result_and_a_part_are_shown_as_they_are() -> None:
    story, turn, _ = looked('"ok"', trusted=True)
    assert shown(story, turn) == '"ok"'
    story, turn, _ = looked(LONG[:PART_CHARS] + "x" * 500, tool=READ_MORE, trusted=True)
    assert shown(story, turn) == LONG[:PART_CHARS] + "x" * 500


@given(st.recursive(st.none() | st.text() | st.integers(), st.lists, max_leaves=5))
def test_what_people_may_have_written_is_marked_as_data_and_cannot_leave_its_frame(written: object) -> None:
    story, turn, _ = looked(json.dumps(written))
    told = json.loads(shown(story, turn))
    assert told == {"data": written, "note": DATA}
    assert unmarked(told) == written


def test_a_long_one_is_marked_too() -> None:
    story, turn, _ = looked("a line\n" * 5_000)
    told = json.loads(shown(story, turn))
    assert told["note"] == DATA
    assert told["data"]["status"] == "shortened"


def test_all_of_it_can_be_read_by_who_asked_for_it() -> None:
    story, _, call = looked()
    count = part_of(story.entries, ALEX, call, 1).of
    read = [part_of(story.entries, ALEX, call, number) for number in range(1, count + 1)]
    assert "".join(each.text for each in read) == LONG
    with pytest.raises(TryAgain, match=f"has {count} parts"):
        part_of(story.entries, ALEX, call, count + 1)


def test_somebody_elses_result_is_not_read() -> None:
    story, _, call = looked(author=EVE)
    with pytest.raises(TryAgain, match="somebody else's"):
        part_of(story.entries, ALEX, call, 2)


def test_who_took_a_call_back_reads_what_that_gave_and_the_turns_author_does_not() -> None:
    story = Story()
    turn = story.turn()
    undo = story.add(items.Call(origin="undo", turn=turn, tool="take", arguments="{}", of=turn, by=EVE))
    story.add(items.ToolResult(call=undo, tool="take", outcome="done", output='"taken"'))
    assert part_of(story.entries, EVE, undo, 1).text == '"taken"'
    with pytest.raises(TryAgain, match="somebody else's"):
        part_of(story.entries, ALEX, undo, 1)


def test_a_result_whose_call_is_shown_no_more_is_nobodys() -> None:
    story, _, call = looked()
    with pytest.raises(TryAgain, match="somebody else's"):
        part_of(story.entries[-1:], ALEX, call, 1)


@pytest.mark.parametrize("outcome", ["wrong", "failed", "passing"])
def test_what_is_no_result_or_is_shown_no_more_is_not_read(outcome: str) -> None:
    story, turn, call = looked(outcome=outcome)
    for entries, number in (
        (story.entries, call),
        (story.entries, turn),
        (story.entries, 999),
        (story.entries[-1:], 1),
    ):
        with pytest.raises(TryAgain, match="Make the call again"):
            part_of(entries, ALEX, number, 1)


@pytest.mark.parametrize(
    ("changes", "authors"), [({"trusted": True}, None), ({"authors": ("U-7",), "speakers": (EVE,)}, ("U-7",)), ({}, ())]
)
def test_a_part_is_of_those_who_wrote_the_result(changes: dict[str, Any], authors: tuple[str, ...] | None) -> None:
    story, _, call = looked(**changes)
    part = part_of(story.entries, ALEX, call, 2)
    assert (part.authors, part.speakers) == (authors, changes.get("speakers", ()))


def test_where_the_message_was_deleted_its_result_is_its_authors_all_the_same() -> None:
    story, turn, call = looked()
    story.delete_message(turn)
    assert part_of(story.entries, ALEX, call, 1).number == 1
