"""The engine that evaluates conditions, loaded when the first condition is; and a trial of each before it counts."""

import importlib
import importlib.util
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib.machinery import PathFinder
from typing import Any

from bot.core.rules import Condition
from bot.policies.conditions import Wrong
from bot.policies.problems import quoted
from bot.policies.samples import MAX_GROUPS

#: seconds a condition may take on the largest arguments
MAX_SECONDS = 0.020

#: a busy machine slows one run, hardly three
RUNS = 3

#: returns seconds
Clock = Callable[[], float]

_ENGINE = "cel.cel"


def compiled(text: str) -> Condition:
    """The condition, to be asked of what `bot.core.rules.seen_by_rules` returns. Raises Wrong where it is no CEL."""
    try:
        program = _engine().compile(text)
    except ValueError as error:
        raise Wrong(f"cannot be read: {_place(str(error))}") from None
    names = tuple(program.variables())

    def holds(seen: Mapping[str, Any]) -> bool:
        asked = {name: seen[name] for name in names if name in seen}
        if any(len(asked[name]["groups"]) > MAX_GROUPS for name in ("requester", "subject") if name in asked):
            raise ValueError("more groups than a condition may look at")
        found = _executed(program, asked)
        if not isinstance(found, bool):
            raise TypeError("the condition is neither true nor false")
        return found

    return holds


def _executed(program: Any, asked: Mapping[str, Any]) -> object:
    try:
        return program.execute(asked)
    except Exception:
        raise
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        # a fault in the engine is no Exception, and would end the process
        raise RuntimeError("the engine failed") from None


def tried(condition: Condition, samples: Iterable[tuple[str, Mapping[str, Any]]], clock: Clock) -> None:
    """Nothing where it says yes or no, in time, on each sample (what it is, in words; what rules see). Raises Wrong."""
    for what, seen in samples:
        took = []
        for _ in range(RUNS):
            began = clock()
            try:
                condition(seen)
            except Exception as error:  # noqa: BLE001 -- whatever it is, it would happen to every such call
                raise Wrong(f"fails on {what}: {_sentence(error)}") from None
            took.append(clock() - began)
        if min(took) > MAX_SECONDS:
            raise Wrong(f"takes {min(took) * 1000:.0f} ms on {what}; at most {MAX_SECONDS * 1000:.0f} ms are allowed")


def _place(said: str) -> str:
    """What the engine says of the first thing it cannot read, without the forty things it would rather read."""
    match = re.search(r"<input>:\d+:(\d+): (?:Syntax error: )?(.*?)(?: expecting .*)?(?:\n|$)", said)
    return f"at character {match[1]}: {quoted(match[2])[1:-1]}" if match else quoted(said)


def _sentence(error: Exception) -> str:
    text = str(error).partition(". ")[0]
    return f"there is no {quoted(text.strip(chr(39)))}" if isinstance(error, KeyError) else quoted(text)[1:-1]


@cache
def _engine() -> Any:
    """The engine alone: the package around it loads its command line, too, which takes 0.2 s and 20 MB more."""
    package = PathFinder.find_spec("cel")
    spec = PathFinder.find_spec(_ENGINE, package.submodule_search_locations) if package else None
    if _ENGINE in sys.modules or spec is None or spec.loader is None:
        return importlib.import_module("cel")
    module = sys.modules[_ENGINE] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
