"""Failures of what stands behind us, by name: alerts and dashboards look here first."""

from typing import Literal

from bot.metrics.instruments import Instruments


class Errors:
    """Counts failures of tools and of providers of models."""

    def __init__(self, make: Instruments) -> None:
        self._errors = make.counter(
            "helpdesk_errors_total",
            "Failures of what stands behind us: of a tool, or of a provider of models, by its name.",
            *("of", "name"),
        )

    def of(self, what: Literal["tool", "provider"], name: str) -> None:
        """One more."""
        self._errors.labels(what, name).inc()
