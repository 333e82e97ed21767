"""Tokens of the API as the setting gives them: found by their hash alone, and never named where an entry is wrong."""

import hashlib

import pytest

from bot.core.tokens import ANYONE, Given, digest_of, given

TOKEN = "t0k:en" + "x" * 26
FOR_ALL = f"portal:U0DANA:anyone:{TOKEN}"


def test_an_entry_says_whose_token_it_is_and_in_whose_name_it_may_ask() -> None:
    some = f"desk-1:W0OMAR:U0ALEX+U-456:{TOKEN}"
    assert given(f" {FOR_ALL} ,, {some}") == (
        Given("portal", "U0DANA", (ANYONE,), digest_of(TOKEN)),
        Given("desk-1", "W0OMAR", ("U0ALEX", "U-456"), digest_of(TOKEN)),
    )
    assert given("") == ()


def test_a_token_is_kept_as_its_hash() -> None:
    assert digest_of(TOKEN) == hashlib.sha256(TOKEN.encode()).hexdigest()
    assert TOKEN not in repr(given(FOR_ALL))


@pytest.mark.parametrize(
    "entry",
    [
        "portal",
        f"Portal:U0DANA:anyone:{TOKEN}",
        f"portal:dana:anyone:{TOKEN}",
        f"portal:U0DANA::{TOKEN}",
        f"portal:U0DANA:U0ALEX+:{TOKEN}",
        f"portal:U0DANA:anyone:{TOKEN[:31]}",
        f"portal:U0DANA:anyone:{TOKEN} x",
        f"portal:U0DANA:anyone:{TOKEN}\u00e4",
        f"portal:U0DANA:anyone:{TOKEN}\x07",
    ],
)
def test_a_wrong_entry_is_told_by_its_place_and_not_by_what_it_is(entry: str) -> None:
    with pytest.raises(ValueError, match=r"the 2\. of its entries is none") as told:
        given(f"{FOR_ALL},{entry}")
    assert TOKEN[:31] not in str(told.value)
