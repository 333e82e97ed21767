"""A collector of traces, as any that takes OTLP over HTTP: it keeps what it is sent."""

from dataclasses import dataclass
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


@dataclass(frozen=True)
class Got:
    """A span, and what was said of the process it is from."""

    span: Span
    process: dict[str, Any]

    @property
    def says(self) -> dict[str, Any]:
        """Its attributes."""
        return _values(self.span.attributes)


class Collector:
    """Serves `/v1/traces`."""

    def __init__(self) -> None:
        self.got: list[Got] = []

    def routes(self) -> list[Route]:
        return [Route("/v1/traces", self._take, methods=["POST"])]

    async def _take(self, request: Request) -> Response:
        sent = ExportTraceServiceRequest.FromString(await request.body())
        for each in sent.resource_spans:
            process = _values(each.resource.attributes)
            self.got += [Got(span, process) for scope in each.scope_spans for span in scope.spans]
        return Response(b"", media_type="application/x-protobuf")

    def traces(self) -> dict[bytes, list[Got]]:
        """What it got, by trace."""
        found: dict[bytes, list[Got]] = {}
        for each in self.got:
            found.setdefault(each.span.trace_id, []).append(each)
        return found


def _values(attributes: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}
