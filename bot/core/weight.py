"""How much of a model's budget a request takes, estimated without asking anybody.

The last request whose tokens the provider told says how many a byte is; before there is one, a byte is taken for more
than it is in most languages. Both are bounded, because providers have told nonsense.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import assert_never

from bot.core.exchange import Answered, Called, Function, Opaque, Output, Picture, PromptItem, Said

#: the share of the budget that a request for a turn takes whose input begins at item `since`; over 1: too much
Weigh = Callable[[int, int], float]

#: tokens of a byte where nobody told: three bytes are one (in English four or five are), and what is believed
TOKENS_PER_BYTE, LEAST, MOST = 1 / 3, 1 / 6, 1.0

#: bytes taken for the frame of each item, and for a picture, which is some 1,500 tokens whatever its bytes are
FRAME, PICTURE = 40, 4_500


def weightless(_turn: int, _since: int) -> float:
    """Nobody weighs."""
    return 0.0


@dataclass(frozen=True, slots=True)
class Told:
    """A request whose tokens the provider told, and the bytes of its items; none: 0."""

    size: int = 0
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class Room:
    """The `tokens` that one request may have; `fixed` bytes of it are the same in every request."""

    tokens: int
    fixed: int

    def beside(self, instructions: str) -> "Room":
        """What is left where these are in every request, too."""
        return Room(self.tokens, self.fixed + _bytes(instructions))

    def estimate(self, size: int, told: Told) -> float:
        """Tokens of a request whose items have so many bytes."""
        rate = told.tokens / (told.size + self.fixed) if told.tokens else TOKENS_PER_BYTE
        return (size + self.fixed) * min(max(rate, LEAST), MOST)

    def share(self, size: int, told: Told) -> float:
        """The same as a share of what there is."""
        return self.estimate(size, told) / self.tokens


def room(tokens: int, instructions: str, functions: Iterable[Function]) -> Room:
    """The room beside these, which are in every request."""
    menu = sum(FRAME + _bytes(each.name, each.description, json.dumps(dict(each.parameters))) for each in functions)
    return Room(tokens, menu).beside(instructions)


def tokens_of(text: str) -> int:
    """Tokens of what a model wrote, estimated."""
    return round(_bytes(text) * TOKENS_PER_BYTE)


def size_of(items: Iterable[PromptItem]) -> int:
    """Bytes of the items, as far as a model reads them."""
    return sum(FRAME + _size(item) for item in items)


def _size(item: PromptItem) -> int:
    match item:
        case Said(text) | Answered(text) | Output(_, text):
            return _bytes(text)
        case Called(_, tool, arguments):
            return _bytes(tool, arguments)
        case Opaque(_, content):
            return _bytes(json.dumps(dict(content)))
        case Picture():
            return PICTURE
        case never:
            assert_never(never)


def _bytes(*texts: str) -> int:
    return sum(len(text.encode()) for text in texts)
