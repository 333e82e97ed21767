"""The two pages of an installation by OAuth: `/slack/install` leads to Slack, which leads back to the other one."""

from http import HTTPStatus

import aiohttp
import structlog
from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.slack import words
from bot.slack.pages import page

log = structlog.get_logger()


def routes(flow: AsyncOAuthFlow) -> list[BaseRoute]:
    """Both pages."""

    async def begin(request: Request) -> Response:
        return to_starlette_response(await flow.handle_installation(to_async_bolt_request(request, b"")))

    async def back(request: Request) -> Response:
        try:
            return to_starlette_response(await flow.handle_callback(to_async_bolt_request(request, b"")))
        except (SQLAlchemyError, aiohttp.ClientError, TimeoutError) as error:
            log.warning("an installation failed", error=type(error).__name__)
            return to_starlette_response(page(words.NOT_INSTALLED_NOW, HTTPStatus.SERVICE_UNAVAILABLE))

    return [Route(flow.install_path, begin), Route(flow.redirect_uri_path, back)]
