"""What the settings name beside the embedded systems: loaded where it is wanted, and told where it is wrong."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bot.config import McpSettings
from bot.errors import ConfigError
from bot.systems import tools_of
from tools import TOOLS
from tools.backends import mcp_lock
from tools.backends.mcp import Definition
from tools.backends.mcp_lock import Accepted
from tools.spec import Risk

pytestmark = pytest.mark.sqlite

ECHO = Definition("echo", "Say it again.", {"type": "object"})


def settings(folder: Path, *servers: str) -> McpSettings:
    file = folder / "mcp.json"
    file.write_text(json.dumps({"mcpServers": {each: {"command": "x"} for each in servers}}))
    return McpSettings(mcp_config=file)


def test_what_was_accepted_is_offered_beside_ours_as_long_as_its_server_is_named(tmp_path: Path) -> None:
    lock = {("odd", "echo"): Accepted(ECHO), ("former", "echo"): Accepted(ECHO, Risk.LOW)}
    mcp_lock.write(tmp_path / "mcp.lock", lock)
    offered = tools_of(settings(tmp_path, "odd"))
    assert [each.name for each in offered] == [*(each.name for each in TOOLS), "odd.echo"]
    assert offered[-1].risk is Risk.HIGH
    assert tools_of(settings(tmp_path)) == TOOLS


def test_what_is_wrong_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"MCP_CONFIG: mcp\.json: the name of a server is made of letters"):
        tools_of(settings(tmp_path, "a.b"))
    (tmp_path / "mcp.lock").write_text("{}{")
    with pytest.raises(ConfigError, match=r"mcp\.lock is not as helpdesk mcp accept writes it\. Look at: helpdesk mcp"):
        tools_of(settings(tmp_path, "odd"))


def test_two_tools_that_models_could_not_tell_apart_stop_the_start(tmp_path: Path) -> None:
    twin = Definition("b-echo", "Say it again.", {"type": "object"})
    mcp_lock.write(tmp_path / "mcp.lock", {("a-b", "echo"): Accepted(ECHO), ("a", "b-echo"): Accepted(twin)})
    with pytest.raises(ConfigError, match="models could not tell"):
        tools_of(settings(tmp_path, "a", "a-b"))


def test_nothing_of_it_is_loaded_where_no_server_is_named() -> None:
    look = "import sys, bot.workspace; print([each for each in ('mcp', 'jsonschema') if each in sys.modules])"
    seen = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, timeout=60)
    assert seen.stdout == "[]\n"
