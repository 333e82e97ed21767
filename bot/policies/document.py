"""YAML to plain values, with the line of each. Promise: nothing is built but text, numbers, booleans, lists and maps,
and what a reader could overlook (a key given twice, an alias) is refused.
"""

from collections.abc import Mapping
from typing import Any

import yaml

from bot.policies.problems import Place, Problem, quoted, shown

#: characters of a policy file
MAX_FILE = 100_000

_PLAIN = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null")}


class Unreadable(Exception):
    """The text is no YAML that we take; `problems` say why."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(problems)
        self.problems = problems


def parse(text: str) -> tuple[Any, Mapping[Place, int]]:
    """The values, and the line (from 1) of each place. Raises Unreadable."""
    if len(text) > MAX_FILE:
        raise Unreadable(Problem(1, "", f"is longer than {MAX_FILE} characters"))
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        reader = _Reader(loader)
        value = reader.value(node, ()) if node else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Unreadable(Problem(mark.line + 1 if mark else 1, "", f"is no YAML: {error.problem}")) from None
    except yaml.YAMLError as error:
        raise Unreadable(Problem(1, "", f"is no YAML: {quoted(str(error))}")) from None
    except RecursionError:
        raise Unreadable(Problem(1, "", "is nested too deeply")) from None
    if reader.problems:
        raise Unreadable(*reader.problems)
    return value, reader.lines


class _Loader(yaml.SafeLoader):
    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "aliases (*) are not taken: write it out", mark)
        return super().compose_node(parent, index)


class _Reader:
    def __init__(self, loader: _Loader) -> None:
        self._loader = loader
        self.lines: dict[Place, int] = {}
        self.problems: list[Problem] = []

    def value(self, node: yaml.Node, place: Place) -> Any:
        self.lines.setdefault(place, _line(node))
        match node:
            case yaml.MappingNode():
                return self._mapping(node, place)
            case yaml.SequenceNode():
                return [self.value(each, (*place, number)) for number, each in enumerate(node.value)]
        return self._scalar(node, place)

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else None
            if name is None or name in found:
                wrong = "a key is a word" if name is None else f"the key {quoted(name)} is there twice"
                self.problems.append(Problem(_line(key), shown(place), wrong))
                continue
            self.lines[*place, name] = _line(key)
            found[name] = self.value(value, (*place, name))
        return found

    def _scalar(self, node: yaml.Node, place: Place) -> Any:
        if node.tag not in _PLAIN:
            # a date, say: the reader meant text, and the schema says whether text will do
            return node.value
        try:
            return self._loader.construct_object(node)
        except ValueError:
            self.problems.append(Problem(_line(node), shown(place), "is no number that can be read"))
            return None


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
