"""Fuzzes the HTTP API over its own OpenAPI document: `make fuzz-api`, or `python -m tests.api.fuzz [examples]`.

Whatever is sent, the answer is one that the document names, of the shape that it promises, and never an error of ours.
"""

import asyncio
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from bot.api import parts
from bot.model.demo import DemoModel
from bot.telemetry.logs import configure_logs
from tests.api.rig import an_api

#: examples of each operation
EXAMPLES = 500

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@dataclass
class Fuzzed:
    """What came of it: answers by their status."""

    statuses: dict[int, int]


async def fuzz(folder: Path, examples: int) -> Fuzzed:
    """Raises what schemathesis finds."""
    terms = parts.Terms(rate=100_000, wait=0.0)
    async with an_api(folder, DemoModel(), terms=terms) as api:
        token = await api.token(acts_for=("U0ALEX", "U-456"))
        asked = (await api.ask(token)).json()["conversation_id"]
        return await asyncio.to_thread(_fuzz, str(api.client.base_url), token, asked, examples)


def _fuzz(address: str, token: str, conversation: str, examples: int) -> Fuzzed:
    found = Fuzzed({})
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json")
    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        for mode in GenerationMode:
            strategy = result.ok().as_strategy(generation_mode=mode)

            @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
            @given(case=strategy)
            def one(case: Case[Any]) -> None:
                # every other one knows somebody, and something that was said
                if len(str(case.body)) % 2 and isinstance(case.body, dict):
                    case.body["user_id"] = "U0ALEX"
                if case.path_parameters and len(str(case.headers)) % 2:
                    case.path_parameters["conversation_id"] = conversation
                case.headers["Authorization"] = f"Bearer {token}"
                response = case.call_and_validate(checks=CHECKS, timeout=10)
                found.statuses[response.status_code] = found.statuses.get(response.status_code, 0) + 1

            one()
    return found


def main() -> None:
    """Fuzz, and say how many answers of which status came."""
    configure_logs("ERROR")
    examples = int(sys.argv[1]) if len(sys.argv) > 1 else EXAMPLES
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(fuzz(Path(folder), examples))
    print("\n".join(f"{status}: {count}" for status, count in sorted(found.statuses.items())))


if __name__ == "__main__":
    main()
