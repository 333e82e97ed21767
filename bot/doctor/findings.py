"""What was found, and how it is told: to people, and to programs."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Literal

from bot.ops.audit.plain import plain

State = Literal["good", "warning", "wrong"]

_MARKS = {"good": "ok     ", "warning": "warning", "wrong": "WRONG  "}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    #: such as Slack, or policy
    about: str
    state: State
    what: str
    #: why it matters, and what to do; empty where all is well
    why: str = ""
    fix: str = ""


def good(about: str, what: str) -> Finding:
    """All is well."""
    return Finding(about, "good", what)


def warning(about: str, what: str, why: str, fix: str) -> Finding:
    """It works, and somebody should know."""
    return Finding(about, "warning", what, why, fix)


def wrong(about: str, what: str, why: str, fix: str) -> Finding:
    """It does not work, or lets people do what they should not."""
    return Finding(about, "wrong", what, why, fix)


def told(found: Sequence[Finding]) -> Iterator[str]:
    """Lines for people."""
    for about, each in groupby(found, lambda finding: finding.about):
        yield about
        for finding in each:
            yield f"  {_MARKS[finding.state]}  {plain(finding.what)}"
            if finding.why:
                yield f"             why: {plain(finding.why)}"
                yield f"             fix: {plain(finding.fix)}"
    counted = Counter(each.state for each in found)
    yield f"\n{counted['wrong']} wrong, {counted['warning']} to know of, {counted['good']} good."


def as_json(found: Sequence[Finding]) -> str:
    """A JSON object for programs."""
    healthy = all(each.state != "wrong" for each in found)
    return json.dumps({"healthy": healthy, "findings": [asdict(each) for each in found]}, ensure_ascii=False, indent=1)
