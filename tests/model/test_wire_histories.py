"""Whatever happens in a conversation: what each API is sent has one output behind every call, and only grows.

The random histories are those of the core; between them and the model stand only the adapters' shapes. HISTORIES says
how many: HISTORIES=10000 takes ten minutes of one core.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import seed, settings
from hypothesis.stateful import invariant, run_state_machine_as_test
from pydantic_core import to_json

from bot.core.exchange import Called, Opaque, PromptItem, Said
from tests.core.test_histories import Histories
from tests.model.dialects import APIS, CHAT, NAME, PLAN, RESPONSES
from tests.model.provider import reasoning

Wire = list[dict[str, Any]]

#: what stands before a call: what some adapter kept there, of this model or of another
OPAQUE = (
    Opaque(NAME, reasoning()),
    Opaque(NAME, {"type": "chat.call", "extra_content": {"google": {"thought_signature": "c2ln"}}}),
    Opaque(NAME, {"type": "plan.thought", "text": "The wifi?"}),
    Opaque("another", reasoning()),
)
#: what all of that holds, and may only be seen where its own adapter sends it
SECRETS = {"responses": "gAAAA", "chat": "c2ln", "plan": "The wifi?"}


def with_opaque(asked: tuple[PromptItem, ...]) -> Iterator[PromptItem]:
    """The same input as if the model had sent items of its own beside its calls."""
    for at, item in enumerate(asked):
        if isinstance(item, Called) and item.call_id.startswith("c"):
            yield OPAQUE[at % len(OPAQUE)]
        yield item


def in_responses(wire: Wire) -> None:
    """Each call has its output behind it, before anything else is said."""
    waiting: list[str] = []
    for item in wire:
        match item["type"]:
            case "function_call":
                waiting.append(item["call_id"])
            case "function_call_output":
                waiting.remove(item["call_id"])
            case "message":
                assert item["role"] == "assistant" or not waiting
    assert not waiting
    ids = Counter(item["call_id"] for item in wire if item["type"] == "function_call")
    assert set(ids.values()) <= {1}
    reasons = [at for at, item in enumerate(wire) if item["type"] == "reasoning"]
    assert all(wire[at + 1]["type"] == "function_call" for at in reasons)


def in_chat(wire: Wire) -> None:
    """Behind a message with calls stand their outputs and nothing else; there is one system message, the first."""
    waiting: list[str] = []
    seen: set[str] = set()
    for at, message in enumerate(wire):
        assert (message["role"] == "system") is (at == 0)
        if message["role"] == "tool":
            waiting.remove(message["tool_call_id"])
            continue
        assert not waiting
        waiting = [call["id"] for call in message.get("tool_calls", ())]
        assert not seen.intersection(waiting)
        seen.update(waiting)
        assert message["content"] or waiting
    assert not waiting


def in_plan(wire: Wire) -> None:
    """Behind a plan with calls stands one observation for each; there is one system message, the first."""
    waiting = 0
    for at, message in enumerate(wire):
        assert (message["role"] == "system") is (at == 0)
        observation = message["role"] == "user" and message["content"].startswith("[observation: ")
        assert observation is bool(waiting)
        waiting -= observation
        if message["role"] == "assistant":
            steps = json.loads(message["content"])["steps"]
            assert steps
            waiting = sum(step["action"] == "call_tool" for step in steps)
    assert not waiting


CHECKS: dict[str, Callable[[Wire], None]] = {"responses": in_responses, "chat": in_chat, "plan": in_plan}


class WireHistories(Histories):
    """Looks at each request as it would be sent."""

    @invariant()
    def every_request_is_whole_and_begins_as_the_one_before(self) -> None:
        for before, asked in self.requests:
            for dialect in APIS:
                wire = dialect.input(with_opaque(asked))
                CHECKS[dialect.name](wire)
                assert wire[-1].get("role") != "assistant", "many servers refuse to go on with an answer"
                sent, earlier = to_json(wire), to_json(dialect.input(with_opaque(before)))
                assert sent.startswith(earlier[:-1])
                others = [secret for api, secret in SECRETS.items() if api != dialect.name]
                assert not any(secret.encode() in sent for secret in others)
        self.requests.clear()


MANY = int(os.environ.get("HISTORIES") or settings().max_examples)
#: tests that share the histories, so that they can go on side by side
SHARES = 4 if MANY >= 400 else 1


@pytest.mark.parametrize("share", range(SHARES))
def test_every_request_of_every_history_is_whole_and_only_grows(share: int) -> None:
    machine = seed(share)(type(f"WireHistories{share}", (WireHistories,), {})) if SHARES > 1 else WireHistories
    many = settings(stateful_step_count=30, report_multiple_bugs=False, max_examples=MANY // SHARES)
    run_state_machine_as_test(machine, settings=many)


@pytest.mark.parametrize(
    ("check", "wire"),
    [
        (in_responses, [{"type": "function_call", "call_id": "c1"}]),
        (in_chat, CHAT.input([Called("c1", "search_kb", "{}")])),
        (in_chat, CHAT.input([Called("c1", "search_kb", "{}"), Said("x")])),
        (in_plan, PLAN.input([Called("c1", "search_kb", "{}")])),
        (in_plan, PLAN.input([Called("c1", "search_kb", "{}"), Said("x")])),
        (in_responses, RESPONSES.input([Called("c1", "search_kb", "{}"), Said("x")])),
    ],
)
def test_the_check_itself_finds_an_orphan(check: Callable[[Wire], None], wire: Wire) -> None:
    with pytest.raises(AssertionError):
        check(wire)
