"""The file that names MCP servers, and the one that pins what they offer: what is wrong in them is a sentence."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from tools.backends import mcp_config, mcp_lock
from tools.backends.mcp import Definition
from tools.backends.mcp_config import BadMcpConfig, Http, Stdio
from tools.backends.mcp_lock import MAX_TOOLS, Accepted, BadLock
from tools.spec import Risk

pytestmark = pytest.mark.sqlite

ECHO = Definition("echo", "Say it again.", {"type": "object"}, "Echo", {"readOnlyHint": True})


def held(name: str) -> SecretStr | None:
    return SecretStr("hunter2") if name == "PRINTER_KEY" else None


def read(folder: Path, servers: object) -> mcp_config.McpFile:
    file = folder / "mcp.json"
    file.write_text(json.dumps({"mcpServers": servers}))
    return mcp_config.read(file, held)


def test_both_kinds_are_read_and_secrets_come_from_variables(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        {
            "files": {"command": "npx", "args": ["-y", "files"], "env": {"KEY": "a ${PRINTER_KEY}", "B": "$HOME"}},
            "wiki": {"type": "http", "url": "https://mcp.example.com", "headers": {"Authorization": "${PRINTER_KEY}"}},
        },
    )
    files, wiki = found.servers["files"], found.servers["wiki"]
    assert isinstance(files, Stdio)
    assert isinstance(wiki, Http)
    assert (files.command, files.args) == ("npx", ("-y", "files"))
    assert {key: each.get_secret_value() for key, each in files.env.items()} == {"KEY": "a hunter2", "B": "$HOME"}
    assert wiki.headers["Authorization"].get_secret_value() == "hunter2"
    assert found.lock == tmp_path / "mcp.lock"
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize(
    ("servers", "told"),
    [
        ([], "is not of the form"),
        ({"a.b": {"command": "x"}}, "the name of a server is made of letters"),
        ({"a": {"command": "x", "url": "https://x"}}, "a needs a command or a url, and not both"),
        ({"a": {}}, "a needs a command or a url"),
        ({"a": {"command": "x", "env": {"K": "${HUNTER}"}}}, r"a names \$\{HUNTER\}, which is not set"),
        ({"a": {"command": "x", "env": {"K": 7}}}, "env of a cannot be used"),
        ({"a": {"command": "x", "cwd": "hunter2"}}, "cwd of a cannot be used: Extra inputs are not permitted"),
        ({"a": {"url": "ftp://hunter2"}}, "url of a cannot be used"),
        ({str(n): {"command": "x"} for n in range(21)}, "names more than 20 servers"),
    ],
)
def test_what_is_wrong_is_told_without_its_value(tmp_path: Path, servers: object, told: str) -> None:
    with pytest.raises(BadMcpConfig, match=told) as caught:
        read(tmp_path, servers)
    assert "hunter2" not in str(caught.value)


def test_a_file_that_is_no_json_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{hunter2")
    with pytest.raises(BadMcpConfig, match=r"a\.json is not JSON"):
        mcp_config.read(tmp_path / "a.json", held)
    with pytest.raises(BadMcpConfig, match="cannot be read"):
        mcp_config.read(tmp_path / "b.json", held)


json_values = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), st.lists, max_leaves=5)
definitions = st.builds(
    Definition,
    st.text("abc_-/.", min_size=1, max_size=10),
    st.text(max_size=50),
    st.dictionaries(st.text(max_size=5), json_values, max_size=3),
    st.text(max_size=5),
    st.dictionaries(st.text(max_size=5), json_values, max_size=2),
)


@given(st.dictionaries(st.sampled_from(["a", "b-c"]), definitions), st.sampled_from(list(Risk)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_pinned_is_read_as_it_was(tmp_path: Path, tools: dict[str, Definition], risk: Risk) -> None:
    lock = {(server, each.name): Accepted(each, risk) for server, each in tools.items()}
    mcp_lock.write(tmp_path / "mcp.lock", lock)
    assert mcp_lock.read(tmp_path / "mcp.lock") == lock


def test_without_a_file_nothing_is_pinned(tmp_path: Path) -> None:
    assert mcp_lock.read(tmp_path / "mcp.lock") == {}


@pytest.mark.parametrize("key", ["description", "inputSchema", "annotations", "title"])
def test_what_was_changed_by_hand_is_refused(tmp_path: Path, key: str) -> None:
    file = tmp_path / "mcp.lock"
    mcp_lock.write(file, {("odd", "echo"): Accepted(ECHO)})
    content: Any = json.loads(file.read_text())
    echo = content["servers"]["odd"]["echo"]
    echo[key] = "Say nothing." if isinstance(echo[key], str) else {"type": "string"}
    file.write_text(json.dumps(content))
    with pytest.raises(BadLock, match=r"odd\.echo was changed by hand"):
        mcp_lock.read(file)


def test_a_risk_is_changed_by_hand_where_somebody_wants_that(tmp_path: Path) -> None:
    file = tmp_path / "mcp.lock"
    mcp_lock.write(file, {("odd", "echo"): Accepted(ECHO)})
    file.write_text(file.read_text().replace('"high"', '"critical"'))
    assert mcp_lock.read(file)["odd", "echo"].risk is Risk.CRITICAL


def test_what_is_no_lock_and_what_is_too_much_is_told(tmp_path: Path) -> None:
    file = tmp_path / "mcp.lock"
    file.write_text('{"version": 2}')
    with pytest.raises(BadLock, match="is not as helpdesk mcp accept writes it"):
        mcp_lock.read(file)
    many = {("odd", str(n)): Accepted(Definition(str(n), "", {"type": "object"})) for n in range(MAX_TOOLS + 1)}
    with pytest.raises(BadLock, match="81 tools are too many"):
        mcp_lock.write(file, many)
