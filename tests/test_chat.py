"""`helpdesk chat`: one exchange in the terminal, readable, with the approval asked there."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


async def chat(folder: Path, *arguments: str, typed: str = "") -> tuple[int, str]:
    """The exit code and what was printed."""
    pipe = asyncio.subprocess.PIPE
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "chat",
        *arguments,
        cwd=folder,
        env=environment,
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
    )
    printed, error = await asyncio.wait_for(process.communicate(typed.encode()), 60)
    assert error.decode() == ""
    return process.returncode or 0, printed.decode()


@pytest.mark.parametrize(
    ("typed", "outcome"),
    [("y\n", "Approved* by @Dana Kim"), ("n\n", "Denied* by @Dana Kim"), ("", "Denied* by @Dana Kim")],
)
async def test_an_approval_is_asked_and_what_came_of_it_is_shown(tmp_path: Path, typed: str, outcome: str) -> None:
    code, printed = await chat(tmp_path, "please reset the password of U-456", typed=typed)
    assert code == 0
    assert "Approve as Dana Kim (IT)?" in printed
    assert outcome in printed
    assert "<@" not in printed
    assert "<!date" not in printed
    assert os.listdir(tmp_path) == [], "everything is thrown away"  # noqa: PTH208 -- pathlib's way blocks by its name


async def test_for_scripts_it_prints_json_lines_and_approves_nothing(tmp_path: Path) -> None:
    code, printed = await chat(tmp_path, "--json", "what is 6*7? and reset the password of U-456")
    assert code == 0
    shown = [json.loads(line) for line in printed.splitlines()]
    assert any("42" in each["text"] for each in shown)
    assert any("[Approve]" in each["text"] for each in shown)
    assert not any("Approved*" in each["text"] for each in shown)
