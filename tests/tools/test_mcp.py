"""Calls of a real MCP server: what they give, what of ours it gets, and what becomes of them where it fails."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.tools.mcp_rig import Odd, by_http, by_stdio, free_port, odd
from tools.backends.mcp import Definition
from tools.backends.mcp_config import Http, Stdio
from tools.mcp import BadSchema, mcp_tool
from tools.spec import NotPossible, OutcomeUnknown, Risk, ToolFailed

pytestmark = pytest.mark.sqlite


@pytest.fixture(params=["stdio", "http"])
async def server(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Odd]:
    if request.param == "stdio":
        async with odd(tmp_path) as made:
            yield made
        return
    async with by_http(tmp_path, free_port()) as there, odd(tmp_path, there) as made:
        yield made


async def test_nothing_starts_before_it_is_needed_and_one_start_is_enough_for_all(tmp_path: Path) -> None:
    async with odd(tmp_path) as server:
        assert server.noted("starts") == []
        said = await asyncio.gather(*(server.use("echo", text=str(n)) for n in range(5)))
        assert said == [{"text": str(n)} for n in range(5)]
        assert len(server.noted("starts")) == 1


async def test_what_it_gives_is_text_and_the_rest_is_named(server: Odd) -> None:
    assert await server.use("echo", text="hi") == {"text": "hi"}
    assert await server.use("structured") == {"structured": {"degrees": 7}}
    seen = await server.use("picture")
    assert seen["text"].splitlines() == [
        "Look:",
        "[image of the kind image/png, which is not looked at]",
        "[resource file:///var/log/a, which is not read]",
    ]


async def test_what_is_long_is_cut(server: Odd) -> None:
    text = (await server.use("much"))["text"]
    assert text == f"{'x' * 200_000}\n[100,000 more characters were too many and are not kept]"


@pytest.mark.parametrize(
    ("tool", "told"),
    [
        ("fail", r"odd\.fail says that it failed: the printer is on fire"),
        ("refuse", "odd does not take this call"),
        ("ask", "asks for more in between, which nobody answers here"),
    ],
)
async def test_what_it_does_not_do_is_told_and_nothing_breaks(server: Odd, tool: str, told: str) -> None:
    with pytest.raises(NotPossible, match=told):
        await server.use(tool)
    assert await server.use("echo", text="still there") == {"text": "still there"}


async def test_a_call_that_takes_too_long_is_given_up_and_the_others_go_on(server: Odd) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(3):
            await server.use("hang")
    assert server.noted("calls") == [["hang", {}]]
    assert await server.use("echo", text="hi") == {"text": "hi"}
    assert len(server.noted("starts")) == 1


async def test_after_a_crash_nobody_knows_and_the_next_call_starts_it_again(tmp_path: Path) -> None:
    async with odd(tmp_path) as server:
        with pytest.raises(OutcomeUnknown, match="odd broke off"):
            await server.use("crash")
        assert await server.use("echo", text="hi") == {"text": "hi"}
        assert len(server.noted("starts")) == 2


async def test_what_keeps_crashing_is_left_alone_for_longer_each_time(tmp_path: Path) -> None:
    async with odd(tmp_path) as server:
        for wait in (0, 1, 2, 4):
            server.now += wait
            with pytest.raises(OutcomeUnknown):
                await server.use("crash")
        with pytest.raises(ToolFailed, match="keeps failing; it is tried again in 4 seconds"):
            await server.use("echo", text="hi")
        server.now += 4
        await server.use("echo", text="hi")
        assert len(server.noted("starts")) == 5


async def test_one_that_does_not_start_is_told_and_did_nothing(tmp_path: Path) -> None:
    (tmp_path / "mute").touch()
    async with odd(tmp_path) as server:
        with pytest.raises(ToolFailed, match="odd does not start"):
            await server.use("echo", text="hi")
        (tmp_path / "mute").unlink()
        assert await server.use("echo", text="hi") == {"text": "hi"}
    async with odd(tmp_path, Stdio(command="no-such-command")) as nobody:
        with pytest.raises(ToolFailed, match="its command is not there"):
            await nobody.offered()
    async with odd(tmp_path, Http(url=f"http://127.0.0.1:{free_port()}/mcp")) as nobody:
        with pytest.raises(ToolFailed, match="odd does not start"):
            await nobody.offered()


async def test_a_server_by_http_may_be_started_again_while_we_are_connected(tmp_path: Path) -> None:
    port = free_port()
    async with by_http(tmp_path, port) as there, odd(tmp_path, there) as server:
        assert await server.use("echo", text="hi") == {"text": "hi"}
        with pytest.raises(OutcomeUnknown):
            await server.use("crash")
        with pytest.raises(ToolFailed):
            await server.use("echo", text="hi")
        server.now += 60
        async with by_http(tmp_path, port):
            assert await server.use("echo", text="hi") == {"text": "hi"}


async def test_it_gets_the_path_and_what_the_settings_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "hunter2")
    monkeypatch.setenv("HOME", "/home/hunter2")
    async with odd(tmp_path, by_stdio(tmp_path, PRINTER_KEY="k")) as server:
        seen = json.loads((await server.use("where"))["text"])
    # Python itself says in which encoding it reads
    assert seen.keys() - {"LC_CTYPE"} == {"PATH", "PRINTER_KEY"}


async def test_it_ends_with_us_and_says_nothing_in_our_place(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async with odd(tmp_path) as server:
        await server.use("echo", text="hi")
        with pytest.raises(NotPossible):
            await server.use("refuse")
        (process,) = server.noted("starts")
    assert not psutil.pid_exists(process)
    assert "hunter2" not in "".join(capfd.readouterr())


async def test_one_that_changed_a_tool_is_not_called_and_the_tool_is_withdrawn(server: Odd) -> None:
    pinned = await server.offered()
    (server.folder / "changed").touch()
    with pytest.raises(NotPossible, match="does not offer echo as it was accepted any more"):
        await server.opened.call("odd", pinned["echo"], {"text": "hi"})
    assert server.opened.withdrawn() == {"odd.echo"}
    assert server.noted("calls") == []
    assert (await server.opened.call("odd", pinned["structured"], {})) == {"structured": {"degrees": 7}}


def test_a_name_of_other_letters_is_not_offered() -> None:
    for name in ("", "a b", "a`b", "x" * 129):
        with pytest.raises(BadSchema, match="has a name of other letters"):
            mcp_tool("odd", Definition(name, "", {"type": "object"}), Risk.HIGH)


async def test_its_hints_make_nothing_less_strict(tmp_path: Path) -> None:
    async with odd(tmp_path) as server:
        pinned = (await server.offered())["echo"]
    assert pinned.annotations == {"readOnlyHint": True}
    made = mcp_tool("odd", pinned, Risk.HIGH)
    assert (made.name, made.risk, made.read_only, made.idempotent, made.trusted, made.strict) == (
        "odd.echo", Risk.HIGH, False, False, False, False,
    )  # fmt: skip
    schema: Any = made.schema
    assert schema["required"] == ["text"]
    low = mcp_tool("odd", pinned, Risk.LOW)
    assert (low.read_only, low.trusted) == (True, False)
