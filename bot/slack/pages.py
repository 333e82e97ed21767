"""The pages that whoever installs the bot sees at the end. Nothing of the visitor's own address is repeated on them."""

from collections.abc import Mapping
from html import escape
from http import HTTPStatus
from typing import Any

import structlog
from slack_bolt.error import BoltError
from slack_bolt.oauth.async_callback_options import AsyncFailureArgs, AsyncSuccessArgs
from slack_bolt.response import BoltResponse

from bot.slack import words

_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    # the address has the code
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
}

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Helpdesk</title><style>body{{font:16px/1.5 system-ui,sans-serif;max-width:26rem;margin:15vh auto;
padding:0 1rem;color:#1d1c1d}}h1{{font-size:1.4rem}}</style><main><h1>{}</h1><p>{}</p></main></html>"""

#: the visitor's state or code is not as it should be
_STALE = ("invalid_browser", "invalid_state", "missing_code", "invalid_code")

log = structlog.get_logger()


class Refused(BoltError):
    """What was granted is not taken; `told` is the page that says why."""

    def __init__(self, told: tuple[str, str]) -> None:
        super().__init__(told[0])
        self.told = told


async def installed(args: AsyncSuccessArgs) -> BoltResponse:
    """It is installed."""
    forget = args.settings.state_utils.build_set_cookie_for_deletion()
    return page(words.INSTALLED, HTTPStatus.OK, {"Set-Cookie": [forget]})


async def failed(args: AsyncFailureArgs) -> BoltResponse:
    """It is not."""
    if isinstance(args.error, Refused):
        return page(args.error.told, HTTPStatus.FORBIDDEN)
    if args.reason in _STALE:
        log.warning("an installation failed", why=args.reason)
        return page(words.STALE, HTTPStatus.BAD_REQUEST)
    return page(words.CANCELLED, HTTPStatus.OK)


def page(told: tuple[str, str], status: HTTPStatus, more: Mapping[str, Any] | None = None) -> BoltResponse:
    """A title and a sentence."""
    body = _PAGE.format(*(escape(each) for each in told))
    return BoltResponse(status=status, body=body, headers={**_HEADERS, **(more or {})})
