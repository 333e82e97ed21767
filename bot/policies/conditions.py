"""Reads a condition before the engine does: every name in it must exist, and nothing in it can take long.

The engine (CEL in Rust, https://docs.rs/cel) tells which names and functions an expression uses, but not which fields,
and it has no limit of work. So a condition is kept to what is linear in what it looks at: no `matches` (the engine
compiles the pattern at every evaluation; `\\w{100}` alone takes 30 ms), and no loop whose body looks at more than the
one element.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.core.rules import OBJECTS, VALUES
from bot.policies.problems import quoted

#: characters of a condition
MAX_CONDITION = 1_000

#: each + copies all that was put together before it
MAX_PLUS = 10

FUNCTIONS = ("size",)
METHODS = ("contains", "startsWith", "endsWith", "size")
LOOPS = ("exists", "all", "exists_one")
WORDS = ("true", "false", "null", "in")

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<text>"(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*')
      | (?P<number>[0-9]+(?:\.[0-9]+)?u?(?![\w.]))
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*(?!["']))
      | (?P<sign>&& | \|\| | [=!<>]= | [-+*%<>!?:,.()\[\]] | /(?!/))""",
    re.VERBOSE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str


class Wrong(Exception):
    """The condition cannot be taken; the message says why."""


#: names of tools, and of the arguments of each
Arguments = Mapping[str, frozenset[str]]


#: what conditions of rules may name
NAMES = ("args", *OBJECTS, *VALUES)


def check(condition: str, arguments: Arguments, names: Sequence[str] = NAMES) -> None:
    """Nothing where each name in it exists, is one of `names`, and its work is bounded. Raises Wrong.

    `arguments` are those of all tools the rule is about; `args.x` must be an argument of each.
    """
    if len(condition) > MAX_CONDITION:
        raise Wrong(f"is longer than {MAX_CONDITION} characters")
    tokens = list(_tokens(condition))
    if sum(token.text == "+" for token in tokens) > MAX_PLUS:
        raise Wrong(f"has more than {MAX_PLUS} +")
    _Walk(tokens, arguments, names).whole()


def _tokens(text: str) -> Iterator[Token]:
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or text.startswith(('"""', "'''"), position):
            raise Wrong(f"cannot be read at {quoted(text[position : position + 20])}")
        if match.lastgroup != "space":
            yield Token(match.lastgroup or "", match.group())
        position = match.end()


_END = Token("end", "")


class _Walk:
    """One pass over the tokens, from left to right."""

    def __init__(self, tokens: list[Token], arguments: Arguments, names: Sequence[str]) -> None:
        self._tokens = tokens
        self._arguments = arguments
        self._names = names
        self._next = 0
        #: the name a loop gives to its element, while in its body
        self._element: str | None = None

    def whole(self) -> None:
        while self._next < len(self._tokens):
            self._one()

    def _one(self) -> None:
        token, before = self._look(), self._look(-1)
        self._next += 1
        if token.kind == "name" and token.text not in WORDS:
            self._name(token.text, after_dot=before.text == ".")
        elif token.text == "[" and (before.kind in ("name", "text") or before.text in (")", "]")):
            if before.text != "in":
                raise Wrong(
                    "[…] behind a value is not taken: write args.name, or ask lists with in, size() or exists()"
                )
        elif token.text == "?" and self._look().text == ".":
            raise Wrong("?. is not taken: every name is always there")

    def _name(self, name: str, *, after_dot: bool) -> None:
        called = self._look().text == "("
        if after_dot and called and name in LOOPS:
            self._loop()
        elif after_dot or called:
            known = (METHODS if after_dot else FUNCTIONS) if called else ()
            if name not in known:
                raise Wrong(f"{quoted(name)} is not known here; there are {', '.join((*METHODS, *LOOPS))}")
        elif name != self._element:
            self._root(name)

    def _root(self, name: str) -> None:
        if self._element:
            raise Wrong(f"only {self._element} may be named inside a loop, not {quoted(name)}")
        if name not in self._names:
            raise Wrong(f"{quoted(name)} is not known{' here' * (name in NAMES)}; there are {', '.join(self._names)}")
        if name in VALUES:
            return
        if self._look().text != "." or self._look(1).kind != "name":
            raise Wrong(f"{name} needs a field, such as {name}.{next(iter(self._fields(name)), 'user_id')}")
        field = self._look(1).text
        if field not in self._fields(name):
            raise Wrong(self._no_field(name, field))
        if self._look(2).text == "(":
            raise Wrong(f"{quoted(field)} is no function")
        self._next += 2

    def _fields(self, name: str) -> tuple[str, ...]:
        if name != "args":
            return OBJECTS[name]
        shared = frozenset.intersection(*self._arguments.values()) if self._arguments else frozenset()
        return tuple(sorted(shared))

    def _no_field(self, name: str, field: str) -> str:
        if name == "args":
            without = next((tool for tool, fields in self._arguments.items() if field not in fields), "*")
            return f"{without} has no argument {quoted(field)}"
        return f"{name} has no field {quoted(field)}; it has {', '.join(self._fields(name))}"

    def _loop(self) -> None:
        """`exists(x, …)`: the walk goes on behind its closing bracket."""
        if self._element:
            raise Wrong("a loop inside a loop is not taken: it could take long")
        element, comma = self._look(1), self._look(2)
        if element.kind != "name" or comma.text != ",":
            raise Wrong("a loop reads exists(x, …)")
        if element.text in (*NAMES, *WORDS):
            raise Wrong(f"{quoted(element.text)} has a meaning already: name the element otherwise")
        self._element = element.text
        self._next += 3
        depth = 1
        while depth and self._next < len(self._tokens):
            depth += {"(": 1, ")": -1}.get(self._look().text, 0)
            self._one()
        self._element = None

    def _look(self, ahead: int = 0) -> Token:
        position = self._next + ahead
        return self._tokens[position] if 0 <= position < len(self._tokens) else _END
