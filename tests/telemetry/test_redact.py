"""What must not be told becomes a word in brackets; what is left says the same as before."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.telemetry.redact import Redactor
from tests.telemetry.texts import JWT, KEPT, REDACTED, SLOW


@pytest.fixture
def redact() -> Redactor:
    made = Redactor()
    made.know(
        [
            "Sam Patel",
            "Alex Chen",
            "Ip Name",
            "Anne-Lise O\u2019Hara",
            "Zo\u00eb D\u2019Angelo",
            "\u0141ukasz Z",
            "\u674e\u5c0f\u9f99",
        ]
    )
    return made


@pytest.mark.parametrize(("text", "redacted"), REDACTED.items())
def test_what_is_redacted(redact: Redactor, text: str, redacted: str) -> None:
    assert redact(text) == redacted
    assert redact(redacted) == redacted


@pytest.mark.parametrize("text", KEPT)
def test_what_is_not(redact: Redactor, text: str) -> None:
    assert redact(text) == text


PIECES = st.sampled_from(
    [*REDACTED, *REDACTED.values(), *KEPT, "password: ", "4", "1111 ", "@", "://", "[", "]", "+49 "]
)


@given(text=st.lists(PIECES | st.text(max_size=8), max_size=8).map("".join))
@example(text="4111 1111 1111 1111 4111 1111 1111 1111" * 3)
@example(text="password: password: password is x")
def test_what_is_redacted_once_stays_as_it_is(text: str) -> None:
    redact = Redactor()
    redact.know(["Sam Patel", "Alex Chen"])
    once = redact(text)
    assert redact(once) == once


@given(left=st.sampled_from(["", " ", "(", '"', ": "]), right=st.sampled_from(["", " ", ")", '"', ", "]))
@pytest.mark.parametrize("secret", ["sam@example.com", "xoxb-" + "1" * 20, "4111 1111 1111 1111", JWT, "10.1.2.3"])
def test_it_is_found_wherever_it_stands(secret: str, left: str, right: str) -> None:
    assert secret not in Redactor()(f"so{left or ' '}{secret}{right or ' '}it is")


@pytest.mark.parametrize("piece", SLOW)
def test_a_huge_text_of_the_same_is_read_in_time(redact: Redactor, piece: str) -> None:
    """By patterns that are not linear this would take hours."""
    text = piece * (50_000 // len(piece))
    assert isinstance(redact(text), str)


def test_a_name_is_learned_beside_those_that_are_known() -> None:
    redact = Redactor()
    redact.know(["Dana Lee"])
    redact.learn("Sam Patel")
    assert redact("Sam Patel, Dana Lee, Patel, Alex") == "[name], [name], [name], Alex"


def test_names_are_replaced_by_the_next_ones_and_bounded(redact: Redactor) -> None:
    redact.know(["Dana Lee"])
    assert redact("Sam Patel, Dana Lee") == "Sam Patel, [name]"
