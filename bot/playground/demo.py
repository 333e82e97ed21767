"""The demo: a local Slack with its page, and the real bot working in it, in one process."""

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.middleware import Middleware

from bot.api import app as http
from bot.api import reset
from bot.api.serving import serving
from bot.errors import ConfigError
from bot.model.demo import DemoModel
from bot.model.port import Model
from bot.playground.guard import LoopbackOnly
from bot.playground.slack import LABEL, LocalSlack
from bot.setup import Setup
from bot.wiring import Bot, running

#: loopback only: the page has no sign-in
HOST = "127.0.0.1"

#: the demo's approvers: the user group @it-admins; and the rules beside
APPROVERS = ("S0ITADM",)
POLICY = Path(__file__).with_name("policy.yml")

#: events about people, App Home, the stop button and the end of an installation that the bot hears, as in manifest.yml;
#: messages are always heard
SUBSCRIBED = ("agent_session_stopped", "app_home_opened", "app_uninstalled", "tokens_revoked", "user_change")


@asynccontextmanager
async def playing(
    folder: Path, port: int, model: Model, secret_key: SecretStr, *, keep_slack: bool = True, **changes: Any
) -> AsyncIterator[tuple[LocalSlack, Bot, str]]:
    """The local Slack, the bot in it, and the page's address; everything it keeps is in the folder.

    `changes` are fields of the bot's Setup.
    """
    app = Starlette(middleware=[Middleware(LoopbackOnly)])
    async with AsyncExitStack() as stack:
        bound = await stack.enter_async_context(serving(app, HOST, port))
        address = f"http://{HOST}:{bound}"
        slack = _slack(address, model, folder / "slack.db" if keep_slack else None)
        app.router.routes.extend(slack.routes())
        stack.callback(slack.close)
        async with running(replace(_setup(slack, address, folder, model, secret_key), **changes)) as bot:
            app.router.routes.extend(http.routes(bot.slack, bot.ready))
            if bot.passwords:
                app.router.routes.extend(reset.routes(bot.passwords))
            await slack.start()
            try:
                yield slack, bot, address
            finally:
                await slack.stop()


def throwaway_key() -> SecretStr:
    """A secret key for a database that nobody keeps."""
    return SecretStr(secrets.token_hex(32))


def secret_key_in(folder: Path) -> SecretStr:
    """The demo's own key, made with its folder at its first start: links of before a restart can still be opened."""
    file = folder / "secret.key"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(throwaway_key().get_secret_value())
        return SecretStr(file.read_text())
    except OSError as error:
        raise ConfigError(f"--folder: {folder} cannot be used: {error.strerror}.") from None


def _slack(address: str, model: Model, journal: Path | None) -> LocalSlack:
    """A local Slack whose token and signing secret are good for this start alone."""
    return LocalSlack(
        f"{address}/slack/events",
        base_url=address,
        journal=journal,
        label=LABEL if isinstance(model, DemoModel) else f"Playground · {model.name}",
        token=f"xoxb-{secrets.token_hex(16)}",
        signing_secret=secrets.token_hex(16),
        subscribed=SUBSCRIBED,
    )


def _setup(slack: LocalSlack, address: str, folder: Path, model: Model, secret_key: SecretStr) -> Setup:
    return Setup(
        slack_token=SecretStr(slack.token),
        slack_api_url=f"{address}/api/",
        signing_secret=SecretStr(slack.signing_secret),
        model=model,
        approvers=APPROVERS,
        approval_channel="C0APPROVE",
        humans=APPROVERS,
        policy_file=POLICY,
        secret_key=secret_key,
        database_url=f"sqlite:///{folder / 'helpdesk.db'}",
        reset_url=f"{address}/reset?token={{token}}",
        demo_people=True,
    )
