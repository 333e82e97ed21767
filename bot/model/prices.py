"""What tokens cost: a dated table of list prices, and money as whole micro-USD (a millionth of a dollar).

Promise: money is computed from what the provider reports and never guessed; without a price it is None, never 0.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.core.exchange import Usage
from bot.errors import ConfigError

#: characters of a file of prices
MAX_FILE = 100_000

#: what a provider adds to the name of a model for one state of it: -2025-08-07, -20250807
_SNAPSHOT = re.compile(r"-\d{4}-?\d{2}-?\d{2}$")

#: USD per million tokens
_Rate = Annotated[Decimal, Field(ge=0, le=100_000, allow_inf_nan=False)]


class Price(BaseModel):
    """USD per million tokens, which is micro-USD per token."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: _Rate
    #: of the part of the input that came from the provider's cache; None: as input
    cached: _Rate | None = None
    output: _Rate

    def of(self, usage: Usage) -> int:
        """Micro-USD of one request, rounded half up."""
        cached = min(usage.cached, usage.input)
        rate = self.input if self.cached is None else self.cached
        exact = (usage.input - cached) * self.input + cached * rate + usage.output * self.output
        return int(exact.to_integral_value(ROUND_HALF_UP))


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    as_of: date
    models: dict[str, Price]


@dataclass(frozen=True, slots=True)
class Prices:
    """By the name of the model; `*` in a name stands for anything."""

    as_of: date
    models: Mapping[str, Price]

    def of(self, model: str) -> Price | None:
        """The price of its own name, of the name it is a snapshot of, or of the first pattern that fits; or None."""
        plain = _SNAPSHOT.sub("", model)
        fits = (price for name, price in self.models.items() if "*" in name and fnmatchcase(model, name))
        return self.models.get(model) or self.models.get(plain) or next(fits, None)

    def cost(self, model: str, usage: Usage) -> int | None:
        """Micro-USD of one request; None where the model has no price."""
        price = self.of(model)
        return price.of(usage) if price else None


def load(own: Path | None = None) -> Prices:
    """The shipped prices, with those of a file before them. Raises ConfigError where that cannot be used."""
    shipped = _shipped()
    found = _read(own) if own else _File(as_of=shipped.as_of, models={})
    others = {name: price for name, price in shipped.models.items() if name not in found.models}
    return Prices(found.as_of, {**found.models, **others})


@cache
def _shipped() -> _File:
    return _File.model_validate(yaml.safe_load(resources.files(__package__).joinpath("prices.yml").read_text()))


def _read(file: Path) -> _File:
    try:
        text = file.read_text("utf-8")
        if len(text) > MAX_FILE:
            raise ConfigError(f"HELPDESK_PRICES names a file of more than {MAX_FILE} characters.")
        return _File.model_validate(yaml.safe_load(text))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise ConfigError(f"HELPDESK_PRICES names a file that is no table of prices: {_why(error)}") from None


def _why(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return "it cannot be read" if isinstance(error, OSError) else "it is no YAML"
    first = error.errors(include_input=False, include_context=False, include_url=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'all of it'}: {first['msg']}"
