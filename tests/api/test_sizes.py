"""No door that people reach without a token reads more than it says that it takes."""

import asyncio
from pathlib import Path

import pytest

from bot.api.app import application
from bot.api.reset import routes
from bot.api.serving import serving
from tests.fakes.model import ScriptedModel
from tests.rig import helpdesk

HEAD = (
    "POST {} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n"
    "X-Slack-Request-Timestamp: 1\r\n\r\n"
)


@pytest.mark.parametrize("path", ["/slack/events", "/reset"])
async def test_a_length_that_the_chunks_do_not_keep_to_is_not_believed(tmp_path: Path, path: str) -> None:
    async def ready() -> bool:
        return True

    async with helpdesk(tmp_path, ScriptedModel()) as desk:
        app = application(desk.bot.slack, ready)
        assert desk.bot.passwords
        app.router.routes.extend(routes(desk.bot.passwords))
        async with serving(app, "127.0.0.1", 0) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(HEAD.format(path).encode() + b"ffff\r\n" + b"x" * 0xFFFF + b"\r\n")
            async with asyncio.timeout(60):
                assert b" 413 " in await reader.readline(), "before all of it came"
            writer.close()
