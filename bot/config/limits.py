"""How much people may use, and what it costs."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from bot.config.environment import Environment
from bot.core import budget
from bot.core.budget import Budget


class LimitSettings(Environment):
    """How much people may use, and what it costs."""

    #: how much people may use, such as: user 0.50usd/day, workspace 2Mtok/month, user 30turns/hour
    helpdesk_budgets: Annotated[tuple[Budget, ...], NoDecode] = budget.DEFAULT
    #: a file of prices (YAML) that go before the shipped ones
    helpdesk_prices: Path | None = None
    #: for so many seconds the same question of the same person in a new thread gets the same answer; 0: never
    helpdesk_repeat_s: float = Field(default=60, ge=0, le=3600)

    @field_validator("helpdesk_budgets", mode="before")
    @classmethod
    def _budgets(cls, value: Any) -> Any:
        return budget.parse(value) if isinstance(value, str) else value
