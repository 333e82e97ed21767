"""The bot in a real workspace, by Socket Mode or HTTP."""

import gc
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import replace

import structlog
from starlette.routing import Route

from bot.api import app as http
from bot.api import install, reset, routes
from bot.api import parts as api
from bot.api.doors import Issuer
from bot.api.serving import serving, told_to_stop
from bot.config import Settings
from bot.config.telemetry import hand_on
from bot.core import tokens
from bot.errors import ConfigError
from bot.measured import measured, metrics_of
from bot.model import prices
from bot.model.port import Model, Several
from bot.models import models_of, moderated
from bot.setup import Setup
from bot.slack.install import Distribution
from bot.slack.socket_mode import socket_mode
from bot.systems import systems_of, tools_of
from bot.telemetry.export import Emit, exporting
from bot.telemetry.redact import Redactor
from bot.wiring import Bot, running
from tools.backends.article_folder import SHIPPED

#: every address of the machine: Slack, a proxy or an orchestrator must reach it
HOST = "0.0.0.0"  # noqa: S104 -- see above

#: new objects between two looks of the garbage collector: with Python's own 700 they are a twentieth of all work
GARBAGE = 10_000

log = structlog.get_logger()


async def serve(
    settings: Settings,
    redactor: Redactor,
    *,
    hears: bool,
    works: bool,
    keeping: Callable[[Settings], AbstractAsyncContextManager[None]] = lambda _: nullcontext(),
) -> None:
    """Hear Slack, or work on what was heard, or both, until told to stop; who works lets go of what is too old."""
    if not (hears and works) and not settings.database_url.get_secret_value().startswith("postgres"):
        raise ConfigError(
            "helpdesk web and helpdesk worker need DATABASE_URL=postgresql://…; with SQLite use: helpdesk run"
        )
    # from here on: what is told to stop while it starts does so once it has started, and leaves nothing half begun
    told = told_to_stop()
    metrics = metrics_of(settings, hears=hears)
    async with (
        models_of(settings, sees=settings.helpdesk_vision) as plain,
        moderated(settings, *plain) as (model, several),
        systems_of(settings) as systems,
        _traced(settings, hears=hears, works=works) as emit,
        running(
            replace(_setup(settings, model, several, redactor), systems=systems, metrics=metrics, emit=emit),
            works=works,
        ) as bot,
        AsyncExitStack() as stack,
    ):
        scraped = await stack.enter_async_context(measured(settings, bot, metrics))
        if hears:
            await _open_doors(settings, bot, stack, scraped)
        if works:
            await stack.enter_async_context(keeping(settings))
        keep_start()
        log.info("running", hears=hears, works=works, model=model.name, models=len(several.served) or 1)
        await told.wait()


@asynccontextmanager
async def _traced(settings: Settings, *, hears: bool, works: bool) -> AsyncIterator[Emit | None]:
    """What takes spans, where somebody wants them."""
    if not settings.traces:
        yield None
        return
    hand_on()
    role = "run" if hears and works else "web" if hears else "worker"
    async with exporting(role, secrets.token_hex(8)) as emit:
        log.info("traces are sent")
        yield emit


async def _open_doors(settings: Settings, bot: Bot, stack: AsyncExitStack, beside: Sequence[Route]) -> None:
    token = settings.slack_app_token
    # by Socket Mode there may be no signing secret, so nobody could be told from Slack at the HTTP door
    app = http.application(None if token else bot.slack, bot.ready)
    if bot.passwords:
        app.router.routes.extend(reset.routes(bot.passwords))
    if bot.oauth:
        app.router.routes.extend(install.routes(bot.oauth))
    app.router.routes.extend(beside)
    agent = api.agent(bot.kit, bot.wake, bot.tenant, _api_terms(settings))
    app.router.routes.extend(routes.routes(agent, settings.helpdesk_api_wait_s))
    port = await stack.enter_async_context(serving(app, HOST, settings.port))
    stack.callback(agent.waits.close)
    if token:
        await stack.enter_async_context(socket_mode(bot.slack, token))
    log.info("hearing Slack", by="Socket Mode" if token else "HTTP", port=port)


def _api_terms(settings: Settings) -> api.Terms:
    given = settings.api_tokens.get_secret_value() if settings.api_tokens else ""
    issuer, audience, keys = settings.helpdesk_jwt_issuer, settings.helpdesk_jwt_audience, settings.helpdesk_jwt_keys
    sign_in = Issuer(issuer, audience, keys, settings.helpdesk_jwt_user) if issuer and audience and keys else None
    return api.Terms(tokens.given(given), sign_in, settings.helpdesk_api_rate, settings.helpdesk_api_wait_s)


def keep_start() -> None:
    """What is there after the start stays as long as the process: the garbage collector need not look at it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE, 10, 10)


def _distribution(settings: Settings) -> Distribution | None:
    if settings.slack_bot_token:
        return None
    found = (settings.slack_client_id, settings.slack_client_secret, settings.helpdesk_public_url)
    client_id, secret, public_url = found
    assert client_id, "one of the two ways is set, which config checks"
    assert secret
    assert public_url
    return Distribution(client_id, secret, frozenset(settings.helpdesk_teams or ()), public_url)


def _setup(settings: Settings, model: Model, several: Several, redactor: Redactor) -> Setup:
    return Setup(
        slack_token=settings.slack_bot_token,
        distribution=_distribution(settings),
        slack_api_url=settings.slack_api_url,
        signing_secret=settings.signing_secret,
        model=model,
        several=several,
        approvers=settings.helpdesk_approvers,
        approval_channel=settings.helpdesk_approval_channel,
        humans=settings.helpdesk_humans,
        channels=settings.helpdesk_channels,
        outside_teams=settings.helpdesk_outside_teams,
        bots=settings.helpdesk_bots,
        secret_key=settings.key,
        database_url=settings.database_url.get_secret_value(),
        reset_url=settings.helpdesk_reset_url,
        articles=settings.kb_dir or SHIPPED,
        articles_url=settings.helpdesk_kb_url or "",
        reviewed=settings.helpdesk_kb_reviewed,
        prompts=settings.helpdesk_prompts,
        policy_file=settings.policy_file,
        checkpoint_file=settings.helpdesk_checkpoint_file,
        demo_people=settings.helpdesk_demo_data,
        tools=tools_of(settings),
        keep_content=settings.helpdesk_keep_content,
        keep_decisions=settings.helpdesk_keep_decisions,
        log_content=redactor if settings.helpdesk_log_content == "redacted" else None,
        sees=any(each.sees for each in several.served.values()) if several.served else settings.helpdesk_vision,
        context_tokens=settings.helpdesk_context_tokens,
        prices=prices.load(settings.helpdesk_prices),
        budgets=settings.helpdesk_budgets,
        repeat_s=settings.helpdesk_repeat_s,
    )
