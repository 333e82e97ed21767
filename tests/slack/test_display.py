"""Whatever people, tools and the model write is shown whole and without power, and Slack takes every card and form."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.core.items import Close
from bot.core.known import Denial
from bot.playground.blocks import check_message
from bot.playground.views import check_view
from bot.slack import forms, parts
from bot.slack.card import card, subject_card
from bot.slack.forms import Place
from bot.slack.text import plain
from tests.slack.cases import NOW, PAYROLL, SAM, ask, buttons, case, code, decoded, live, read, request
from tools.arguments import MAX_ARGUMENT_CHARS

#: attacks, and characters that grow when they are spelled out
PIECES = [
    "<!channel>",
    "<@U0BOSS>",
    "<#C0IT|x>",
    "&lt;!here&gt;",
    "```",
    "`",
    "\u202e",
    "\u200b",
    "\\u{202e}",
    "\n",
    "*b*",
]
WORDS = st.lists(
    st.one_of(st.sampled_from(PIECES), st.characters(exclude_categories=["Cs"]), st.text(max_size=9)), max_size=40
).map("".join)
NAMES = st.sampled_from(["user_id", "group", "reason", "note"])
OURS = {"@U0ALEX", "@U0SAM", "@U0DANA", "@U0OMAR", "!subteam^S0ITADM", "!subteam"}
PLACE = Place("0123456789abcdef0123456789abcdef", "C0IT")

#: longest text of each kind: note and words, a reason, an argument
NOTE, REASON = 300, 1_000


def attacked(text: str, **arguments: Any) -> Any:
    """A request with this text wherever others may write."""
    subject = SAM.model_copy(update={"name": text, "record": text})
    resource = replace(PAYROLL, name=text, id=text, owner=text, kind=text or "group")
    denial = Denial(by="U0OMAR", at=NOW, reason=text[:REASON])
    return ask(
        arguments or {"reason": text},
        subject=subject,
        resource=resource,
        denial=denial,
        words=text[:NOTE],
        note=text[:NOTE],
        why=text,
        renews=3,
        influences=(f"tool:{text[:60]}",),
    )


def everything(asked: Any, text: str) -> list[Any]:
    """All that is shown of the request, open, denied and failed."""
    denied = replace(asked, close=Close(request=7, verdict="denied", by="U0DANA", reason=text[:REASON]), closed_at=NOW)
    failed = replace(denied, ended="failed", ended_text=text[:250], ended_at=NOW)
    shown = [card(case(each), may_decide=True) for each in (asked, denied, failed)]
    shown += [subject_card(case(each)) for each in (asked, denied)]
    for each in shown:
        check_message(each["blocks"])
    return shown


@given(WORDS)
def test_no_mention_of_others_is_live_and_slack_takes_every_card(text: str) -> None:
    for shown in everything(attacked(text), text):
        assert live(shown) <= OURS


@given(WORDS)
def test_no_mention_of_others_is_live_in_the_form_that_shows_everything(text: str) -> None:
    form = forms.view_form(case(attacked(text)), "U0DANA", PLACE)
    check_view(form, "modal")
    assert live(form) <= OURS


@given(st.dictionaries(NAMES, WORDS, min_size=1))
def test_every_argument_can_be_read_back_from_its_card_or_its_form(arguments: dict[str, str]) -> None:
    asked = ask(arguments)
    form = forms.view_form(case(asked), "U0DANA", PLACE)
    spelled = code(form["blocks"])
    assert decoded(spelled) == "\n".join(f"{name}: {parts._value(value)}" for name, value in arguments.items())
    if not parts.too_long(asked.request):
        assert code(card(case(asked), may_decide=True)["blocks"]) == spelled


@given(WORDS, WORDS)
def test_two_different_values_are_never_shown_alike(one: str, other: str) -> None:
    assert (plain(one) == plain(other)) is (one == other)
    same = parts.spelled(request({"reason": one})) == parts.spelled(request({"reason": other}))
    assert same is (one == other)


def test_what_is_typed_like_a_hidden_character_is_not_shown_like_one() -> None:
    assert plain("\u202e") == "\\u{202e}"
    assert plain("\\u{202e}") == "\\u{5c}u{202e}"
    assert decoded(plain("\\u{202e}")) == "\\u{202e}"


@given(WORDS, st.integers(1, 60))
def test_an_argument_never_leaves_its_fence(value: str, ticks: int) -> None:
    for text in read(card(case(ask({"reason": value + "`" * ticks + value})), may_decide=True)["blocks"]).split("```"):
        assert "``" not in text


def test_an_argument_cannot_pass_for_another_argument_or_another_type() -> None:
    text = parts.spelled(request({"user_id": "U-456", "reason": "locked out\nuser_id: U-100\n    user_id: U-101"}))
    assert [line for line in text.splitlines() if line.startswith("user_id")] == ["user_id: U-456"]
    odd = {"a": "true", "b": True, "c": "7", "d": 7, "e": "", "f": None, "g": " x", "h": '"x"'}
    assert parts.spelled(request(odd)) == 'a: "true"\nb: true\nc: "7"\nd: 7\ne: ""\nf: null\ng: " x"\nh: "\\"x\\""'


def test_a_name_and_what_is_quoted_cannot_look_like_our_own_lines() -> None:
    text = "Sam\n*Asked by* <@U0BOSS>\n*Approved*"
    for shown in everything(attacked(text), text):
        lines = read(shown["blocks"]).splitlines()
        assert sum(line.startswith("*Asked by*") for line in lines) == 1
        assert "*Approved*" not in lines


def test_slack_takes_the_longest_texts_of_every_kind_of_character() -> None:
    for letters in ("\U000e0041", "\n", "&", "`", "\n\U000e0041", "`\n&", "x", "漢", "\x01"):
        text = "x" + (letters * MAX_ARGUMENT_CHARS)[: MAX_ARGUMENT_CHARS - 2] + "x"
        many = {f"field_{number}": text for number in range(4)}
        everything(attacked(text, **many), text)
        check_view(forms.view_form(case(attacked(text, **many)), "U0DANA", PLACE), "modal")


def test_fifty_arguments_stand_on_one_card() -> None:
    arguments = {f"field_{number}": "<!channel> \u202e" * 3 for number in range(50)}
    shown = card(case(ask(arguments)), may_decide=True)
    check_message(shown["blocks"])
    assert code(shown["blocks"]).count("field_") == 50


def test_the_longest_arguments_there_can_be_stand_in_the_form_or_cannot_be_approved() -> None:
    """requests.MAX_CARD_ARGUMENTS limits the JSON text, not how long it is when it is spelled out."""
    plain_text = {f"field_{number}": "x" * 1_990 for number in range(30)}
    form = forms.view_form(case(ask(plain_text)), "U0DANA", PLACE)
    check_view(form, "modal")
    assert form["submit"]["text"] == "Approve"
    assert decoded(code(form["blocks"])).count("x") == 30 * 1_990
    for letter in ("&", "`", "\x7f"):
        form = forms.view_form(case(ask(dict.fromkeys(plain_text, letter * 1_990))), "U0DANA", PLACE)
        check_view(form, "modal")
        if "submit" not in form:
            assert "do not fit here" in read(form["blocks"])
            assert buttons(form["blocks"]) == ["approval.deny"]
