"""Servers that others wrote, as they are published: those of the protocol's authors, in Node.js and in Python.

The former are skipped with the reason where there is no Node.js or npm cannot fetch them, and required with
REQUIRE_NODE=1.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from bot.api.serving import serving
from tests.tools.mcp_rig import connected
from tools.backends.mcp_config import Stdio
from tools.mcp import mcp_tool
from tools.spec import BadArguments, NotPossible, Risk

pytestmark = pytest.mark.sqlite

VERSION = "2026.8.31"
PACKAGES = [f"@modelcontextprotocol/server-{name}@{VERSION}" for name in ("everything", "filesystem")]


def missing(reason: str) -> None:
    if os.environ.get("REQUIRE_NODE"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the servers' commands."""
    if not (shutil.which("node") and shutil.which("npm")):
        missing("no Node.js: node and npm are not there")
    folder = tmp_path_factory.mktemp("npm")
    install = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", *PACKAGES]
    try:
        subprocess.run(install, cwd=folder, check=True, capture_output=True, timeout=120)
    except (subprocess.SubprocessError, OSError) as error:
        missing(f"npm cannot fetch the servers: {type(error).__name__}")
    return folder / "node_modules" / ".bin"


async def test_everything_is_called_and_gets_nothing_of_ours(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "hunter2")
    async with connected(Stdio(command=str(programs / "mcp-server-everything"))) as server:
        offered = await server.offered()
        # what asks people for more in between is not even offered to us
        assert not any("elicitation" in each or "sampling" in each for each in offered)
        assert all(mcp_tool("odd", each, Risk.HIGH) for each in offered.values())
        assert await server.use("echo", message="hi") == {"text": "Echo: hi"}
        assert await server.use("get-sum", a=2, b=3) == {"text": "The sum of 2 and 3 is 5."}
        assert (await server.use("get-structured-content", location="Chicago"))["structured"].keys() >= {"temperature"}
        assert "[image of the kind image/png, which is not looked at]" in (await server.use("get-tiny-image"))["text"]
        assert "resource demo://" in (await server.use("get-resource-links", count=2))["text"]
        seen = (await server.use("get-env"))["text"]
        assert "PATH" in seen
        assert "hunter2" not in seen
        assert "HOME" not in seen


async def test_files_are_read_where_the_settings_allow_it(programs: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello")
    async with connected(Stdio(command=str(programs / "mcp-server-filesystem"), args=(str(tmp_path),))) as server:
        assert await server.use("read_text_file", path=str(tmp_path / "a.txt")) == {
            "structured": {"content": "hello"},
        }
        with pytest.raises(NotPossible, match="says that it failed: Access denied"):
            await server.use("read_text_file", path="/etc/hostname")
        write = mcp_tool("files", (await server.offered())["write_file"], Risk.HIGH)
        with pytest.raises(BadArguments, match="content is missing"):
            write.parse('{"path": "a"}')


async def test_a_page_is_fetched() -> None:
    async def page(_: object) -> HTMLResponse:
        return HTMLResponse("<html><body><article><h1>Wi-Fi</h1><p>Turn it off and on.</p></article></body></html>")

    async def robots(_: object) -> HTMLResponse:
        return HTMLResponse("", status_code=404)

    app = Starlette(routes=[Route("/page", page), Route("/robots.txt", robots)])
    async with serving(app, "127.0.0.1", 0) as port:
        fetch = Stdio(command=sys.executable, args=("-m", "mcp_server_fetch", "--allow-private-ips"))
        async with connected(fetch) as server:
            pinned = (await server.offered())["fetch"]
            tool = mcp_tool("web", pinned, Risk.HIGH)
            for wrong in ('{"url": 7}', "{}", '{"url": "https://a", "max_length": 0}'):
                with pytest.raises(BadArguments):
                    tool.parse(wrong)
            arguments: Mapping[str, Any] = {"url": f"http://127.0.0.1:{port}/page"}
            assert "Turn it off and on." in (await server.use("fetch", **arguments))["text"]
