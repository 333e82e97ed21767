"""Spans of the whole bot in one process; what is looked up where it is not known; what a sampler chooses."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.applications import Starlette

from bot.api.serving import serving
from bot.core import items
from bot.model.demo import DemoModel
from bot.store import log
from bot.telemetry.export import exporting
from bot.telemetry.ids import root_id, sent_at, span_id, trace_id
from bot.telemetry.spans import Span, place_of
from bot.telemetry.traces import found
from tests.fakes.collector import Collector
from tests.rig import CHANNEL, helpdesk

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


async def test_every_item_of_a_turn_leads_to_its_trace_by_the_log_alone(tmp_path: Path) -> None:
    spans: list[Span] = []
    async with helpdesk(tmp_path, DemoModel(), emit=spans.append) as desk:
        thread = await desk.say("U0ALEX", "reset the password of U-456")
        await desk.settle()
        await desk.click("U0DANA", desk.card(thread), "approve")
        await desk.settle()
        conversation = f"T0DEMO:{CHANNEL}:{thread}"
        place = place_of(conversation, thread)
        told = [e for e in await desk.items(thread) if isinstance(e, items.Request | items.ModelOutput)]
        count = len(await desk.items(thread))
        places = await desk.bot.database.run(lambda c: [found(c, conversation, seq) for seq in range(2, count + 1)])
        entries = await desk.bot.database.run(lambda c: log.read(c, conversation))
        assert {each for each in places if each} == {place}
        assert len([each for each in places if each]) > len(told)
    mine = [span for span in spans if span.trace == place.trace]
    names = Counter(span.name.split()[0] for span in mine)
    assert names["invoke_agent"] == names["receive"] == names["wait_for_approval"] == names["execute_tool"] == 1
    assert names["deliver"] >= 3
    assert names["chat"] == sum(isinstance(entry.item, items.ModelOutput) for entry in entries)
    assert {span.parent for span in mine} == {None, place.root}
    assert len({span.id for span in mine}) == len(mine)


async def test_a_trace_is_sampled_whole_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    collector, traces = Collector(), 60
    async with serving(Starlette(routes=collector.routes()), "127.0.0.1", 0) as port:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
        monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0.5")
        for role in ("web", "worker"):
            async with exporting(role, role) as emit:
                for n in range(traces):
                    emit(_span(f"T1:C1:{n}", role))
    got = collector.traces()
    assert 0 < len(got) < traces
    assert {len(each) for each in got.values()} == {2}
    for spans in got.values():
        child, top = sorted(spans, key=lambda each: each.process["helpdesk.role"])
        assert child.span.parent_span_id == top.span.span_id


def _span(conversation: str, role: str) -> Span:
    top = root_id(conversation, "1.1")
    of = {"id": span_id(conversation, 3), "parent": top} if role == "web" else {"id": top, "parent": None}
    return Span(trace=trace_id(conversation, "1.1"), name="x", start=NOON, end=NOON, **of)


def test_when_a_message_was_sent_is_in_its_timestamp() -> None:
    noon = f"{NOON.timestamp():.6f}"
    assert sent_at(noon, NOON + timedelta(seconds=1)) == NOON
    assert sent_at(noon, NOON - timedelta(seconds=1)) == NOON - timedelta(seconds=1), "clocks differ"
    assert sent_at("idempotency-key", NOON) == NOON
