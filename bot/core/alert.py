"""What a workspace is told: of budgets, tools and models that often fail, events that Slack withholds. Values, pure."""

from typing import Literal

#: per cent of a budget at which it is told
THRESHOLDS = (50, 80, 100)

#: attempts in a day before it is looked at how many failed, and the per cent of them from which that is told
ENOUGH, FAILING = 20, 25

About = Literal["budget", "tool", "model", "events"]


def reached(share: float) -> int | None:
    """The highest threshold that this share of a budget has passed, per cent."""
    return max((each for each in THRESHOLDS if share * 100 >= each), default=None)


def failing(calls: int, failed: int) -> int | None:
    """FAILING where so much of enough calls failed."""
    return FAILING if calls >= ENOUGH and failed * 100 >= calls * FAILING else None
