"""`make mutants`: each small mistake (operators.py) is made in what decides about approvals, and a test has to fail."""

import argparse
import ast
import difflib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.mutants.operators import Mutant, mutants
from tests.mutants.trial import functions, imported

#: where approvals are decided
SUBJECTS = (
    "canonical", "policy", "rules", "requirement", "quorum", "decide", "votes", "requests", "drafts", "edits", "starts",
    "stops", "takebacks", "thread", "fold_requests",
)  # fmt: skip

#: the share of mistakes that must be found in each file
ENOUGH = 0.9

CORE = Path(__file__).parents[2] / "bot" / "core"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("files", nargs="*", metavar="FILE", help="names in bot/core, without .py; none: all")
    names: Sequence[str] = parser.parse_args().files or SUBJECTS
    trees = {CORE / f"{name}.py": ast.parse((CORE / f"{name}.py").read_text()) for name in names}
    made = [(path, mutant) for path, tree in trees.items() for mutant in mutants(tree)]
    inside = [each for each in made if each[1].function]
    outside = [each for each in made if not each[1].function]
    unseen, order = functions(inside, trees)
    missed = [*(inside[each] for each in unseen), *(outside[each] for each in imported(outside, trees, order))]
    for path, tree in trees.items():
        for mutant in sorted((each for where, each in missed if where == path), key=lambda each: each.lines.start):
            print(f"{path.relative_to(CORE.parents[1])}:{mutant.lines.start}", *_changed(tree, mutant), sep="\n")
    shares = {path: _told(path, made, missed) for path in trees}
    found = len(made) - len(missed)
    print(f"{found} of {len(made)} found, {found / len(made):.1%}")
    sys.exit(any(share < ENOUGH for share in shares.values()))


def _changed(tree: ast.Module, mutant: Mutant) -> list[str]:
    """The lines that differ, as the parser would write them."""
    before = ast.unparse(tree).splitlines()
    old = mutant.swap()
    after = ast.unparse(tree).splitlines()
    mutant.restore(old)
    lines = difflib.unified_diff(before, after, n=0, lineterm="")
    return [f"    {line}" for line in lines if not line.startswith(("---", "+++", "@@"))]


def _told(path: Path, made: list[tuple[Path, Mutant]], missed: list[tuple[Path, Mutant]]) -> float:
    of, left = sum(where == path for where, _ in made), sum(where == path for where, _ in missed)
    print(f"{path.stem:15} {of - left:4} of {of:4} found, {(of - left) / of:6.1%}")
    return (of - left) / of


if __name__ == "__main__":
    os.environ["HYPOTHESIS_PROFILE"] = "fixed"
    os.environ["COVERAGE_CORE"] = "ctrace"  # the one that tells which test runs a line, on each Python
    main()
