"""How much is run, and in which order: of several workers each begins with what takes longest, so that nobody waits."""

import os
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

#: what takes longest, the longest first: how the names of these tests begin
LONG = (
    "tests/slack/test_rush.py",
    "tests/run/test_kills.py",
    "tests/chaos/",
    "tests/tools/test_fuzzed_calls.py",
    "tests/api/test_fuzz.py",
    "tests/slack/test_fuzz.py",
    "tests/core/test_histories.py",
    "tests/model/test_wire_histories.py",
    "tests/core/test_canonical.py::test_two_calls_have_one_hash_only_if_they_mean_the_same",
    "tests/policies/test_fuzzed.py",
    "tests/core/test_policy_properties.py",
    "tests/ops/test_audit_mutations.py",
    "tests/ops/test_audit_export.py::test_every_change_of_a_field_is_found_and_named",
    "tests/tools/test_grants.py",
    "tests/tools/test_server_grants.py",
    "tests/telemetry/test_processes",
    "tests/metrics/test_processes.py",
    "tests/test_processes.py",
    "tests/test_image.py",
    "tests/test_leaks.py",
    "tests/attacks/test_erasure.py",
    "tests/slack/test_stream_troubles.py",
    "tests/slack/test_markdown.py",
    "tests/model/test_speech.py",
)


#: what takes long for what it finds, such as starts of processes by the dozen; `make test` is quick without
PATIENT = (
    "tests/chaos/",
    "tests/metrics/test_processes.py",
    "tests/run/test_kills.py",
    "tests/slack/test_rush.py",
    "tests/telemetry/test_processes",
    "tests/test_chat.py",
    "tests/test_command_line_calls.py",
    "tests/test_docs.py",
    "tests/test_image.py",
    "tests/test_leaks.py",
    "tests/test_mcp_process.py",
    "tests/test_process.py",
    "tests/test_processes.py",
    "tests/test_socket_mode.py",
    "tests/tools/test_mcp_servers.py",
)


def rank(name: str) -> int:
    """The place among the long ones; behind all of them for a test that is none."""
    return next((place for place, begins in enumerate(LONG) if name.startswith(begins)), len(LONG))


def is_long(name: str) -> bool:
    """Whether it is one of these."""
    return rank(name) < len(LONG)


def thorough() -> bool:
    """Whether all is run, and more examples of it, as in CI."""
    return bool(os.environ.get("THOROUGH"))


def takes_patience(name: str) -> bool:
    """Whether it is run only where that is asked for."""
    return name.startswith(PATIENT)


def spread(named: Sequence[tuple[str, T]], workers: int) -> list[T]:
    """All of them, so that each worker's share begins with long ones: the first worker's with the longest.

    xdist gives each worker an equal share, one behind the other; whoever is done takes from the ends of others.
    """
    long = sorted((each for each in named if is_long(each[0])), key=lambda each: rank(each[0]))
    rest = [each for name, each in named if not is_long(name)]
    begun = [[each for _, each in long[worker::workers]] for worker in range(workers)]
    shares = [(len(named) + worker) // workers for worker in range(workers)]
    given: list[T] = []
    for first, share in zip(begun, shares, strict=True):
        taken = max(0, share - len(first))
        given += first + rest[:taken]
        rest = rest[taken:]
    return given + rest
