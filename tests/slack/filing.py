"""Files as people send them, and a host for files that does what it should not."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.core.exchange import Picture, Prompt, Said
from bot.playground.people import Upload
from tests.rig import CHANNEL, Helpdesk

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 24
JPEG = b"\xff\xd8\xff\xe0" + b"\x00" * 24
GIF = b"GIF89a" + b"\x00" * 24
WEBP = b"RIFF\x00\x00\x00\x00WEBP" + b"\x00" * 24
ZIP = b"PK\x03\x04\x14\x00\x00\x00"


def text(body: str | bytes = "disk full", name: str = "build.log", mimetype: str = "text/plain") -> Upload:
    """A text file."""
    return name, mimetype, body.encode() if isinstance(body, str) else body


def picture(body: bytes = PNG, name: str = "screen.png", mimetype: str = "image/png") -> Upload:
    """A picture."""
    return name, mimetype, body


async def send(
    desk: Helpdesk, *files: Upload, said: str = "look", thread: str | None = None, user: str = "U0ALEX"
) -> str:
    """Send the files, and mention the bot outside of a thread; the thread."""
    words = said if thread else f"<@U0BOT> {said}".strip()
    ts = await desk.slack.say(user, CHANNEL, words, thread, files)
    return thread or ts


def material(prompt: Prompt) -> list[str | tuple[str, bytes | None]]:
    """What the model is shown of files: texts, and the media types and bytes of pictures."""
    return [
        (item.mimetype, item.body) if isinstance(item, Picture) else item.text
        for item in prompt.items
        if isinstance(item, Picture) or (isinstance(item, Said) and item.file)
    ]


@dataclass
class Host:
    """Stands before the local Slack's downloads; gives its own answers first, and notes the tokens it was shown."""

    answers: list[Callable[[], Response]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def __call__(self, app: ASGIApp) -> ASGIApp:
        """The app, with this before it: what Starlette's Middleware takes."""

        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http" and scope["path"].startswith("/files-pri/"):
                self.asked.append(dict(scope["headers"]).get(b"authorization", b"").decode())
                if self.answers:
                    await self.answers.pop(0)()(scope, receive, send)
                    return
            await app(scope, receive, send)

        return guarded


def endless() -> Response:
    """A body without an end."""

    async def chunks() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 65_536
            await asyncio.sleep(0)  # it is a server of the same loop

    return StreamingResponse(chunks(), media_type="text/plain")


def slow() -> Response:
    """A body that comes by the drop."""

    async def chunks() -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            await asyncio.sleep(0.05)

    return StreamingResponse(chunks(), media_type="text/plain")
