"""Text from the model and from people: shown in full, and without power."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack import blocks, text
from bot.slack.markdown import harmless
from bot.slack.text import MAX_FENCE, MAX_MESSAGE

LIVE = re.compile(r"<[!@#][^>]*>")
MENTIONS = [
    "<!channel>",
    "<!here>",
    "<!everyone>",
    "<@U0DANA>",
    "<#C0IT|it-help>",
    "<!subteam^S0ITADM>",
    "<!date^0^{date}|x>",
]

#: text in which fences, escapes, mentions and borders are common
GNARLY = st.lists(
    st.one_of(
        st.sampled_from(
            [*MENTIONS, "\n", "\n\n", " ", "```", "```python\n", "~~~~", "`", "&", "<", ">", "word", "x" * 40]
        ),
        st.text(max_size=12),
        st.characters(),
    ),
    max_size=60,
).map("".join)


def solid(shown: str) -> str:
    """The text without its white space."""
    return "".join(shown.split())


def is_part_of(short: str, long: str) -> bool:
    """All characters of `short` stand in `long`, in their order."""
    rest = iter(long)
    return all(character in rest for character in short)


@given(GNARLY, st.integers(150, 400))
def test_a_text_in_parts_is_whole_and_no_part_is_too_long(markdown: str, limit: int) -> None:
    parts = list(text.parts(markdown, limit))
    assert all(0 < len(part) <= limit for part in parts)
    assert all(part.strip() for part in parts)
    shown = solid("".join(parts))
    assert is_part_of(solid(markdown), shown)
    assert len(shown) - len(solid(markdown)) <= 2 * MAX_FENCE * len(parts), "only fences are added"
    if "```" not in markdown and "~~~" not in markdown:
        assert shown == solid(markdown)


@given(GNARLY)
def test_no_mention_of_the_model_is_live_in_any_part_or_notification(markdown: str) -> None:
    for content in blocks.answer(markdown):
        (block,) = content["blocks"]
        assert not LIVE.search(block["text"])
        assert not re.search("[<>]", content["text"]), "a notification is mrkdwn"


@pytest.mark.parametrize("mention", MENTIONS)
def test_a_mention_is_shown_as_it_was_written(mention: str) -> None:
    (content,) = blocks.answer(f"Ask {mention} now")
    assert content["blocks"][0]["text"] == f"Ask &lt;{mention[1:]} now"
    assert text.plain(mention) == f"&lt;{mention[1:-1]}&gt;"


def test_a_fence_that_is_cut_is_closed_and_opened_again() -> None:
    code = "\n".join(f"line {number}" for number in range(60))
    parts = list(text.parts(f"Run this:\n```python\n{code}\n```\nThat is all.", 200))
    assert len(parts) > 2
    for part in parts:
        assert part.count("```") % 2 == 0
    assert all(part.startswith("```python\n") for part in parts[1:])
    assert parts[-1].endswith("```\nThat is all.")


@pytest.mark.parametrize(
    "markdown",
    [
        "`" * 30_000,
        "~" * 6_000 + "\n" + "x" * 30_000,
        "```\n" + "`" * 5 + "\n" + "y" * 30_000,
        "```" + "z" * 30_000,
        "a" + " " * 40_000 + "b",
        "a" + "\n" * 40_000 + "b",
        "<!channel>" * 3_000,
    ],
)
def test_odd_texts_come_to_an_end_and_fit(markdown: str) -> None:
    parts = list(text.parts(harmless(markdown)))
    assert all(len(part) <= MAX_MESSAGE for part in parts)
    assert is_part_of(solid(harmless(markdown)), solid("".join(parts)))


@pytest.mark.parametrize(
    "hidden", ["\u202e", "\u2066", "\u200b", "\u200d", "\ufeff", "\u3164", "\ufe0f", "\x00", "\x1b"]
)
def test_what_is_invisible_or_turns_text_around_is_spelled_out(hidden: str) -> None:
    assert text.plain(f"a{hidden}b") == text.label(f"a{hidden}b") == f"a\\u{{{ord(hidden):x}}}b"


@pytest.mark.parametrize("end", ["\r", "\x85", "\u2028", "\u2029", "\x0b", "\x0c"])
def test_only_a_new_line_is_a_new_line(end: str) -> None:
    assert text.plain(f"a{end}b") == f"a\\u{{{ord(end):x}}}b"
    assert text.label(f"a{end}b") == "a b"


@given(
    st.text(st.one_of(st.sampled_from("&<>\\\u200b\U000e0041u{"), st.characters()), max_size=300), st.integers(20, 60)
)
def test_pieces_are_the_whole_text_with_no_escape_cut(value: str, limit: int) -> None:
    shown = text.plain(value)
    pieces = list(text.pieces(shown, limit))
    assert "".join(pieces) == shown
    for piece in pieces:
        assert len(piece) <= limit
        assert not re.search(r"&(?!amp;|lt;|gt;)|\\u\{[0-9a-f]*$", piece), "an escape would be shown as something else"


@given(st.text(max_size=400))
def test_a_name_is_one_short_line_without_power(name: str) -> None:
    label = text.label(name)
    assert "\n" not in label
    assert not re.search("[<>]", label)
    assert len(label) <= 10 * text.MAX_LABEL
