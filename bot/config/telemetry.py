"""Settings of logs and traces. OpenTelemetry reads its own variables; here is only whether it is there at all."""

import os
from typing import Literal

from dotenv import dotenv_values
from pydantic import SecretStr

from bot.config.environment import Address, Environment

Sampler = Literal[
    "always_on",
    "always_off",
    "traceidratio",
    "parentbased_always_on",
    "parentbased_always_off",
    "parentbased_traceidratio",
]


class TelemetrySettings(Environment):
    """What is told of the bot at work, and to whom."""

    #: whether what people wrote, what the model said and what tools gave is logged, with personal data redacted
    helpdesk_log_content: Literal["off", "redacted"] = "off"
    #: a collector that takes OTLP over HTTP, such as http://127.0.0.1:4318; without one there are no traces
    otel_exporter_otlp_endpoint: Address | None = None
    #: the same for traces alone, with its whole path, such as http://127.0.0.1:4318/v1/traces
    otel_exporter_otlp_traces_endpoint: Address | None = None
    #: sent to it with each request, as name=value, comma-separated
    otel_exporter_otlp_headers: SecretStr | None = None
    #: `none`: no traces, though there is a collector
    otel_traces_exporter: Literal["otlp", "none"] = "otlp"
    #: which traces are sent, and of traceidratio the share
    otel_traces_sampler: Sampler = "parentbased_always_on"
    otel_traces_sampler_arg: str | None = None
    #: what traces are found by, and more that all of them say, as name=value, comma-separated
    otel_service_name: str = "helpdesk"
    otel_resource_attributes: str | None = None
    #: true: OpenTelemetry is not used at all
    otel_sdk_disabled: bool = False

    @property
    def traces(self) -> bool:
        """Somebody wants them."""
        endpoint = self.otel_exporter_otlp_traces_endpoint or self.otel_exporter_otlp_endpoint
        return bool(endpoint) and self.otel_traces_exporter == "otlp" and not self.otel_sdk_disabled


def hand_on() -> None:
    """OpenTelemetry looks at the environment only, so it gets what .env says for it, too."""
    for name, value in dotenv_values(".env").items():
        if name.startswith("OTEL_") and value:
            os.environ.setdefault(name, value)
