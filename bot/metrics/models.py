"""Requests to models: how many, how long, what they took and cost, from the log."""

from prometheus_client import Counter

from bot.core import items
from bot.core.items import Entry
from bot.core.thread import Thread
from bot.metrics.instruments import CALLS, Instruments
from bot.metrics.names import Names

#: micro-USD of a USD, milliseconds of a second
MICRO, MILLI = 1_000_000, 1_000


class Models:
    """Counts requests to models."""

    def __init__(self, make: Instruments, errors: Counter) -> None:
        self._errors = errors
        self._requests = make.counter(
            "helpdesk_model_requests_total",
            "Requests to models by what came of them; not_asked: the breaker of the provider was open.",
            *("model", "purpose", "outcome"),
        )
        self._seconds = make.histogram(
            "helpdesk_model_request_seconds", "How long models took for whole replies.", "model", buckets=CALLS
        )
        self._first = make.histogram(
            "helpdesk_model_first_words_seconds", "How long models took for their first words.", "model", buckets=CALLS
        )
        self._tokens = make.counter(
            "helpdesk_model_tokens_total",
            "Tokens by kind: input that was not cached, cached input, output.",
            *("model", "kind"),
        )
        self._cost = make.counter(
            "helpdesk_model_cost_usd_total", "What requests to models cost, by the prices we know.", "model"
        )
        self._notes = make.counter(
            "helpdesk_model_notes_total",
            "Requests that are special: estimated (cut off, so nobody said how many tokens), unpriced, repeated (the "
            "provider was not asked again).",
            *("model", "note"),
        )
        self._routed = make.counter(
            "helpdesk_model_routed_total",
            "Choices of another model, by the rule that made them; fallback: the one before failed.",
            *("model", "why"),
        )

    def entry(self, names: Names, _: Thread, entry: Entry) -> None:
        """An item is in the log."""
        match entry.item:
            case items.ModelOutput(status=status) as output:
                self._took(names, output, "answer", status)
            case items.ModelFailed(why=why, asked=asked) as failure:
                self._took(names, failure, "answer", why if asked else "not_asked")
                if asked and why != "stopped":
                    self._errors.labels("provider", names.provider(names.model(failure.model))).inc()
            case items.Rebase(summary=summary) as request if request.model:
                self._took(names, request, "summary", "complete" if summary else "failed")
            case items.Routed(model=model, why=why):
                self._routed.labels(names.model(model), why).inc()

    def _took(self, names: Names, request: items.Metered, purpose: str, outcome: str) -> None:
        model = names.model(request.model)
        self._requests.labels(model, purpose, outcome).inc()
        if not request.repeated and outcome != "not_asked":
            self._seconds.labels(model).observe(request.ms / MILLI)
            if request.first_ms is not None:
                self._first.labels(model).observe(request.first_ms / MILLI)
        spent = bool(request.tokens_in or request.tokens_out)
        notes = {
            "estimated": request.estimated,
            "repeated": request.repeated,
            "unpriced": spent and request.cost is None,
        }
        for note in (note for note, holds in notes.items() if holds):
            self._notes.labels(model, note).inc()
        if spent:
            self._spent(model, request)

    def _spent(self, model: str, request: items.Metered) -> None:
        kinds = {
            "input": request.tokens_in - request.tokens_cached,
            "cached": request.tokens_cached,
            "output": request.tokens_out,
        }
        for kind, tokens in kinds.items():
            self._tokens.labels(model, kind).inc(max(0, tokens))
        self._cost.labels(model).inc((request.cost or 0) / MICRO)
