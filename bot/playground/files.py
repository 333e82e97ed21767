"""Files that people send: kept in memory, told by `files.info`, handed out to who has the app's token."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.playground.arguments import Arguments
from bot.playground.errors import ApiError
from bot.playground.messages import Json
from bot.playground.seed import BOT_USER_ID, TEAM_ID, WORKSPACE_URL
from bot.playground.workspace import Workspace

#: bytes of a file that the page takes, and files of one message
MAX_UPLOAD, MAX_FILES = 5 * 1024 * 1024, 10

#: what the page shows as pictures; everything else it hands out as plain text
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")


class SharedFile(BaseModel):
    """A file that a person put into a conversation."""

    id: str
    name: str
    mimetype: str
    user: str
    channel: str
    body: bytes
    #: what a test wants told otherwise
    told: dict[str, Any] = {}

    def wire(self, origin: str) -> Json:
        """The file object of messages and of `files.info`."""
        url = f"{origin}/files-pri/{TEAM_ID}-{self.id}/download/{quote(self.name, safe='')}"
        kept = {"mode": "hosted", "is_external": False, "external_type": "", "file_access": "visible"}
        named = {"id": self.id, "name": self.name, "title": self.name, "mimetype": self.mimetype}
        whose = {"user": self.user, "user_team": TEAM_ID, "size": len(self.body)}
        return named | whose | kept | {"url_private": url, "url_private_download": url} | self.told


def tell(workspace: Workspace, args: Arguments) -> Json:
    """files.info; of files in conversations that the app is not in, nothing is told."""
    file = workspace.files.get(args.text("file"))
    if file is None or BOT_USER_ID not in workspace.members(file.channel):
        raise ApiError("file_not_found")
    return {"file": file.wire(workspace.origin()), "comments": [], "response_metadata": {"next_cursor": ""}}


class Downloads:
    """Hands files out: to the app by its token, to the page for who sees the conversation."""

    def __init__(self, workspace: Workspace, token: Callable[[], str]) -> None:
        self._workspace = workspace
        self._token = token

    async def to_app(self, request: Request) -> Response:
        """The bytes; who has no token is sent to a page to sign in, as Slack does."""
        file = self._workspace.files.get(request.path_params["place"].partition("-")[2])
        if request.headers.get("authorization") != f"Bearer {self._token()}":
            return RedirectResponse(f"{WORKSPACE_URL}?redir={quote(request.url.path)}", 302)
        if file is None:
            return Response("not found", 404, media_type="text/plain")
        return Response(file.body, media_type=file.mimetype or "application/octet-stream")

    async def to_page(self, request: Request) -> Response:
        """The bytes, never as a page of their own."""
        file = self._workspace.files.get(request.path_params["file"])
        user = request.query_params.get("user", "")
        if file is None or user not in self._workspace.users or not self._workspace.sees(user, file.channel):
            return Response("not found", 404, media_type="text/plain")
        shown = file.mimetype if file.mimetype in PICTURES else "text/plain"
        sealed = {"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff"}
        return Response(file.body, media_type=shown, headers=sealed)
