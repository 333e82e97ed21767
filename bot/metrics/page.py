"""The table of docs/metrics.md."""

from collections.abc import Iterable

from bot.metrics.instruments import Described


def table(described: Iterable[Described]) -> str:
    """A row for each metric, as Markdown."""
    rows = [f"| `{each.name}` | {each.kind} | {_labels(each)} | {each.text} |" for each in described]
    return "\n".join(["| Metric | Kind | Labels | What it says |", "|---|---|---|---|", *rows])


def _labels(each: Described) -> str:
    return ", ".join(f"`{label}`" for label in each.labels)
