"""`helpdesk mcp …` with a real server: what is offered is listed, accepted one by one, and looked at."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import main
from tests.tools.mcp_rig import SCRIPT
from tools.backends import mcp_lock
from tools.spec import Risk

pytestmark = pytest.mark.sqlite

Run = Callable[..., tuple[int, list[str]]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command with the server `odd`, and another one that is not there; its code and lines."""
    servers = {"odd": {"command": sys.executable, "args": [SCRIPT, str(tmp_path)]}}
    (tmp_path / "mcp.json").write_text(json.dumps({"mcpServers": servers}))
    monkeypatch.setenv("MCP_CONFIG", str(tmp_path / "mcp.json"))
    monkeypatch.chdir(tmp_path)

    def once(*arguments: str) -> tuple[int, list[str]]:
        code = main(["mcp", *arguments])
        return code, "".join(capsys.readouterr()).splitlines()

    return once


def pinned(folder: Path) -> dict[str, Risk]:
    return {name: each.risk for (_, name), each in mcp_lock.read(folder / "mcp.lock").items()}


def test_from_new_to_accepted_to_changed_and_back(tmp_path: Path, run: Run) -> None:
    code, lines = run("list")
    assert code == 0
    assert "odd.echo: new. Say it again." in lines
    assert "odd.pattern: cannot be offered: it has patternProperties in its schema, which are not checked here" in lines

    assert run("accept", "--yes", "--risk", "low", "odd.echo") == (0, ["odd.echo: accepted (low)"])
    assert pinned(tmp_path) == {"echo": Risk.LOW}
    code, lines = run("list")
    assert "odd.echo: accepted (low). Say it again." in lines
    assert run("check") == (0, ["odd: good"])

    (tmp_path / "changed").touch()
    code, lines = run("list")
    assert "odd.echo: changed (low). Say it to the whole company." in lines
    assert run("check") == (1, ["odd: odd.echo is changed"])
    assert run("accept", "--yes", "odd.echo") == (0, ["odd.echo: accepted (low)"])
    assert run("check") == (0, ["odd: good"])


def test_all_of_a_server_is_accepted_but_what_cannot_be_offered(tmp_path: Path, run: Run) -> None:
    code, lines = run("accept", "--yes", "odd")
    assert code == 0
    assert lines[-1] == "odd.where: accepted (high)"
    assert {"echo", "hang", "picture"} <= pinned(tmp_path).keys()
    assert "pattern" not in pinned(tmp_path)


def test_each_is_asked_about_with_all_that_models_are_shown(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, lines = run("accept")
    assert code == 2
    assert lines == ["Nobody can be asked here. Look at helpdesk mcp list, then: helpdesk mcp accept --yes"]

    answers = iter(["y", "n"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: next(answers, ""))
    code, lines = run("accept", "--risk", "medium")
    assert code == 0
    assert pinned(tmp_path) == {"ask": Risk.MEDIUM}
    assert "odd.echo, new; risk: medium" in lines
    assert '{"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}' in lines


def test_a_server_that_is_not_there_hides_no_other_and_what_is_gone_is_let_go(tmp_path: Path, run: Run) -> None:
    run("accept", "--yes", "odd.echo")
    lock = dict(mcp_lock.read(tmp_path / "mcp.lock"))
    mcp_lock.write(tmp_path / "mcp.lock", {**lock, ("odd", "former"): lock["odd", "echo"]})
    # under a name that is not its own it does not fit its hash
    assert run("list")[0] == 2
    file = tmp_path / "mcp.json"
    content: Any = json.loads(file.read_text())
    content["mcpServers"]["away"] = {"command": "no-such-command"}
    file.write_text(json.dumps(content))
    mcp_lock.write(tmp_path / "mcp.lock", lock)
    code, lines = run("check")
    assert code == 1
    assert lines == [
        "odd: good",
        "away: The MCP server away cannot be started: its command is not there.",
    ]
    assert run("accept", "--yes", "odd.echo") == (0, [])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["accept", "--yes", "even"], "There is no MCP server even; there are odd."),
        (["accept", "--yes", "odd.nothing"], "odd has no tool nothing."),
    ],
)
def test_what_is_not_there_is_told(run: Run, arguments: list[str], told: str) -> None:
    assert run(*arguments) == (1, [told])


def test_without_servers_it_is_said_what_is_missing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MCP_CONFIG")
    code, lines = run("list")
    assert code == 2
    assert lines[0].startswith("MCP_CONFIG is not set")


def test_a_policy_may_name_them(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("accept", "--yes", "odd.echo")
    policy = tmp_path / "policy.yml"
    rule = "{name: shouting, tool: odd.echo, when: args.text == 'HEY', forbid: Be quiet.}"
    policy.write_text(f"version: 1\nrules:\n  - {rule}\n")
    assert main(["policy", "check", str(policy)]) == 0
    policy.write_text(policy.read_text().replace("args.text", "args.volume"))
    assert main(["policy", "check", str(policy)]) == 1
    assert "volume" in "".join(capsys.readouterr())
