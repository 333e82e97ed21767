"""All metrics of one running bot, in one registry."""

from collections.abc import Sequence
from datetime import datetime

import structlog
from prometheus_client import CollectorRegistry

from bot.core.items import Entry
from bot.core.thread import Thread
from bot.metrics.approvals import Approvals
from bot.metrics.instruments import Described, Instruments
from bot.metrics.models import Models
from bot.metrics.names import Names
from bot.metrics.process import BreakerStates, Process
from bot.metrics.slack import SlackMetrics
from bot.metrics.standing import Standing
from bot.metrics.tools import Tools
from bot.metrics.turns import Turns
from bot.metrics.waits import Waits
from bot.run.kit import Kit
from bot.store.deliveries import Delivery

log = structlog.get_logger()


class Metrics:
    """Made before the bot is; knows its names once it is told of it."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        """Raises ValueError for a registry that holds another bot's metrics."""
        self.registry = registry or CollectorRegistry()
        make = Instruments(self.registry)
        self._names = Names()
        self._waits = Waits(make)
        # alerts and dashboards look here first
        errors = make.counter(
            "helpdesk_errors_total",
            "Failures of what stands behind us: of a tool, or of a provider of models, by its name.",
            *("of", "name"),
        )
        self._told = (Turns(make), Models(make, errors), Tools(make, errors), Approvals(make))
        #: to be told of what is between us and Slack
        self.slack = SlackMetrics(make, self._waits)
        self.standing = Standing(make)
        self.process = Process(make)
        self._breakers = BreakerStates(make)
        self._policy = make.gauge(
            "helpdesk_policy_info", "1, with the digest of the policy that is in force.", "digest"
        )
        #: every metric of ours, in this order
        self.described: Sequence[Described] = make.described

    def of(self, kit: Kit) -> None:
        """The bot that is told of from now on."""
        self._names = Names.of(kit)
        self._breakers.breakers = kit.breakers
        self._policy.clear()
        self._policy.labels(kit.policy.digest).set(1)

    def committed(self, conversation: str, thread: Thread, entries: Sequence[Entry]) -> None:
        """See Watch."""
        try:
            for entry in entries:
                self._waits.entry(conversation, thread, entry)
                for each in self._told:
                    each.entry(self._names, thread, entry)
        except Exception:  # whoever commits must not fail because of who looks on
            log.exception("metrics broke", conversation=conversation)

    def delivered(self, delivery: Delivery, at: datetime) -> None:
        """See Watch."""
        try:
            self.slack.delivered(delivery, at)
            self._waits.delivered(delivery, at)
        except Exception:  # as above
            log.exception("metrics broke", conversation=delivery.conversation)
