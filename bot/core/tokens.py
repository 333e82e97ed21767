"""The API's tokens: what they are called, how people are named in whose name one may ask, and tokens that are given.

Values; a token itself is never kept, only its SHA-256, by which it is found.
"""

import hashlib
import re
from dataclasses import dataclass

from bot.core.known import SLACK_USER, SlackUser

#: names of tokens
NAME = re.compile("[a-z0-9][a-z0-9_-]{0,39}")

#: what the name begins with where somebody is signed in and has no token; no token's name can
SIGNED_IN = "jwt:"

#: a Slack user, or an id of the directory
PERSON = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")

#: stands for everybody; and how that is said in a setting
ANYONE, ANYONE_SAID = "*", "anyone"

#: characters of a token that is given
MIN_TOKEN = 32

_WRONG = (
    "should be entries name:owner:people:token, comma-separated, such as portal:U0DANA:U0ALEX+U-456:…, with a token of "
    "32 characters or more; the {} of its entries is none"
)


@dataclass(frozen=True, slots=True)
class Given:
    """A token that a setting gives."""

    name: str
    owner: SlackUser
    acts_for: tuple[str, ...]
    digest: str


def digest_of(token: str) -> str:
    """What a token is found by: it is so long that nobody finds it by that."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def given(text: str) -> tuple[Given, ...]:
    """The entries of the setting. Raises ValueError, which says where a wrong one is, never what it is."""
    entries = [each.strip() for each in text.split(",") if each.strip()]
    return tuple(_given(each, position) for position, each in enumerate(entries, start=1))


def _given(entry: str, position: int) -> Given:
    name, owner, people, token, *_ = [*entry.split(":", 3), "", "", "", ""]
    acts_for = tuple(people.split("+"))
    good = (NAME.fullmatch(name), SLACK_USER.fullmatch(owner), *(PERSON.fullmatch(each) for each in acts_for))
    if not all(good) or len(token) < MIN_TOKEN or not (token.isascii() and token.isprintable()) or " " in token:
        raise ValueError(_WRONG.format(f"{position}."))
    return Given(name, owner, (ANYONE,) if acts_for == (ANYONE_SAID,) else acts_for, digest_of(token))
