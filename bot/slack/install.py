"""Installing the bot into workspaces by OAuth.

Promise: a token is kept only for workspaces and organisations that we were told to serve; any other one is given back.
Bolt binds the state to the browser; here it is genuine, ten minutes old at most, and used once.
"""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aiohttp
import structlog
from pydantic import SecretStr
from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store import Installation as Granted
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import pages, words
from bot.slack.clients import Clients
from bot.slack.pages import Refused
from bot.store import installations
from bot.store.database import Database
from bot.store.installations import Installation
from bot.store.sealed import Seal

#: what is asked for; manifest.yml says why
SCOPES = (
    *("app_mentions:read", "assistant:write", "channels:history", "chat:write", "commands", "files:read"),
    *("groups:history", "im:history", "im:write", "mpim:history", "usergroups:read", "users:read", "users:read.email"),
)

#: where it begins, and where Slack leads back to
BEGIN, RETURN = "/slack/install", "/slack/oauth_redirect"

#: how long it may take, seconds
PATIENCE = 600

log = structlog.get_logger()

# Bolt (1.30) warns with the code of an installation that failed
_quiet = logging.getLogger("bot.slack.install.bolt")
_quiet.setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True)
class Distribution:
    """What it takes to be installed into many workspaces."""

    client_id: str
    client_secret: SecretStr
    #: ids of the workspaces (T…) and organisations (E…) that are served
    teams: frozenset[str]
    #: where people and Slack reach us, such as https://helpdesk.example.com
    public_url: str


def oauth_flow(
    distribution: Distribution,
    client: AsyncWebClient,
    database: Database,
    key: SecretStr,
    clients: Clients,
    now: Callable[[], datetime],
) -> AsyncOAuthFlow:
    """The two pages of an installation; `client` has no token."""
    settings = AsyncOAuthSettings(
        client_id=distribution.client_id,
        client_secret=distribution.client_secret.get_secret_value(),
        scopes=SCOPES,
        user_scopes=(),
        redirect_uri=distribution.public_url + RETURN,
        install_path=BEGIN,
        redirect_uri_path=RETURN,
        install_page_rendering_enabled=False,
        callback_options=AsyncCallbackOptions(success=pages.installed, failure=pages.failed),
        # the flow keeps what was granted itself; Bolt's default would be files
        installation_store=AsyncInstallationStore(),
        state_store=_States(database, Seal.of(key, "oauth state 1"), now),
        state_expiration_seconds=PATIENCE,
    )
    return _Flow(settings, client, _Keeper(distribution.teams, database, key, clients, now))


class _States(AsyncOAuthStateStore):
    """States that say themselves until when they are good; only those that were used are kept."""

    def __init__(self, database: Database, seal: Seal, now: Callable[[], datetime]) -> None:
        self._database = database
        self._seal = seal
        self._now = now

    async def async_issue(self, *_: Any, **__: Any) -> str:
        """A new one."""
        until = self._now().timestamp() + PATIENCE
        return self._seal.encrypted(SecretStr(f"{until} {secrets.token_hex(16)}")).decode()

    async def async_consume(self, state: str) -> bool:
        """Whether it is ours, in time, and used for the first time."""
        opened = self._seal.decrypted(state.encode())
        if opened is None:
            return False
        # what is inside, because one state can be written in several ways
        inside, now = opened.get_secret_value(), self._now().timestamp()
        until = float(inside.partition(" ")[0])
        if until < now:
            return False
        return await self._database.run(lambda connection: installations.use(connection, inside, now, until))


@dataclass(frozen=True, slots=True)
class _Keeper:
    """Keeps what is to be kept of what workspaces grant."""

    teams: frozenset[str]
    database: Database
    key: SecretStr
    clients: Clients
    now: Callable[[], datetime]

    async def keep(self, granted: Granted) -> None:
        """Keep it. Raises Refused, and SQLAlchemyError."""
        made = _made(granted)
        if not made.served_by(self.teams):
            raise Refused(words.NOT_ALLOWED)
        if granted.bot_refresh_token or not granted.bot_token:
            raise Refused(words.ROTATING)
        seal, at = Seal.of(self.key, installations.PURPOSE), self.now().timestamp()
        if not await self.database.run(lambda connection: installations.save(connection, seal, made, at)):
            raise Refused(words.ANOTHER_TEAM)
        self.clients.forget(made.tenant)
        log.info("installed", tenant=made.tenant, team=made.team)


def _made(granted: Granted) -> Installation:
    return Installation(
        enterprise=granted.enterprise_id,
        team=None if granted.is_enterprise_install else granted.team_id,
        bot=granted.bot_id or "",
        bot_user=granted.bot_user_id or "",
        token=SecretStr(granted.bot_token or ""),
    )


class _Flow(AsyncOAuthFlow):
    """Bolt's, except for what is kept."""

    def __init__(self, settings: AsyncOAuthSettings, client: AsyncWebClient, keeper: _Keeper) -> None:
        super().__init__(client=client, logger=_quiet, settings=settings)
        self._keeper = keeper

    async def build_authorize_url(self, state: str, request: AsyncBoltRequest) -> str:  # noqa: ARG002 -- Bolt's signature
        """Where Slack asks; nothing of the visitor's own address is put into it."""
        return str(self.settings.authorize_url_generator.generate(state))

    async def store_installation(self, request: AsyncBoltRequest, installation: Granted) -> None:  # noqa: ARG002 -- as above
        """Keep what was granted, or give it back. Raises Refused, and SQLAlchemyError."""
        try:
            await self._keeper.keep(installation)
        except Refused as refused:
            log.warning("an installation was refused", team=installation.team_id, why=refused.told[0])
            await self._give_back(installation.bot_token)
            raise

    async def _give_back(self, token: str | None) -> None:
        try:
            await self.client.auth_revoke(token=token)
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            log.warning("a token could not be given back", error=type(error).__name__)
