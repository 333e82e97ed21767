"""However much a model, people or a provider invent, the number of series stays what it was."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import items
from bot.core.items import Entry
from bot.core.known import Frozen
from bot.core.thread import Thread
from bot.metrics import Metrics
from bot.metrics.names import Names
from bot.store.deliveries import Delivery
from tests.fakes.model import ScriptedModel, calls, part, say
from tests.metrics.scraping import Scraped, scraped
from tests.rig import helpdesk

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def series(found: Scraped) -> int:
    return sum(len(found.all(name)) for name in {key[0] for key in found.samples})


async def test_a_thousand_invented_tools_add_no_series(tmp_path: Path) -> None:
    replies = [
        calls(*(part(f"invented_{batch}_{n}", x=n) for n in range(50)))
        for batch in range(20)
    ]  # fmt: skip
    scripted = [each for batch, reply in enumerate(replies) for each in (reply, say(f"That was {batch}."))]
    metrics = Metrics()
    async with helpdesk(tmp_path, ScriptedModel(scripted), metrics=metrics) as desk:
        sizes = []
        for batch in range(20):
            await desk.say("U0ALEX", f"Do all of it, {batch}")
            await desk.settle()
            if batch in (0, 19):
                sizes.append(await scraped(desk, metrics))
    first, last = sizes
    assert last.of("helpdesk_calls_total", "unknown", "model") == 1_000
    assert last.of("helpdesk_calls_refused_total", "unknown") == 1_000
    assert series(last) == series(first)


names = st.text(max_size=20)
ITEMS = st.one_of(
    names.map(lambda name: items.Call(turn=2, tool=name, arguments="{}")),
    names.map(lambda name: items.ToolResult(call=9, tool=name, outcome="failed", output="x")),
    names.map(lambda name: items.ToolUnknown(call=9, tool=name)),
    names.map(lambda name: items.Routed(turn=2, model=name, why="fallback")),
    names.map(lambda name: items.ModelFailed(turn=2, why="empty", retry_at=None, model=name, tokens_in=5, cost=7)),
    names.map(lambda name: items.UserMessage(author=name, text=name, ts=name)),
    names.map(lambda name: items.Decision(click=5, request=4, actor=name, verdict="approve")),
)


@given(st.lists(ITEMS, max_size=30))
def test_nothing_that_an_item_says_becomes_a_label(said: list[items.Item]) -> None:
    metrics = Metrics()
    metrics.committed("T0:C0:1.1", Thread(), [Entry(seq=n, at=NOON, item=each) for n, each in enumerate(said, 3)])
    for family in metrics.registry.collect():
        if not family.name.startswith("helpdesk_") or family.name in ("helpdesk_build_info", "helpdesk_policy_info"):
            continue
        for sample in family.samples:
            labels = {value for name, value in sample.labels.items() if name != "le"}
            assert labels <= KNOWN, sample


def test_what_cannot_be_counted_hurts_nobody(caplog: pytest.LogCaptureFixture) -> None:
    nothing: Any = None
    metrics = Metrics()
    metrics.committed("T0:C0:1.1", Thread(), [Entry(seq=3, at=NOON, item=nothing)])
    metrics.delivered(Delivery("T0:C0:1.1", 3, "thread", 0, 0.0, "p", {"blocks": [7]}, "w", None, None), NOON)
    assert caplog.text.count("metrics broke") == 2


KNOWN = {
    *("unknown", "tool", "provider", "model", "fallback", "answer", "empty", "failed", "approve", "unpriced"),
    *("input", "cached", "output", "answered", *get_args(items.OverReason)),
    *("card", "message", "private_word", "status"),
    *(kind.model_fields["kind"].default for kind in Frozen.__subclasses__() if "kind" in kind.model_fields),
    *(kind.model_fields["kind"].default for kind in items.Metered.__subclasses__()),
}


def test_a_version_of_a_model_counts_as_the_model_of_the_settings() -> None:
    known = Names(providers={"gpt-5": "a", "gpt-5-mini": "b", "": "c"})
    assert known.model("gpt-5-mini-2026-08-07") == "gpt-5-mini"
    assert known.model("gpt-5-2026-08-07") == "gpt-5"
    assert known.model("gpt-51") == "unknown"
    assert known.provider("unknown") == "unknown"
    assert replace(known, providers={"m": ""}).provider("m") == "default"
