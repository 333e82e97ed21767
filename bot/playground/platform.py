"""Slack with several workspaces and one app, which each of them may install by OAuth and uninstall again."""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.playground.arguments import Arguments, read
from bot.playground.errors import ApiError
from bot.playground.messages import Json
from bot.playground.slack import LocalSlack

#: how long a code may be exchanged
CODE_LIVES = timedelta(minutes=10)


@dataclass(frozen=True)
class Grant:
    """What somebody agreed to, until the app exchanges its code."""

    slack: LocalSlack
    user: str
    scopes: str
    redirect_uri: str
    until: datetime


class Platform:
    """The Web API of all its workspaces at one address; a token leads to its workspace.

    A workspace is told of, and tells, nothing before it installed the app.
    """

    def __init__(self, workspaces: Sequence[LocalSlack], client_id: str, client_secret: str, redirect_uri: str) -> None:
        self._workspaces = workspaces
        self._client_id = client_id
        self._client_secret = client_secret
        self._redirect_uri = redirect_uri
        self._codes: dict[str, Grant] = {}
        #: every token that was ever given
        self.tokens: list[str] = []
        #: calls without a workspace's token
        self.calls: list[str] = []
        for each in workspaces:
            each.hear(None)

    def routes(self) -> list[BaseRoute]:
        """The Web API and its host for files."""
        return [
            Route("/api/{method}", self._endpoint, methods=["GET", "POST"]),
            Route("/files-pri/{place}/download/{name}", self._download, methods=["GET"]),
        ]

    def agree(self, slack: LocalSlack, user: str, address: str) -> str:
        """Somebody presses Allow on the page that the app led them to; where Slack leads them back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        if asked.get("client_id") != self._client_id or asked.get("redirect_uri") != self._redirect_uri:
            raise ApiError("bad_redirect_uri")
        if not asked.get("scope"):
            raise ApiError("invalid_scope")
        code = secrets.token_hex(16)
        until = slack.workspace.now() + CODE_LIVES
        self._codes[code] = Grant(slack, user, asked["scope"], self._redirect_uri, until)
        return f"{self._redirect_uri}?{urlencode({'code': code, 'state': asked['state']})}"

    def uninstall(self, slack: LocalSlack) -> None:
        """Somebody removes the app: its token ends at once, which the app is told."""
        slack.token = ""
        for event in slack.workspace.team.ended():
            slack.outbox.enqueue(event)
        slack.hear(None)

    async def _endpoint(self, request: Request) -> Response:
        method = request.path_params["method"]
        try:
            token, args = await read(request)
            if method == "oauth.v2.access":
                self.calls.append(method)
                return JSONResponse(self._exchange(request.headers.get("authorization", ""), args))
            slack = self._of(token)
            if method == "auth.revoke":
                self.calls.append(method)
                self.uninstall(slack)
                return JSONResponse({"ok": True, "revoked": True})
        except ApiError as error:
            return JSONResponse(error.body())
        return await slack.api(request)

    async def _download(self, request: Request) -> Response:
        team = request.path_params["place"].partition("-")[0]
        found = [each for each in self._workspaces if each.workspace.team.id == team]
        return await found[0].download(request) if found else Response("not found", 404, media_type="text/plain")

    def _of(self, token: str) -> LocalSlack:
        for each in self._workspaces:
            if token and token == each.token:
                return each
        raise ApiError("token_revoked" if token in self.tokens else "invalid_auth")

    def _exchange(self, authorization: str, args: Arguments) -> Json:
        """A token for a code that is good once, for the app and the address that it was given for."""
        known = base64.b64encode(f"{self._client_id}:{self._client_secret}".encode()).decode()
        if authorization != f"Basic {known}":
            raise ApiError("bad_client_secret")
        grant = self._codes.pop(args.text("code"), None)
        if grant is None or grant.until < grant.slack.workspace.now():
            raise ApiError("invalid_code")
        if args.text("redirect_uri") != grant.redirect_uri:
            raise ApiError("bad_redirect_uri")
        token = f"xoxb-{secrets.token_hex(16)}"
        self.tokens.append(token)
        grant.slack.token = token
        grant.slack.hear(grant.slack.outbox)
        return grant.slack.workspace.team.granted(token, grant.user, grant.scopes)
