"""Who may talk to the playground: this machine, by a loopback name, and no other site's page."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def is_local(host: str, origin: str | None) -> bool:
    """The Host is a loopback name, any port; an Origin, if there is one, is the same host and port.

    A page of another site can reach loopback by DNS rebinding (then Host is wrong) or directly (then Origin is).
    """
    try:
        name = urlsplit(f"//{host}").hostname
        return name in LOOPBACK and (origin is None or urlsplit(origin).netloc == host)
    except ValueError:
        return False


class LoopbackOnly:
    """Middleware: an application, closed with 403 to everyone else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        headers = Headers(scope=scope) if scope["type"] == "http" else None
        if headers is not None and not is_local(headers.get("host", ""), headers.get("origin")):
            await PlainTextResponse("The playground answers this machine only.", 403)(scope, receive, send)
            return
        await self._app(scope, receive, send)
