"""Trying mistakes, each in a process of its own, with the tests that are fast and about these files.

What is in a function is put in its place after everything was imported, and tried with the tests that run its lines,
those first that found most so far; what is there from the import on is imported. Chance is fixed and time is the
processor's, so each run finds the same.
"""

import ast
import gc
import resource
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from importlib.machinery import SourceFileLoader
from itertools import pairwise
from pathlib import Path
from time import process_time
from types import CodeType, FunctionType
from typing import Any

import coverage
import pytest

from tests.mutants.forks import forked
from tests.mutants.operators import Mutant

Trees = Mapping[Path, ast.Module]
Made = Sequence[tuple[Path, Mutant]]

#: tests that are slow and about something else
IGNORED = (
    "core/test_briefing",
    "core/test_sources",
    "core/test_summaries",
    "policies/test_commands",
    "policies/test_load",
)

#: whether a test fails is asked, not why
ARGUMENTS = [
    *("-p", "no:cacheprovider", "-s", "--assert=plain", "--tb=native"),
    *(f"--ignore=tests/{name}.py" for name in IGNORED),
    *("tests/core", "tests/policies"),
]

#: seconds of the processor that a test may take: so many, and so many times what it takes; and seconds of anything
CPU, TIMES, REAL = 3, 10, 600

#: bytes that a mistake may take
MEMORY = 4 * 2**30


class _Tests:
    """The tests that pytest has collected, and the first that failed."""

    def __init__(self, use: Callable[["_Tests"], Any]) -> None:
        self._use, self.failed, self.given = use, "", None
        self.items: Sequence[pytest.Item] = ()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.items = session.items
        self.given = self._use(self)
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed = self.failed or (report.nodeid if report.failed else "")

    def run(self, numbers: Sequence[int]) -> Iterator[int]:
        """Gives each number, and then runs that test; until one fails."""
        for place, number in enumerate(numbers):
            if self.failed:
                return
            yield number
            item, rest = self.items[number], numbers[place + 1 :]
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=self.items[rest[0]] if rest else None)


def _collected(use: Callable[[_Tests], Any]) -> Any:
    """What is made of the tests once they are collected; None where they cannot be."""
    tests = _Tests(use)
    pytest.main(ARGUMENTS, plugins=[tests])
    return tests.given


# ── in functions ──


def functions(made: Made, trees: Trees) -> tuple[list[int], list[str]]:
    """The numbers of the mistakes that no test found; and the tests, those first that found most."""
    job = partial(_collected, lambda tests: _Functions(tests, made, trees).missed())
    [(_, given)] = forked([job], quiet=False)
    if not isinstance(given, tuple):
        sys.exit(given or "the tests cannot be collected")
    return given


class _Functions:
    def __init__(self, tests: _Tests, made: Made, trees: Trees) -> None:
        self._tests, self._made, self._trees = tests, made, trees
        names, every = {str(path) for path in trees}, gc.get_objects()
        self._live = [each for each in every if isinstance(each, FunctionType) and each.__code__.co_filename in names]
        self._found = Counter[int]()
        gc.freeze()  # what forks share is not gone through by each of them

    def missed(self) -> tuple[list[int], list[str]] | str:
        """What no test found, and the order; or which test fails without any mistake."""
        [(_, given)] = forked([self._measured])
        if not isinstance(given, tuple):
            return f"without any mistake fails {given}"
        (self._took, self._lines), missed = given, []
        for number, found in forked([partial(self._tried, *each) for each in self._made]):
            if found == "none":
                missed.append(number)
            elif found is not None:
                self._found[found] += 1
        return missed, [self._tests.items[number].nodeid for number in self._ordered(self._took)]

    def _measured(self) -> tuple[dict[int, float], dict[str, dict[int, set[int]]]] | str:
        """Seconds that each test takes, and by file and line the tests that run it."""
        seen, began = coverage.Coverage(data_file=None, include=[str(each) for each in self._trees]), list[float]()
        seen.start()
        for number in self._tests.run(range(len(self._tests.items))):
            seen.switch_context(str(number))
            began.append(process_time())
        seen.stop()
        took = {number: end - start for number, (start, end) in enumerate(pairwise([*began, process_time()]))}
        return self._tests.failed or (took, {str(path): _ran(seen, path) for path in self._trees})

    def _ordered(self, numbers: Iterable[int]) -> list[int]:
        return sorted(numbers, key=lambda each: (-self._found[each], self._took[each]))

    def _tried(self, path: Path, mutant: Mutant) -> int | str:
        """The test that found it."""
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        numbers = self._ordered(set[int]().union(*(self._lines[str(path)].get(each, ()) for each in mutant.lines)))
        mutant.swap()
        self._replace(_compiled(self._trees[path], path), mutant.function)
        last = 0
        for last in self._tests.run(numbers):
            signal.alarm(REAL)
            signal.setitimer(signal.ITIMER_PROF, CPU + TIMES * self._took[last])
        return last if self._tests.failed else "none"

    def _replace(self, module: CodeType, line: int | None) -> None:
        [code] = [each for each in _codes(module) if each.co_firstlineno == line]
        wanted = code.co_filename, line
        live = [each for each in self._live if (each.__code__.co_filename, each.__code__.co_firstlineno) == wanted]
        assert live, code
        for each in live:
            each.__code__ = code


def _ran(seen: coverage.Coverage, path: Path) -> dict[int, set[int]]:
    """By line the tests that ran it."""
    lines = seen.get_data().contexts_by_lineno(str(path))
    return {line: {int(context) for context in contexts if context} for line, contexts in lines.items()}


def _compiled(tree: ast.Module, path: Path) -> CodeType:
    return compile(ast.fix_missing_locations(tree), path, "exec")


def _codes(of: CodeType) -> Iterator[CodeType]:
    """The functions of a module and of its classes."""
    for code in of.co_consts:
        if isinstance(code, CodeType) and code.co_flags & 2:  # CO_NEWLOCALS: a function, not a class
            yield code
        elif isinstance(code, CodeType):
            yield from _codes(code)


# ── from the import on ──


def imported(made: Made, trees: Trees, order: Sequence[str]) -> list[int]:
    """The numbers of the mistakes that no test found."""
    jobs = [partial(_imports, path, mutant, trees[path], order) for path, mutant in made]
    return [number for number, found in forked(jobs) if found is False]


def _imports(path: Path, mutant: Mutant, tree: ast.Module, order: Sequence[str]) -> bool:
    """Whether a test found it; that nothing can be imported any more is found, too."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.alarm(REAL)
    mutant.swap()
    code, plain = _compiled(tree, path), SourceFileLoader.get_code

    def get_code(self: SourceFileLoader, name: str) -> CodeType | None:
        return code if Path(self.path) == path else plain(self, name)

    setattr(SourceFileLoader, "get_code", get_code)  # noqa: B010 -- in this process only

    def ran(tests: _Tests) -> bool:
        place = {name: number for number, name in enumerate(order)}
        numbers = sorted(range(len(tests.items)), key=lambda each: place.get(tests.items[each].nodeid, -1))
        return bool(list(tests.run(numbers)) and tests.failed)

    return _collected(ran) is not False
