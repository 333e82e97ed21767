"""The page a one-time link leads to: a new password is set there, once.

The token stands in the address, so the page tells nobody where its reader came from and is never stored.
"""

from html import escape
from urllib.parse import parse_qsl

from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from bot.api.sizes import fits
from bot.run.kit import utc_now
from tools.backends.accounts import PasswordRefused, Passwords, Redemption
from tools.spec import ToolFailed

#: bytes of the form; a password has at most 256 characters
MAX_FORM = 8_000

_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
    ),
}

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>New password</title><style>body{{font:16px/1.5 system-ui,sans-serif;max-width:26rem;margin:15vh auto;
padding:0 1rem;color:#1d1c1d}}h1{{font-size:1.4rem}}input,button{{font:inherit;padding:.5rem .75rem;width:100%;
box-sizing:border-box;margin:.4rem 0;border-radius:.4rem;border:1px solid #868686}}
button{{background:#007a5a;color:#fff;border:0}}</style>
<main><h1>{title}</h1>{body}</main></html>"""

_FORM = """<p>{hint}</p><form method="post"><label>New password
<input type="password" name="password" autocomplete="new-password" required autofocus></label>
<input type="hidden" name="token" value="{token}"><button>Set password</button></form>"""

_UNSEEN = "<p>Try to sign in with the new password. If you cannot, ask for a new link: this one is used up.</p>"

_HINT = "Twelve characters or more. This link works once."


def routes(passwords: Passwords) -> list[BaseRoute]:
    """The page and what its form sends."""

    async def form(request: Request) -> Response:
        return _form(request.query_params.get("token", ""), _HINT)

    async def redeem(request: Request) -> Response:
        if not fits(request, MAX_FORM):
            return _page("That was too much", "<p>Please use the form as it is.</p>", 413)
        sent = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        token, password = sent.get("token", ""), SecretStr(sent.get("password", ""))
        try:
            outcome = await passwords.redeem(SecretStr(token), password, utc_now())
        except PasswordRefused as refused:
            return _form(token, str(refused))
        except ToolFailed:
            return _form(token, "That did not work because of a problem on our side. Please try again.", 503)
        return _told(outcome)

    return [Route("/reset", form), Route("/reset", redeem, methods=["POST"])]


def _told(outcome: Redemption) -> Response:
    match outcome:
        case Redemption.CHANGED:
            return _page("Your password is set", "<p>You can sign in now and close this page.</p>")
        case Redemption.UNSEEN:
            return _page("We could not see whether that worked", _UNSEEN, 502)
        case Redemption.EXPIRED | Redemption.UNKNOWN:
            return _page(
                "This link no longer works", "<p>It was used, replaced or is too old. Ask for a new one.</p>", 410
            )


def _form(token: str, hint: str, status: int = 200) -> Response:
    return _page("Choose a new password", _FORM.format(hint=escape(hint), token=escape(token, quote=True)), status)


def _page(title: str, body: str, status: int = 200) -> Response:
    return HTMLResponse(_PAGE.format(title=escape(title), body=body), status, _HEADERS)
