"""The program with an MCP server of the settings: accepted by one command, called by the running bot, ended with it."""

import asyncio
import json
import signal
import sys
from pathlib import Path

import psutil
from starlette.requests import Request
from starlette.responses import Response

from bot.core.exchange import CallPart, Reply, TextPart
from tests.fakes.openai import OpenAI, answer
from tests.rig import CHANNEL
from tests.tools.mcp_rig import SCRIPT
from tests.world import a_world


class Echoing(OpenAI):
    """Calls the server's tool once, and says what it gave."""

    async def _respond(self, request: Request) -> Response:
        body = await self._body(request)
        outputs = [each["output"] for each in body["input"] if each.get("type") == "function_call_output"]
        said = TextPart(f"It said {outputs[0]}") if outputs else CallPart("odd-echo", '{"text":"hi"}')
        return answer(Reply(model="echoing", parts=(said,)))


async def test_from_the_settings_to_an_answer(tmp_path: Path) -> None:
    odd = {"command": sys.executable, "args": [SCRIPT, str(tmp_path)], "env": {"KEY": "${PRINTER_KEY}"}}
    (tmp_path / "mcp.json").write_text(json.dumps({"mcpServers": {"odd": odd}}))
    async with a_world(tmp_path, model=Echoing()) as world:
        world.environment |= {"MCP_CONFIG": "mcp.json", "PRINTER_KEY": "hunter2"}
        accept = await world.command("mcp", "accept", "--yes", "--risk", "low", "odd.echo")
        assert (await accept.communicate())[0] == b"odd.echo: accepted (low)\n"
        process = await world.run()
        thread = await world.slack.say("U0ALEX", CHANNEL, "<@U0BOT> say hi")
        await world.slack.wait_for(lambda: "It said" in str(world.slack.thread(CHANNEL, thread)), 60)
        declared = {each["name"]: each for each in world.model.bodies[0]["tools"]}
        assert declared["odd-echo"]["strict"] is False
        assert declared["search_kb"]["strict"] is True
        process.send_signal(signal.SIGTERM)
        _, log = await asyncio.wait_for(process.communicate(), 25)
        assert process.returncode == 0
        assert b"hunter2" not in log
    started = [json.loads(line) for line in (tmp_path / "starts").read_text().splitlines()]
    assert not any(psutil.pid_exists(each) for each in started)
    assert json.loads((tmp_path / "calls").read_text()) == ["echo", {"text": "hi"}]
