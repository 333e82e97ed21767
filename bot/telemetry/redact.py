"""Redaction: personal data and secrets in a text become words in brackets, such as [email].

Promise: what is redacted once stays as it is, and the time that takes grows with the text and no faster.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice, pairwise

from bot.telemetry.patterns import RULES
from bot.telemetry.plain import bare, plain

#: names that are known at once, words that one has at most, letters that part of one has at least
MAX_NAMES, MAX_WORDS, MIN_PART = 50_000, 5, 3

#: what is replaced may bring together what is to be replaced as well
MAX_ROUNDS = 8

_WORD = re.compile(r"(?<![^\W_])[^\W\d_][^\W_]{0,60}+")

#: what may stand between two words of a name
_GAP = re.compile(r"[\s.'\u2019_-]{1,3}")

#: words in brackets are no names
_OURS = frozenset({"card", "email", "iban", "ip", "key", "link", "name", "password", "phone", "token"})


class Redactor:
    """Redacts texts; of names it knows those that it was told."""

    def __init__(self) -> None:
        #: names of several words, in small letters
        self._names: frozenset[tuple[str, ...]] = frozenset()
        #: parts of names, as they are written
        self._parts: frozenset[str] = frozenset()

    def know(self, names: Iterable[str]) -> None:
        """From now on these are the names of people, in place of those before; the first MAX_NAMES of them."""
        self._names, self._parts = _read(islice(names, MAX_NAMES))

    def learn(self, name: str) -> None:
        """This is the name of somebody, too; nothing is learned once there are MAX_NAMES."""
        if len(self._names) < MAX_NAMES:
            whole, parts = _read([name])
            self._names, self._parts = self._names | whole, self._parts | parts

    def __call__(self, text: str) -> str:
        """The text without what is nobody else's business."""
        for _ in range(MAX_ROUNDS):
            before, text = text, self._once(text)
            if text == before:
                break
        return text

    def _once(self, text: str) -> str:
        text = plain(text)
        for pattern, by in RULES:
            text = pattern.sub(by, text)
        return "".join(self._unnamed(text)) if self._parts or self._names else text

    def _unnamed(self, text: str) -> Iterator[str]:
        words, done, after = list(_WORD.finditer(text)), 0, 0
        for at, word in enumerate(words):
            if at < after:
                continue
            taken = self._taken(text, words, at)
            if taken:
                yield text[done : word.start()] + "[name]"
                done, after = words[at + taken - 1].end(), at + taken
        yield text[done:]

    def _taken(self, text: str, words: list[re.Match[str]], at: int) -> int:
        """How many words from here on are a name."""
        for count in range(MAX_WORDS, 1, -1):
            here = words[at : at + count]
            gaps = (text[one.end() : two.start()] for one, two in pairwise(here))
            if _small(word[0] for word in here) in self._names and all(map(_GAP.fullmatch, gaps)):
                return len(here)
        return int(bare(words[at][0]) in self._parts)


def _read(names: Iterable[str]) -> tuple[frozenset[tuple[str, ...]], frozenset[str]]:
    """Names of several words, and parts of names."""
    whole, parts = set[tuple[str, ...]](), set[str]()
    for name in names:
        words: list[str] = _WORD.findall(bare(plain(name)))[:MAX_WORDS]
        whole.add(_small(words))
        parts.update(word for word in words if len(word) >= MIN_PART and not word[0].islower())
    several = frozenset(each for each in whole if len(each) > 1)
    return several, frozenset(part for part in parts if part.casefold() not in _OURS)


def _small(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(bare(word).casefold() for word in words)
