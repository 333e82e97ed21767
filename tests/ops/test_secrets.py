"""`helpdesk secrets rotate`: says when the key of before is needed no more, and what it was that nobody can read."""

import asyncio
from pathlib import Path

import pytest

from tests.ops.beside import command
from tests.ops.test_purge import checkpointed, purged, rest
from tests.ops.trail import KEY, RESET, SHORT, WIFI, Trail, audit

BOTH = "HELPDESK_SECRET_KEY nor HELPDESK_SECRET_KEY_PREVIOUS"
NEW = "another key of thirty-two characters"


@pytest.mark.parametrize(
    ("name", "value"), [("", "short"), ("_FILE", "/no/such/file"), ("_PREVIOUS", "short"), ("_PREVIOUS", None)]
)
async def test_a_key_that_is_wrong_is_not_taken_for_none(
    trail: Trail, monkeypatch: pytest.MonkeyPatch, name: str, value: str | None
) -> None:
    if name == "_FILE":
        monkeypatch.delenv("HELPDESK_SECRET_KEY")
    monkeypatch.setenv(f"HELPDESK_SECRET_KEY{name}", value or KEY.get_secret_value())
    code, told = await asyncio.to_thread(told_of_verify, trail.url)
    assert (code, told.startswith("HELPDESK_SECRET_KEY")) == (2, True)


def told_of_verify(url: str) -> tuple[int, str]:
    """What `audit verify` says where it cannot begin."""
    told = command("audit", "verify", "--database-url", url)
    return told.code, told.err


async def test_the_key_is_changed_and_everything_is_proven_all_the_time(
    trail: Trail, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "checkpoints.jsonl"
    await checkpointed(trail, file)
    await rest(trail)
    await purged(trail)

    async def said(*words: str) -> tuple[int, str]:
        told = await asyncio.to_thread(command, *words, "--database-url", trail.url)
        return told.code, told.out + told.err

    assert (await said("totp", "enroll", "U0DANA"))[0] == 0
    monkeypatch.setenv("HELPDESK_SECRET_KEY", NEW)
    code, told = await audit(trail, "verify", "--checkpoint", file)
    assert (code, "signed with another HELPDESK_SECRET_KEY" in told) == (1, True)
    code, told = await said("secrets", "rotate")
    assert code == 1
    assert "1 authenticators were made with neither" in told
    assert f"3 tombstones were made with neither {BOTH}: {WIFI}, {RESET}, {SHORT}" in told

    monkeypatch.setenv("HELPDESK_SECRET_KEY_PREVIOUS", KEY.get_secret_value())
    code, told = await audit(trail, "verify", "--checkpoint", file)
    assert (code, "signed with an earlier key: 3 tombstones and 1 checkpoints; " in told) == (0, True)
    assert (await said("audit", "checkpoint", "--out", str(file)))[0] == 0
    code, told = await said("secrets", "rotate")
    assert code == 0
    assert "Authenticators: 1, of which made anew: 1\nWorkspaces: 0, of which made anew: 0\n" in told
    assert "Tombstones: 3, of which made anew: 3\nAll of it is made with HELPDESK_SECRET_KEY." in told

    monkeypatch.delenv("HELPDESK_SECRET_KEY_PREVIOUS")
    code, told = await audit(trail, "verify", "--checkpoint", file)
    assert (
        code,
        "3 purged, by who had the key); chain whole; signed with an earlier key: 1 checkpoints; " in told,
    ) == (
        0,
        True,
    )
    assert (await said("totp", "enroll", "U0OMAR"))[0] == 0, "the others' authenticators open"
    assert (await said("secrets", "rotate"))[0] == 0
