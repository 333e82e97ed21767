"""A card shows all of the call and nothing that only looks like it, and Slack takes every card there can be."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from hypothesis import given
from hypothesis import strategies as st

from bot.core.fold import Ask
from bot.core.items import Close, Request, Subject
from bot.playground.blocks import check_message
from bot.slack import blocks
from bot.slack.card import card
from tools.accounts import reset_password
from tools.spec import MAX_ARGUMENT_CHARS

NOW = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)

#: what people and models write; the characters that grow when they are spelled out are common
WORDS = st.text(
    st.one_of(st.characters(), st.sampled_from("&<>`\n\u200b\u202e\U000e0041*_~")), max_size=MAX_ARGUMENT_CHARS
)
FIELDS = ["user_id", "reason", "group", "note"]
VALUES = st.one_of(WORDS, st.integers(), st.booleans(), st.none(), st.lists(st.text(max_size=20), max_size=5))
ARGUMENTS = st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=4)


def asked(name: str = "Sam Patel", close: Close | None = None) -> Ask:
    """A request about a person of this name."""
    request = Request(
        call=4,
        tool="reset_password",
        version=1,
        id="0123456789abcdef0123456789abcdef",
        hash="0" * 64,
        needs=1,
        approvers=tuple(f"U0ADMIN{number}" for number in range(30)),
        excluded=("U0ALEX",),
        requester="U0ALEX",
        subject=Subject(record="U-456", name=name, privileged=False, slack_user="U0SAM"),
        expires_at=NOW + timedelta(days=1),
    )
    return Ask(request, close=close, closed_at=NOW if close else None)


def shown(arguments: dict[str, Any], ask: Ask | None = None, outcome: str | None = None) -> dict[str, Any]:
    """The card of a call with these arguments."""
    text = json.dumps(arguments, ensure_ascii=False)
    return card(7, ask or asked(), text, reset_password, may_decide=True, outcome=outcome)


def code(content: dict[str, Any]) -> str:
    """What is inside the card's fences, put together and unescaped."""
    texts = [block["text"]["text"] for block in content["blocks"] if block["type"] == "section"]
    inside = [text[4:-4] for text in texts if text.startswith("```\n") and text.endswith("\n```")]
    joined = "".join(inside).replace("`\u200b", "`")
    return joined.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


@given(ARGUMENTS, st.text(max_size=300))
def test_slack_takes_every_open_card(arguments: dict[str, Any], name: str) -> None:
    check_message(shown(arguments, asked(name))["blocks"])


@given(
    ARGUMENTS,
    st.sampled_from(["approved", "denied", "expired", "withdrawn", "void"]),
    st.text(st.one_of(st.characters(), st.sampled_from("&<>\n\u200b")), max_size=1_000),
)
def test_slack_takes_every_closed_card(
    arguments: dict[str, Any], verdict: Literal["approved", "denied", "expired", "withdrawn", "void"], reason: str
) -> None:
    close = Close(request=7, verdict=verdict, by="U0DANA", reason=reason)
    check_message(shown(arguments, asked(close=close), ":x: Did not work: " + "&amp;" * 250)["blocks"])


def test_slack_takes_the_longest_card_of_four_fields_with_the_longest_reason() -> None:
    for letters in ("\U000e0041", "\n", "&", "`", "\n\U000e0041", "`\n&"):
        close = Close(request=7, verdict="denied", by="U0DANA", reason=(letters * 1_000)[:1_000])
        longest = dict.fromkeys(FIELDS, "x" + (letters * MAX_ARGUMENT_CHARS)[: MAX_ARGUMENT_CHARS - 2] + "x")
        check_message(shown(longest)["blocks"])
        check_message(shown(longest, asked(close=close))["blocks"])


@given(
    st.text(
        st.one_of(st.characters(exclude_categories=["Cc", "Cf", "Cs", "Co", "Cn"]), st.sampled_from("`&<>\n")),
        min_size=1,
    )
)
def test_every_argument_is_complete_on_its_card(value: str) -> None:
    arguments = {"user_id": "U-456", "reason": f"x{value}x"}
    visible = code(shown(arguments)).replace("\n    ", "\n").replace("\u200b", "")
    spelled = re.sub(r"\\u\{([0-9a-f]+)\}", lambda match: chr(int(match[1], 16)), visible)
    assert solid(spelled) == solid(f"user_id: U-456\nreason: x{value}x")


def solid(value: str) -> str:
    """Without the backslashes that might be an escape or not."""
    return re.sub(r"\\u\{([0-9a-f]+)\}", lambda match: chr(int(match[1], 16)), value)


@given(WORDS, st.integers(1, 60))
def test_an_argument_never_leaves_its_fence(value: str, ticks: int) -> None:
    for block in shown({"reason": value + "`" * ticks + value})["blocks"]:
        if block["type"] == "section" and block["text"]["text"].startswith("```"):
            inside = block["text"]["text"].removeprefix("```\n").removesuffix("\n```")
            assert "``" not in inside


def test_an_argument_cannot_pass_for_another_argument_or_another_type() -> None:
    text = code(shown({"user_id": "U-456", "reason": "locked out\nuser_id: U-100\n    user_id: U-101"}))
    assert [line for line in text.splitlines() if line.startswith("user_id")] == ["user_id: U-456"]
    assert code(shown({"a": "true", "b": True, "c": "7", "d": 7, "e": "", "f": None, "g": " x", "h": '"x"'})) == (
        'a: "true"\nb: true\nc: "7"\nd: 7\ne: ""\nf: null\ng: " x"\nh: "\\"x\\""'
    )


def test_names_and_reasons_are_shown_and_never_live() -> None:
    name = "Sam <!channel>\n*Asked by* <@U0BOSS>"
    close = Close(request=7, verdict="denied", by="U0DANA", reason="no\n<!here> <@U0BOSS> <#C0IT>")
    for content in (shown({"user_id": "<!everyone>"}, asked(name)), shown({}, asked(name, close))):
        live = set(re.findall(r"<[!@#][^>]*>", json.dumps(content, ensure_ascii=False)))
        assert {each for each in live if not each.startswith("<!date^")} <= {"<@U0SAM>", "<@U0ALEX>", "<@U0DANA>"} | {
            f"<@U0ADMIN{number}>" for number in range(30)
        }
    about = shown({}, asked(name))["blocks"][1]["text"]["text"]
    assert about.count("\n") == 1, "a name has one line"
    quoted = shown({}, asked(close=close))["blocks"][-1]["text"]["text"]
    assert all(line.startswith(">") for line in quoted.splitlines())


def test_fields_of_the_longest_kind_are_measured() -> None:
    """The limit for `decide`: sections of a card times characters of a section, spelled out."""
    most = (50 - len(shown({})["blocks"])) * blocks.MAX_SECTION
    assert most > 125_000
