"""What must not be told becomes a word in brackets; what is left says the same as before."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.telemetry.redact import Redactor

#: nothing of it is anybody's
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJub2JvZHkifQ.c2lnbmF0dXJlLW9mLW5vYm9keQ"
PEM = "-----BEGIN PRIVATE KEY-----\nbm90IGEga2V5\n-----END PRIVATE KEY-----"

REDACTED = {
    "write to sam.patel+it@example.co.uk.": "write to [email].",
    "<mailto:a@b.example|a@b.example>": "<mailto:[email]|[email]>",
    "call +49 (170) 1234-567, please": "call [phone], please",
    "0170 1234567 or 030/1234567": "[phone] or [phone]",
    "(555) 010-4477": "[phone]",
    "Authorization: Bearer abcdefgh12345678": "Authorization: Bearer [token]",
    "authorization: Basic abcdefgh12345678": "authorization: Basic [token]",
    "use bearer abcdefgh12345678 here": "use bearer [token] here",
    "xoxb-" + "1" * 12 + "-fake": "[token]",
    "key sk-" + "fake" * 6 + " leaked": "key [token] leaked",
    "ghp_" + "0" * 36: "[token]",
    "AKIA" + "FAKE" * 4: "[token]",
    f"cookie {JWT}": "cookie [token]",
    f"this {PEM} is one": "this [key] is one",
    "postgresql://helpdesk:hunter2@db/helpdesk": "postgresql://[token]@db/helpdesk",
    "https://x.example/a?page=2&token=abc#top": "https://x.example/a?page=2&token=[token]#top",
    "open https://x.example/reset?t=abc now": "open [link] now",
    "https://x.example/invite/0123456789abcdefX": "[link]",
    "card 4111 1111 1111 1111 exp": "card [card] exp",
    "4111-1111-1111-1111": "[card]",
    "pay to DE89 3704 0044 0532 0130 00 today": "pay to [iban] today",
    "from 10.1.2.3 and 2001:db8::1": "from [ip] and [ip]",
    "Password: hunter2, thanks": "Password: [password], thanks",
    "mein Passwort ist hunter2": "mein Passwort ist [password]",
    '{"user_id":"U-456","password":"hunter2"}': '{"user_id":"U-456","password":"[password]"}',
    "client_secret=abc": "client_secret=[password]",
    "Sam's laptop": "[name]'s laptop",
    "Anne-Lise O'Hara, o'hara": "[name], o'hara",
    "Sam Patel and SAM  PATEL and Chen": "[name] and [name] and [name]",
}

KEPT = (
    "T0DEMO:C0IT:1732118400.123456",
    "item 7 does not follow 5",
    "2026-11-21T15:55:48.123456Z",
    "the database is back after 12:30:45",
    "https://kb.example.com/articles/reset-password",
    "order 4111 1111 1111 1112 is no card",
    "U-456 in C0IT, request 7 of c17",
    "chen, patel and sam are words as well",
    "version 1.2.3 of 300 tokens",
)


@pytest.fixture
def redact() -> Redactor:
    made = Redactor()
    made.know(["Sam Patel", "Alex Chen", "Ip Name", "Anne-Lise O\u2019Hara"])
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


#: what makes a pattern that repeats repetitions, or begins again and again, take for ever
SLOW = (
    *("a", "a.", "@", "a@", "a@a.", "1", "1 ", "4111 ", "+", "+1", "00", "01-", "eyJ", "eyJ-", "eyJaaaaaaaa.", "sk-"),
    *("xox", "://", "http://", "http://a@", "?token=", "password:", "password is ", "-----BEGIN A-----", "-----BEGIN "),
    *(":", "a:", "1:", "1.", "127.0.0.", "DE89", "DE89 ", "A ", "Sam ", "Sam Patel", "Bearer ", "AKIA", "[", "[email]"),
    *(" ", "é", "\u2019"),
)


@pytest.mark.parametrize("piece", SLOW)
def test_a_huge_text_of_the_same_is_read_in_time(redact: Redactor, piece: str) -> None:
    """By patterns that are not linear this would take hours."""
    text = piece * (200_000 // len(piece))
    assert isinstance(redact(text), str)


def test_names_are_replaced_by_the_next_ones_and_bounded(redact: Redactor) -> None:
    redact.know(["Dana Lee"])
    assert redact("Sam Patel, Dana Lee") == "Sam Patel, [name]"
