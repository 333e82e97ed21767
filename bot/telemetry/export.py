"""From spans to a collector, by OTLP over HTTP. OpenTelemetry's own variables say where to, how often, and how many.

Promise: nothing of OpenTelemetry is loaded before this is opened. A collector that is slow, away or hanging costs
nobody anything: what waits for it is bounded, a thread of its own talks to it, and at the end it gets FLUSH seconds.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from bot.telemetry.spans import Span
from bot.version import version

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Link, SpanContext

#: what is left at the end is waited for so long, seconds
FLUSH = 3.0

#: what traces are found by, unless OTEL_SERVICE_NAME or OTEL_RESOURCE_ATTRIBUTES says otherwise
SERVICE = "helpdesk"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

log = structlog.get_logger()

Emit = Callable[[Span], None]


@asynccontextmanager
async def exporting(role: str, instance: str) -> AsyncIterator[Emit]:
    """Takes spans until the block ends; `role` says what the process is there for, `instance` names it."""
    provider, ids = _provider({"helpdesk.role": role, "service.instance.id": instance})
    try:
        yield _Exporter(provider, ids)
    finally:
        await _closed(provider)


async def _closed(provider: "TracerProvider") -> None:
    """Hand over what waits. A thread that hangs in that ends with the process, which does not wait for it."""
    loop = asyncio.get_running_loop()
    done = asyncio.Event()

    def close() -> None:
        provider.shutdown()
        loop.call_soon_threadsafe(done.set)

    threading.Thread(target=close, name="last traces", daemon=True).start()
    try:
        await asyncio.wait_for(done.wait(), FLUSH)
    except TimeoutError:
        log.warning("the last traces were not taken", seconds=FLUSH)


def _provider(about: dict[str, str]) -> "tuple[TracerProvider, Given]":
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 -- see above
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    resource = Resource.create({"service.version": version(), **about})
    if str(resource.attributes["service.name"]).startswith("unknown_service"):
        resource = resource.merge(Resource({"service.name": SERVICE}))
    ids = Given()
    # its ids are ours, so it needs no base class that would have to be loaded
    provider = TracerProvider(resource=resource, id_generator=ids, shutdown_on_exit=False)  # type: ignore[arg-type]
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider, ids


class Given:
    """The ids of the span that is made next."""

    trace = span = 0

    def generate_trace_id(self) -> int:
        """See opentelemetry.sdk.trace.IdGenerator."""
        return self.trace

    def generate_span_id(self) -> int:
        """See opentelemetry.sdk.trace.IdGenerator."""
        return self.span

    def is_trace_id_random(self) -> bool:
        """A hash is as good as chance to sample by."""
        return True


class _Exporter:
    """Makes spans of OpenTelemetry of ours."""

    def __init__(self, provider: "TracerProvider", ids: Given) -> None:
        from opentelemetry import trace  # noqa: PLC0415 -- see above
        from opentelemetry.sdk.trace.sampling import Decision  # noqa: PLC0415

        self._trace = trace
        self._sampled = Decision.RECORD_AND_SAMPLE
        self._ids = ids
        self._sampler = provider.sampler
        self._tracer = provider.get_tracer("helpdesk")

    def __call__(self, span: Span) -> None:
        """Take it; it is sent later, if its trace is sampled and there is room."""
        trace = self._trace
        self._ids.trace, self._ids.span = span.trace, span.id
        context = trace.set_span_in_context(trace.INVALID_SPAN)
        if span.parent:
            above = trace.NonRecordingSpan(self._context(span.trace, span.parent))
            context = trace.set_span_in_context(above)
        made = self._tracer.start_span(
            span.name,
            context,
            kind=trace.SpanKind[span.kind.upper()],
            attributes=span.attributes,
            links=self._links(span),
            start_time=_ns(span.start),
        )
        if span.error:
            made.set_status(trace.StatusCode.ERROR)
        made.end(_ns(span.end))

    def _context(self, trace_id: int, span_id: int) -> "SpanContext":
        """Of a span that may be another process's: whether it is sampled follows from its trace alone."""
        trace = self._trace
        chosen = self._sampler.should_sample(None, trace_id, "invoke_agent").decision is self._sampled
        flags = trace.TraceFlags(trace.TraceFlags.SAMPLED if chosen else trace.TraceFlags.DEFAULT)
        made: SpanContext = trace.SpanContext(trace_id, span_id, is_remote=True, trace_flags=flags)
        return made

    def _links(self, span: Span) -> "list[Link]":
        return [self._trace.Link(self._context(span.link.trace, span.link.root))] if span.link else []


def _ns(at: datetime) -> int:
    """Nanoseconds since 1970."""
    return (at - _EPOCH) // timedelta(microseconds=1) * 1_000
