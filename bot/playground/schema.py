"""Rules for JSON values that answer with Slack's own sentences and JSON pointers.

A rule yields nothing for a valid value. The sentences are those that Slack's Web API gives in response_metadata.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


class Rule(Protocol):
    """What a value must be like."""

    def check(self, value: Any, at: str) -> Iterator[str]:
        """The complaints about `value`, which is found at JSON pointer `at`."""
        ...


def complaint(what: str, at: str) -> str:
    """One line of response_metadata.messages."""
    return f"[ERROR] {what} [json-pointer:{at}]"


@dataclass(frozen=True)
class Anything:
    """No rule."""

    def check(self, value: Any, at: str) -> Iterator[str]:  # noqa: ARG002 - the protocol's signature
        """Nothing to say."""
        return iter(())


@dataclass(frozen=True)
class Chars:
    """A string with a length between two bounds, both included."""

    most: int
    least: int = 1

    def check(self, value: Any, at: str) -> Iterator[str]:
        """Type first, then length."""
        if not isinstance(value, str):
            yield complaint("must be a string", at)
        elif len(value) > self.most:
            yield complaint(f"must be less than {self.most + 1} characters", at)
        elif len(value) < self.least:
            yield complaint(f"must be more than {self.least - 1} characters", at)


@dataclass(frozen=True)
class OneOf:
    """One of a few strings."""

    values: tuple[str, ...]

    def check(self, value: Any, at: str) -> Iterator[str]:
        """Enumerations are exact."""
        if value not in self.values:
            yield complaint("must be a valid enum value", at)


@dataclass(frozen=True)
class Flag:
    """A JSON boolean."""

    def check(self, value: Any, at: str) -> Iterator[str]:
        """Not 0, not "true"."""
        if not isinstance(value, bool):
            yield complaint("must be a boolean", at)


@dataclass(frozen=True)
class Whole:
    """A whole number between two bounds, both included."""

    least: int
    most: int

    def check(self, value: Any, at: str) -> Iterator[str]:
        """Not "7", not true."""
        if not isinstance(value, int) or isinstance(value, bool):
            yield complaint("must be an integer", at)
        elif not self.least <= value <= self.most:
            yield complaint(f"must be between {self.least} and {self.most}", at)


@dataclass(frozen=True)
class Number:
    """A JSON number."""

    def check(self, value: Any, at: str) -> Iterator[str]:
        """Not "7", not true."""
        if not isinstance(value, int | float) or isinstance(value, bool):
            yield complaint("must be a number", at)


@dataclass(frozen=True)
class Nullable:
    """What a rule says, or null."""

    rule: Rule

    def check(self, value: Any, at: str) -> Iterator[str]:
        """Null is fine."""
        return iter(()) if value is None else self.rule.check(value, at)


@dataclass(frozen=True)
class Shape:
    """An object with required and optional keys and no others."""

    required: Mapping[str, Rule]
    optional: Mapping[str, Rule] = field(default_factory=dict)

    def check(self, value: Any, at: str) -> Iterator[str]:
        """Missing keys, unknown keys, then the values."""
        if not isinstance(value, dict):
            yield complaint("must be an object", at)
            return
        yield from (complaint(f"missing required field: {key}", at) for key in self.required if key not in value)
        rules = {**self.required, **self.optional}
        for key, inner in value.items():
            if key in rules:
                yield from rules[key].check(inner, f"{at}/{key}")
            else:
                yield complaint(f"invalid additional property: {key}", at)


@dataclass(frozen=True)
class Text:
    """A text object of at most `most` characters; `plain` admits plain_text only."""

    most: int
    plain: bool = False

    def check(self, value: Any, at: str) -> Iterator[str]:
        """The keys allowed depend on its type."""
        kinds = {"plain_text": {"emoji": Flag()}} | ({} if self.plain else {"mrkdwn": {"verbatim": Flag()}})
        kind = value.get("type") if isinstance(value, dict) else None
        extra: Mapping[str, Rule] = kinds.get(kind, {}) if isinstance(kind, str) else {}
        rules: dict[str, Rule] = {"type": OneOf(tuple(kinds)), "text": Chars(self.most)}
        yield from Shape(rules, extra).check(value, at)


@dataclass(frozen=True)
class Many:
    """A list of at least `least` and at most `most` items that all follow one rule."""

    item: Rule
    most: int
    least: int = 1

    def check(self, value: Any, at: str) -> Iterator[str]:
        """Count, then each item."""
        if not isinstance(value, list):
            yield complaint("must be an array", at)
            return
        if len(value) > self.most:
            yield complaint(f"no more than {self.most} items allowed", at)
        if len(value) < self.least:
            yield complaint(f"must contain at least {self.least} items", at)
        for i, inner in enumerate(value):
            yield from self.item.check(inner, f"{at}/{i}")


@dataclass(frozen=True)
class Kinds:
    """An object whose `type` chooses the rule for the rest."""

    shapes: Mapping[str, Rule]

    def check(self, value: Any, at: str) -> Iterator[str]:
        """Slack names an unknown type before anything else."""
        if not isinstance(value, dict):
            yield complaint("must be an object", at)
        elif "type" not in value:
            yield complaint("missing required field: type", at)
        elif not isinstance(value["type"], str) or value["type"] not in self.shapes:
            yield complaint(f"unsupported type: {value['type']}", f"{at}/type")
        else:
            rest = {key: inner for key, inner in value.items() if key != "type"}
            yield from self.shapes[value["type"]].check(rest, at)
