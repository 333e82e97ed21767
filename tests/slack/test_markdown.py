"""What the model writes has no power, in whatever pieces it comes; what is shown early is a beginning of the answer."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.slack import blocks
from bot.slack.markdown import LOOK, harmless, settled
from bot.slack.stream import streamable
from bot.slack.text import MAX_MESSAGE

KB = "https://kb.example/wifi"
EVIL = "https://evil.example/?q=secret"
TRUSTED = frozenset({KB})

#: an address that Slack may make a link of
LIVE = re.compile(r"(://|(?<![A-Za-z0-9])www\.|(?<![A-Za-z0-9])mailto:)[^\s<>]*evil")

#: text in which links, mentions, fences and their halves are common
PIECES = [
    *("<!channel>", "<@U0DANA>", "<#C0IT|it>", "<", ">", "[", "]", "(", ")", "](", "![", "!", "|", "]:", "\\", "&#"),
    *(KB, EVIL, "www.evil.example", "mailto:x@evil.example", "://", "http", "s:", "//", f"<{KB}>", f"<{EVIL}|x>"),
    *("`", "``", "```", "~~~", "```python\n", "\n", "\n\n", "\r", " ", "    ", "word", "x" * 300),
    *(f"[a]({KB})", f"[b]({EVIL})", f"![c]({KB})", f"`{EVIL}`", f"[d]: {EVIL}\n"),
]
GNARLY = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5)), max_size=40).map("".join)
LONG = st.lists(st.one_of(st.sampled_from([*PIECES, "word " * 300, "y" * 2_000]), st.text(max_size=5)), max_size=60)


@given(GNARLY, st.data())
def test_what_is_certain_of_a_beginning_is_a_beginning_of_the_whole(whole: str, data: st.DataObject) -> None:
    heard = whole[: data.draw(st.integers(0, len(whole)))]
    assert harmless(whole, TRUSTED).startswith(settled(heard, TRUSTED))


@given(LONG.map("".join), st.data())
def test_what_is_streamed_is_a_beginning_of_the_first_message(whole: str, data: st.DataObject) -> None:
    heard = whole[: data.draw(st.integers(0, len(whole)))]
    shown = streamable(heard, TRUSTED)
    messages = blocks.answer(whole.strip(), TRUSTED)
    first = messages[0]["blocks"][0]["text"] if messages else ""
    assert first.startswith(shown)
    assert not re.search(r"<[!@#]", shown)
    assert len(shown) <= MAX_MESSAGE


@given(st.lists(st.sampled_from(["word ", "Another sentence. ", "\n", "\n\n", "**bold** ", "- point\n"]), max_size=80))
def test_plain_words_are_streamed_but_for_the_newest(words: list[str]) -> None:
    heard = "".join(words)
    assert len(heard.strip()) - len(streamable(heard)) <= len("**bold** ")


@given(st.sampled_from(["[", "`", "![", "<"]), st.text("abc", min_size=LOOK, max_size=LOOK + 50))
def test_nothing_is_held_back_for_long(opening: str, behind: str) -> None:
    assert settled(f"see {opening}{behind} and so on\n"), "the line is over"
    assert len(settled(f"see {opening}{behind}")) > len("see ")


def _code(line: str) -> list[tuple[int, int]]:
    """Where code stands in the line: a run of backticks up to the next run of the same length, as CommonMark says."""
    runs = [match.span() for match in re.finditer("`+", line)]
    found: list[tuple[int, int]] = []
    at = 0
    while at < len(runs):
        start, end = runs[at]
        closing = next((i for i in range(at + 1, len(runs)) if runs[i][1] - runs[i][0] == end - start), None)
        if closing is None:
            at += 1
            continue
        found.append((start, runs[closing][1]))
        at = closing + 1
    return found


def _text(line: str) -> str:
    """The line with a space for each piece of code."""
    for start, end in reversed(_code(line)):
        line = f"{line[:start]} {line[end:]}"
    return line


def _outside_code(markdown: str) -> str:
    """What a reader of CommonMark takes for text, fences at the margin understood."""
    left: list[str] = []
    fence = 0
    for line in markdown.split("\n"):
        found = re.fullmatch(r" {0,3}(`{3,})([^`]*)", line)
        if fence:
            fence = 0 if found and len(found[1]) >= fence and not found[2].strip() else fence
        elif found:
            fence = len(found[1])
        else:
            left.append(_text(line))
    return "\n".join(left)


def _unlinked(text: str) -> str:
    """Without the links that may be there: what stands behind one is no part of its address."""
    return text.replace(f"]({KB})", "]")


@given(GNARLY)
@example(f"[a]({KB})0www.evil.example")
@example(".www.evil.example")
def test_no_address_but_a_trusted_one_stands_outside_of_code(markdown: str) -> None:
    text = _outside_code(harmless(markdown, TRUSTED))
    assert not LIVE.search(_unlinked(text))
    assert not re.search(r"<[!@#A-Za-z/](?!ttps://kb\.example/wifi>)", text)
    for target in re.findall(r"\]\(([^)]*)\)", text):
        assert target == KB


@given(GNARLY)
@example(".www.evil.example")
@example(f" https://evil.example\n```{'a' * 50}\n")
def test_a_message_that_is_cut_leaves_no_half_code_behind(markdown: str) -> None:
    long = ("z" * 9_000 + markdown) * 3
    for content in blocks.answer(long, TRUSTED):
        text = _outside_code(content["blocks"][0]["text"])
        assert not LIVE.search(_unlinked(text))


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (f"see {EVIL}.", f"see `{EVIL}`."),
        (f"[click]({EVIL})", f"click (`{EVIL}`)"),
        (f"[{KB}]({EVIL})", f"{KB} (`{EVIL}`)"),
        (f"![x]({KB})", f"x (`{KB}`)"),
        (f"[ok]({KB}), {KB}.", f"[ok]({KB}), {KB}."),
        (f"[ok]({KB}?q=1)", f"ok (`{KB}?q=1`)"),
        (f"<{EVIL}>", f"`{EVIL}`"),
        (f"<{EVIL}|here>", f"&lt;`{EVIL}`|here>"),
        ("[file](/etc/passwd)", "file (`/etc/passwd`)"),
        ("[x]: evil.example", "[x] : evil.example"),
        ("a[0]: 1 < 2 and b", "a[0]: 1 < 2 and b"),
        (f"one ` tick {EVIL}", f"one \u02cb tick `{EVIL}`"),
        (f"`curl {EVIL}`", f"`curl {EVIL}`"),
        (f"1. Run:\n    ```bash\n    curl {EVIL}\n    ```\n2. Done", f"1. Run:\n```bash\ncurl {EVIL}\n```\n2. Done"),
        (f"~~~\n```\n{EVIL}", f"```\n```\n`{EVIL}`"),
        (f"| a `x | {EVIL}` |", f"| a \u02cbx | `{EVIL}`\u02cb |"),
        ("| Name | Due |\n|---|---|\n| wifi | now |", "| Name | Due |\n|---|---|\n| wifi | now |"),
        ("WWW.evil.example", "`WWW.evil.example`"),
        ("https&#58;//evil.example", "https&amp;#58;//evil.example"),
    ],
)
def test_as_it_is_shown(written: str, shown: str) -> None:
    assert harmless(written, TRUSTED) == shown
