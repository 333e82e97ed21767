"""The page in the browser: its files, its live state for one person, and the gestures it passes on."""

import asyncio
import binascii
from collections.abc import AsyncIterator
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from bot.playground.administration import Administration
from bot.playground.arguments import read
from bot.playground.errors import ApiError, Unseen
from bot.playground.files import MAX_UPLOAD
from bot.playground.messages import Json
from bot.playground.page_state import PageState
from bot.playground.people import Upload

STATIC = Path(__file__).parent / "static"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
#: seconds without a change after which the stream says that it is alive
HEARTBEAT = 15.0


class Page:
    """Routes under `/` and `/page/`."""

    def __init__(self, slack: Administration, label: str) -> None:
        self._slack = slack
        self._state = PageState(slack.workspace, label, has_home="app_home_opened" in slack.subscribed)

    def routes(self) -> list[BaseRoute]:
        """Files, state, live changes and gestures."""
        files = ["/", *(f"/{path.name}" for path in sorted(STATIC.iterdir()) if path.suffix in (".css", ".js", ".svg"))]
        return [
            *(Route(path, self._file, methods=["GET"]) for path in files),
            Route("/page/state", self._tell, methods=["GET"]),
            Route("/page/events", self._stream, methods=["GET"]),
            Route("/page/{gesture}", self._do, methods=["POST"]),
        ]

    async def _file(self, request: Request) -> Response:
        return FileResponse(STATIC / (request.url.path.removeprefix("/") or "index.html"), headers=HEADERS)

    async def _tell(self, request: Request) -> Response:
        user = request.query_params.get("user", "")
        if user not in self._slack.workspace.users:
            return JSONResponse({"error": "user_not_found"}, 404)
        return JSONResponse(self._state.of(user), headers={"Cache-Control": "no-store"})

    async def _stream(self, request: Request) -> Response:
        return StreamingResponse(self._versions(request), media_type="text/event-stream", headers=HEADERS)

    async def _versions(self, request: Request) -> AsyncIterator[str]:
        """The version now, then each time it changes; the page fetches the state that belongs to it."""
        changes = self._slack.workspace.changes
        known = 0
        while not (changes.closed or await request.is_disconnected()):
            try:
                async with asyncio.timeout(HEARTBEAT):
                    known = await changes.beyond(known)
                yield f"id: {known}\ndata: {known}\n\n"
            except TimeoutError:
                yield ": alive\n\n"

    async def _do(self, request: Request) -> Response:
        try:
            _, args = await read(request)
            args.need("user")
            answer = await self._gesture(request.path_params["gesture"], args.values)
        except (Unseen, ApiError, KeyError) as error:
            return JSONResponse({"ok": False, "error": str(error)}, 400)
        return JSONResponse({"ok": True, **answer})

    async def _gesture(self, name: str, given: Json) -> Json:
        if name in ("click", "submit", "close", "command", "shortcut"):
            return await self._use(name, given)
        if name in ("members", "deactivate", "reactivate"):
            return self._administer(name, given)
        return await self._talk(name, given)

    async def _talk(self, name: str, given: Json) -> Json:
        slack, user = self._slack, given["user"]
        match name:
            case "say":
                files = [_upload(each) for each in given.get("files") or ()]
                return {"ts": await slack.say(user, given["channel"], given["text"], given.get("thread_ts"), files)}
            case "edit":
                await slack.edit(user, given["channel"], given["ts"], given["text"])
            case "delete":
                await slack.delete(user, given["channel"], given["ts"])
            case "home":
                await slack.open_home(user, given.get("tab", "home"))
            case "stop":
                await slack.stop_agent(user, given["channel"], given["thread_ts"])
            case "read":
                self._state.mark_read(user, given["channel"], given["ts"])
            case _:
                raise ApiError("unknown_gesture")
        return {}

    async def _use(self, name: str, given: Json) -> Json:
        slack, user = self._slack, given["user"]
        match name:
            case "click":
                return {"status": await self._click(user, given)}
            case "submit":
                return {"errors": await slack.submit(user, given["view_id"], given["values"])}
            case "close":
                await slack.close_view(user, given["view_id"])
            case "command":
                return {"status": await slack.command(user, given["channel"], given["command"], given["text"])}
            case "shortcut":
                where = given["channel"], given["ts"]
                return {"status": await slack.shortcut(user, *where, given["callback_id"])}
        return {}

    def _administer(self, name: str, given: Json) -> Json:
        """What the panel "People & groups" does; who acts on the page does not matter to it."""
        match name:
            case "members":
                self._slack.set_members(given["group"], given["users"])
            case "deactivate":
                self._slack.deactivate(given["person"])
            case "reactivate":
                self._slack.reactivate(given["person"])
        return {}

    async def _click(self, user: str, given: Json) -> int:
        pressed = {"value": given.get("value"), "values": given.get("values")}
        if "view_id" in given:
            return await self._slack.click_view(user, given["view_id"], given["action_id"], **pressed)
        return await self._slack.click(user, given["channel"], given["ts"], given["action_id"], **pressed)


def _upload(given: Json) -> Upload:
    """A file as the page sends it, in base64."""
    try:
        body = binascii.a2b_base64(given["content"], strict_mode=True)
    except binascii.Error:
        raise ApiError("invalid_file") from None
    if len(body) > MAX_UPLOAD:
        raise ApiError("The playground takes files of 5 MB at most.")
    return given["name"], given.get("type") or "", body
