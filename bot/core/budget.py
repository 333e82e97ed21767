"""Budgets: how much a person, all of a workspace, or a token of the API may use in a time. Values, notation, sums.

Money and tokens are counted by UTC day or month; turns within the last hour, whenever that began.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal, assert_never, cast

#: turns that one person may begin within an hour, where no budget says otherwise
TURNS_AN_HOUR = 30

Of = Literal["user", "workspace", "token"]
Unit = Literal["usd", "tok", "turns"]
Period = Literal["hour", "day", "month"]

_ENTRY = re.compile(
    r"(?P<of>user|workspace|token) (?P<amount>\d{1,9}(?:\.\d{1,6})?) ?(?P<times>[kM]?)(?P<unit>usd|tok|turns)"
    r"/(?P<per>hour|day|month)"
)
_TIMES = {"": 1, "k": 1_000, "M": 1_000_000}

#: money in the smallest unit we count: micro-USD
MICRO = 1_000_000

_NOTATION = "takes entries such as user 0.50usd/day, workspace 2Mtok/month, user 30turns/hour, comma-separated"


@dataclass(frozen=True, slots=True)
class Budget:
    """One entry of the setting."""

    of: Of
    #: micro-USD, tokens or turns
    limit: int
    unit: Unit
    per: Period

    def __str__(self) -> str:
        amount = Decimal(self.limit) / MICRO if self.unit == "usd" else Decimal(self.limit)
        unit = "" if self.unit == "usd" else f" {'tokens' if self.unit == 'tok' else 'turns'}"
        return f"{'$' if self.unit == 'usd' else ''}{amount:,}{unit} a {self.per}"


#: what holds without the setting
DEFAULT = (Budget("user", TURNS_AN_HOUR, "turns", "hour"),)


def parse(text: str) -> tuple[Budget, ...]:
    """The entries of a comma-separated list; a person's turns are limited in any case. Raises ValueError."""
    found = tuple(_entry(each.strip()) for each in text.split(",") if each.strip())
    kinds = [(each.of, each.unit, each.per) for each in found]
    if len(set(kinds)) < len(kinds):
        raise ValueError("takes one entry of each kind")
    return found if ("user", "turns", "hour") in kinds else (*found, *DEFAULT)


def _entry(text: str) -> Budget:
    match = _ENTRY.fullmatch(text)
    if match is None or (match["unit"] == "turns") is not (match["per"] == "hour"):
        raise ValueError(f"{_NOTATION}; turns are counted by the hour, usd and tok by the day or month")
    amount = Decimal(match["amount"]) * _TIMES[match["times"]] * (MICRO if match["unit"] == "usd" else 1)
    if amount < 1 or amount != int(amount) or (match["unit"] == "usd" and match["times"]):
        raise ValueError(f"{_NOTATION}; usd go to six decimals, tok and turns are whole, and none of them is 0")
    return Budget(cast("Of", match["of"]), int(amount), cast("Unit", match["unit"]), cast("Period", match["per"]))


def begins(per: Period, now: datetime) -> datetime:
    """When the day or month began, or the hour that ends now."""
    match per:
        case "hour":
            return now - timedelta(hours=1)
        case "day":
            return now.replace(hour=0, minute=0, second=0, microsecond=0)
        case "month":
            return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        case never:
            assert_never(never)


def ends(per: Period, now: datetime) -> datetime:
    """When something that counts from now on counts no more."""
    began = begins(per, now)
    return now + timedelta(hours=1) if per == "hour" else begins(per, began + timedelta(days=1 if per == "day" else 31))


@dataclass(frozen=True, slots=True)
class Used:
    """How much of a budget is used, and when there is some of it again."""

    budget: Budget
    amount: int
    until: datetime

    @property
    def share(self) -> float:
        """1: all of it, and more where the last turn took more than was left."""
        return self.amount / self.budget.limit


def over(found: Iterable[Used]) -> Used | None:
    """Of those that are used up, the one that takes longest."""
    return max((each for each in found if each.share >= 1), key=lambda each: each.until, default=None)


def tightest(found: Iterable[Used]) -> float:
    """The largest share of money or tokens, 0 to 1; how often somebody asks says nothing of what it costs."""
    shares = (each.share for each in found if each.budget.unit != "turns")
    return round(min(1.0, max(shares, default=0.0)), 3)
