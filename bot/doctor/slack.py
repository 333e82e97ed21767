"""Slack: whose the tokens are and what they may do, the clocks, the channels, and whether approvers are there."""

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.config import Settings
from bot.doctor.findings import Finding, good, warning, wrong
from bot.slack.client import connection_pool, web_client
from bot.slack.install import SCOPES
from bot.slack.refusals import error_code

ABOUT = "Slack"

#: how far the clocks may be apart, seconds: Slack's requests are refused when they are five minutes old
SKEW = 60.0

_SILENT = "The bot hears and says nothing."
_MANIFEST = "Paste manifest.yml into the app's manifest at https://api.slack.com/apps, and install the app again."


async def look(settings: Settings, now: Callable[[], datetime]) -> AsyncIterator[Finding]:
    """The tokens of one workspace; where several installed it each has its own."""
    async with connection_pool() as pool:
        if token := settings.slack_bot_token:
            client = web_client(token.get_secret_value(), settings.slack_api_url, pool)
            async for each in _bot(client, settings, now):
                yield each
        if app := settings.slack_app_token:
            yield await _socket(web_client(app.get_secret_value(), settings.slack_api_url, pool))


async def _bot(client: AsyncWebClient, settings: Settings, now: Callable[[], datetime]) -> AsyncIterator[Finding]:
    try:
        answer = await client.auth_test()
    except SlackApiError as error:
        fix = "Copy the Bot User OAuth Token (xoxb-…) again, from OAuth & Permissions of your Slack app."
        yield wrong(ABOUT, f"SLACK_BOT_TOKEN does not work: {_why(error)}", _SILENT, fix)
        return
    except (aiohttp.ClientError, TimeoutError) as error:
        fix = "Let this machine reach it by HTTPS; look at SLACK_API_URL and at the firewall."
        yield wrong(ABOUT, f"Slack does not answer at {client.base_url}: {_why(error)}", _SILENT, fix)
        return
    us = AuthorizeResult.from_auth_test_response(bot_token=client.token, auth_test_response=answer)
    yield good(ABOUT, f"SLACK_BOT_TOKEN is good, for {answer.get('url', 'a workspace')}")
    heads: dict[str, str] = {name.lower(): value for name, value in (answer.headers or {}).items()}
    for each in (*_scopes(heads.get("x-oauth-scopes")), *_clock(heads.get("date"), now())):
        yield each
    if us.bot_id is None:
        why = "What it says would be said in a person's name."
        yield wrong(ABOUT, "SLACK_BOT_TOKEN is no bot's.", why, "Copy the Bot User OAuth Token, xoxb-….")
    for channel in _channels(settings):
        yield await _channel(client, channel)


def _scopes(said: str | None) -> Iterator[Finding]:
    if said is None:
        return
    has = {each.strip() for each in said.split(",")}
    if missing := sorted(set(SCOPES) - has):
        why = "Something will fail when it is needed."
        yield wrong(ABOUT, f"The bot's token lacks scopes: {', '.join(missing)}.", why, _MANIFEST)
    else:
        yield good(ABOUT, "The bot's token has all scopes of manifest.yml.")
    if more := sorted(has - set(SCOPES) - {""}):
        why = "Whoever gets hold of the token may do more than the bot ever does."
        yield warning(ABOUT, f"The bot's token has scopes that nothing needs: {', '.join(more)}.", why, _MANIFEST)


def _clock(said: str | None, now: datetime) -> Iterator[Finding]:
    try:
        there = parsedate_to_datetime(said) if said else None
    except ValueError:
        there = None
    if there is None:
        return
    skew = abs((now - there.astimezone(UTC)).total_seconds())
    if skew > SKEW:
        why = "Slack's requests are refused when they seem old, and codes of authenticators are wrong."
        fix = "Let the machine keep its time by NTP."
        yield wrong(ABOUT, f"This machine's clock and Slack's are {skew:.0f} seconds apart.", why, fix)
    else:
        yield good(ABOUT, "The clocks agree.")


def _channels(settings: Settings) -> tuple[str, ...]:
    """Where cards and hand-overs go."""
    named = (settings.helpdesk_approval_channel, *settings.helpdesk_humans)
    return tuple(dict.fromkeys(each for each in named if each and each[0] in "CG"))


async def _channel(client: AsyncWebClient, channel: str) -> Finding:
    try:
        await client.conversations_history(channel=channel, limit=1)
    except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
        why = "Cards and calls for help that belong there reach nobody."
        return wrong(
            ABOUT, f"The bot cannot use the channel {channel}: {_why(error)}", why, "Invite it: /invite @Helpdesk"
        )
    return good(ABOUT, f"The bot is in the channel {channel}.")


async def _socket(client: AsyncWebClient) -> Finding:
    try:
        await client.apps_connections_open(app_token=str(client.token))
    except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
        why, fix = (
            "By Socket Mode nothing is heard.",
            "Make one with connections:write: Basic Information, App-Level Tokens.",
        )
        return wrong(ABOUT, f"SLACK_APP_TOKEN does not work: {_why(error)}", why, fix)
    return good(ABOUT, "SLACK_APP_TOKEN is good.")


def _why(error: Any) -> str:
    return error_code(error) if isinstance(error, SlackApiError) else type(error).__name__
