"""All that differs between a real workspace, the demo and a test."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import SecretStr

import tools
from bot.core import budget
from bot.core.budget import Budget
from bot.metrics import Metrics
from bot.model import prices
from bot.model.port import Model, Several
from bot.model.prices import Prices
from bot.run.kit import CONTEXT_TOKENS, utc_now
from bot.slack.install import Distribution
from bot.telemetry.export import Emit
from bot.telemetry.redact import Redactor
from tools.backends.article_folder import SHIPPED
from tools.spec import Tool


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What the bot is put together from."""

    #: of the one workspace; None where `distribution` says how several install the bot
    slack_token: SecretStr | None
    slack_api_url: str
    signing_secret: SecretStr | None
    model: Model
    #: where there is more than that one
    several: Several = field(default_factory=Several)
    approvers: tuple[str, ...]
    secret_key: SecretStr
    #: with a password in it, perhaps
    database_url: str = field(repr=False)
    distribution: Distribution | None = None
    approval_channel: str | None = None
    #: whom hand-overs are told: a channel (C…, G…), a user group (S…), or both
    humans: tuple[str, ...] = ()
    #: where it works, if not everywhere; which other companies' people, and which bots, may ask for a little
    channels: tuple[str, ...] = ()
    outside_teams: tuple[str, ...] = ()
    bots: tuple[str, ...] = ()
    #: a policy file; without one the shipped policy is used
    policy_file: Path | None = None
    #: where checkpoints of the audit trail are written, outside the database
    checkpoint_file: Path | None = None
    #: where a one-time link leads, with `{token}`; without it accounts are not offered
    reset_url: str | None = None
    articles: Path = SHIPPED
    #: folders in it, "." for all of it, whose articles somebody answerable read, as we did the shipped ones
    reviewed: tuple[str, ...] = ()
    #: what their links begin with
    articles_url: str = ""
    #: more versions of the prompt, as Markdown files
    prompts: Path | None = None
    #: tokens that one request to the model may have
    context_tokens: int = CONTEXT_TOKENS
    #: the model can look at pictures
    sees: bool = True
    #: what its tokens cost, and how much people may use
    prices: Prices = field(default_factory=prices.load)
    budgets: tuple[Budget, ...] = budget.DEFAULT
    #: how long a repeated question gets the same answer, seconds; 0: not at all
    repeat_s: float = 0
    demo_people: bool = False
    #: what is told of all that happens; None: nobody counts
    metrics: Metrics | None = None
    #: how long what was said, and who decided what, is kept; None: for ever
    keep_content: timedelta | None = None
    keep_decisions: timedelta | None = None
    #: who takes spans; without one no traces are made
    emit: Emit | None = None
    #: redacts what is committed, which is logged then; without one that is not
    log_content: Redactor | None = None
    tools: tuple[Tool, ...] = tools.TOOLS
    #: what they work with beside the embedded systems, or in their place, by the type they ask for
    systems: Mapping[type, object] = field(default_factory=dict)
    now: Callable[[], datetime] = utc_now
    #: seconds, for what a clock that is set must not change
    monotonic: Callable[[], float] = time.monotonic
