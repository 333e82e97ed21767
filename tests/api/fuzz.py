"""Fuzzes the HTTP API over its own OpenAPI document: `make fuzz-api`, or `python -m tests.api.fuzz [examples]`.

Whatever is sent, the answer is one that the document names, of the shape that it promises, and never an error of ours.
"""

import asyncio
import json
import sys
import tempfile
from collections import Counter
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

ROOT = Path(__file__).parents[2]

#: examples of each operation
EXAMPLES = 500

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


#: how often an answer of which status came
Statuses = dict[str, int]


async def fuzz(folder: Path, examples: int) -> Statuses:
    """Raises AssertionError with what schemathesis finds.

    It works in a process of its own: Python 3.11 parses in one thread at a time, and both sides do.
    """
    terms = parts.Terms(rate=100_000, wait=0.0)
    async with an_api(folder, DemoModel(), terms=terms) as api:
        token = await api.token(acts_for=("U0ALEX", "U-456"))
        asked = (await api.ask(token)).json()["conversation_id"]
        given = json.dumps([str(api.client.base_url), token, asked, examples]).encode()
        command = (sys.executable, "-m", "tests.api.fuzz", "against")
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe, cwd=ROOT)
        out, err = await process.communicate(given)
        assert process.returncode == 0, f"{out.decode()}\n{err.decode()}"
        found: Statuses = json.loads(out)
        return found


def _fuzz(address: str, token: str, conversation: str, examples: int) -> Statuses:
    found: Counter[str] = Counter()
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
                response = case.call_and_validate(checks=CHECKS, timeout=60)
                found[str(response.status_code)] += 1

            one()
    return found


def main() -> None:
    """Fuzz, and say how many answers of which status came."""
    configure_logs("ERROR")
    if sys.argv[1:] == ["against"]:
        print(json.dumps(_fuzz(*json.load(sys.stdin))))
        return
    examples = int(sys.argv[1]) if len(sys.argv) > 1 else EXAMPLES
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(fuzz(Path(folder), examples))
    print("\n".join(f"{status}: {count}" for status, count in sorted(found.items())))


if __name__ == "__main__":
    main()
