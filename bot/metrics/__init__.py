"""Metrics for Prometheus: what is counted and timed while the bot runs, how things stand when somebody asks, the door.

Promise: no label has a value that people or a model chose. Names that are not on our lists are "unknown"; neither
people nor conversations are named.
"""

from bot.metrics.metrics import Metrics

__all__ = ["Metrics"]
