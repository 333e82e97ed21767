"""The bot in a real workspace, by Socket Mode or HTTP, and the model that the settings name."""

import gc
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import structlog
from pydantic import SecretStr

from bot.api import app as http
from bot.api import install, reset
from bot.api.serving import serving, told_to_stop
from bot.config import ModelSettings, Settings
from bot.errors import ConfigError
from bot.model.demo import DemoModel
from bot.model.port import Model
from bot.parts import Setup
from bot.slack.install import Distribution
from bot.slack.socket_mode import socket_mode
from bot.wiring import Bot, running
from tools.backends.article_folder import SHIPPED

#: every address of the machine: Slack, a proxy or an orchestrator must reach it
HOST = "0.0.0.0"  # noqa: S104 -- see above

log = structlog.get_logger()


@asynccontextmanager
async def model_of(settings: ModelSettings, pause: float = 0) -> AsyncIterator[Model]:
    """The model the settings name; where they name none the offline demo model, which speaks with that pause."""
    key, base_url = settings.openai_api_key, settings.openai_base_url
    if not key and not base_url:
        yield DemoModel(pause)
        return
    from bot.model.responses import ResponsesModel, openai_client  # noqa: PLC0415 -- half a second the demo does not need

    client = openai_client(key or SecretStr(""), base_url)
    try:
        yield ResponsesModel(client, settings.openai_model)
    finally:
        await client.close()


async def live(settings: Settings, *, hears: bool, works: bool) -> None:
    """Hear Slack, or work on what was heard, or both, until told to stop."""
    if not (hears and works) and not settings.database_url.startswith("postgres"):
        raise ConfigError(
            "helpdesk web and helpdesk worker need DATABASE_URL=postgresql://…; with SQLite use: helpdesk run"
        )
    async with (
        model_of(settings) as model,
        running(_setup(settings, model), works=works) as bot,
        AsyncExitStack() as stack,
    ):
        if hears:
            await _open_doors(settings, bot, stack)
        keep_start()
        log.info("running", hears=hears, works=works, model=model.name)
        await told_to_stop()


async def _open_doors(settings: Settings, bot: Bot, stack: AsyncExitStack) -> None:
    token = settings.slack_app_token
    # by Socket Mode there may be no signing secret, so nobody could be told from Slack at the HTTP door
    app = http.application(None if token else bot.slack, bot.ready)
    if bot.accounts:
        app.router.routes.extend(reset.routes(bot.accounts))
    if bot.oauth:
        app.router.routes.extend(install.routes(bot.oauth))
    port = await stack.enter_async_context(serving(app, HOST, settings.port))
    if token:
        await stack.enter_async_context(socket_mode(bot.slack, token))
    log.info("hearing Slack", by="Socket Mode" if token else "HTTP", port=port)


def keep_start() -> None:
    """What is there after the start stays as long as the process: the garbage collector need not look at it again."""
    gc.collect()
    gc.freeze()


def _distribution(settings: Settings) -> Distribution | None:
    if settings.slack_bot_token:
        return None
    found = (settings.slack_client_id, settings.slack_client_secret, settings.helpdesk_public_url)
    client_id, secret, public_url = found
    assert client_id, "one of the two ways is set, which config checks"
    assert secret
    assert public_url
    return Distribution(client_id, secret, frozenset(settings.helpdesk_teams or ()), public_url)


def _setup(settings: Settings, model: Model) -> Setup:
    return Setup(
        slack_token=settings.slack_bot_token,
        distribution=_distribution(settings),
        slack_api_url=settings.slack_api_url,
        signing_secret=settings.slack_signing_secret,
        model=model,
        approvers=settings.helpdesk_approvers,
        approval_channel=settings.helpdesk_approval_channel,
        humans=settings.helpdesk_humans,
        channels=settings.helpdesk_channels,
        outside_teams=settings.helpdesk_outside_teams,
        bots=settings.helpdesk_bots,
        secret_key=settings.helpdesk_secret_key,
        database_url=settings.database_url,
        reset_url=settings.helpdesk_reset_url,
        articles=settings.kb_dir or SHIPPED,
        policy_file=settings.policy_file,
        checkpoint_file=settings.helpdesk_checkpoint_file,
        demo_people=settings.helpdesk_demo_data,
        sees=settings.helpdesk_vision,
    )
