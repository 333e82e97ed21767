"""What is between us and Slack: calls, waits, streams, deliveries."""

from datetime import datetime

from bot.core.thread import Thread
from bot.metrics.instruments import CALLS, WAITS, Instruments
from bot.metrics.names import one_of
from bot.metrics.waits import Waits
from bot.slack.watch import Outcome, SlackWatch, Streamed
from bot.store.deliveries import STATUS, Delivery

#: the methods of Slack that we call; the addresses of files are named by people
METHODS = frozenset(
    {
        *("agents.sessions.setStatus", "assistant.threads.setStatus", "assistant.threads.setSuggestedPrompts"),
        *("assistant.threads.setTitle", "auth.revoke", "auth.teams.list", "auth.test", "chat.appendStream"),
        *("chat.delete", "chat.postEphemeral", "chat.postMessage", "chat.startStream", "chat.stopStream"),
        *("chat.update", "conversations.history", "conversations.open", "conversations.replies", "files.info"),
        *("oauth.v2.access", "usergroups.users.list", "users.info", "users.lookupByEmail", "views.open"),
        *("views.publish", "views.push", "views.update"),
    }
)


class SlackMetrics(SlackWatch):
    """Counts it."""

    def __init__(self, make: Instruments, waits: Waits) -> None:
        self._waits = waits
        self._calls = make.counter(
            "helpdesk_slack_calls_total",
            "Calls of Slack's methods by what came of them; limited: Slack wants a pause (429).",
            *("method", "outcome"),
        )
        self._seconds = make.histogram(
            "helpdesk_slack_call_seconds", "How long calls of Slack's methods took.", "method", buckets=CALLS
        )
        self._waited = make.histogram(
            "helpdesk_slack_wait_seconds",
            "How long calls took that had to wait because Slack wanted a pause, from when they could first be made.",
            "method",
            buckets=WAITS,
        )
        self._streams = make.counter(
            "helpdesk_streams_total", "Answers that were to be shown while they grow, by what came of it.", "outcome"
        )
        self._failed = make.counter(
            "helpdesk_deliveries_failed_total", "What Slack refuses to show for good, by what it is.", "kind"
        )
        self._shown = make.histogram(
            "helpdesk_delivery_seconds",
            "From when a new message was to be shown to when Slack showed it.",
            "kind",
            buckets=WAITS,
        )
        for kind in ("card", "message", "private_word", "status"):
            # so that the first one of its kind is an increase, too
            self._failed.labels(kind)

    def called(self, method: str, outcome: Outcome, seconds: float) -> None:
        """See SlackWatch."""
        name = one_of(METHODS, method)
        self._calls.labels(name, outcome).inc()
        self._seconds.labels(name).observe(seconds)

    def waited(self, method: str, seconds: float) -> None:
        """See SlackWatch."""
        self._waited.labels(one_of(METHODS, method)).observe(seconds)

    def signed(self, thread: Thread, at: datetime) -> None:
        """See SlackWatch."""
        self._waits.signed(thread, at)

    def streamed(self, outcome: Streamed) -> None:
        """See SlackWatch."""
        self._streams.labels(outcome).inc()

    def grew(self, conversation: str, at: datetime, *, words: bool) -> None:
        """See SlackWatch."""
        if words:
            self._waits.spoke(conversation, at)

    def given_up(self, delivery: Delivery) -> None:
        """See SlackWatch."""
        self._failed.labels(_kind(delivery)).inc()

    def delivered(self, delivery: Delivery, at: datetime) -> None:
        """Slack shows it. How long updates took is not known: their rows are as old as what they update."""
        if delivery.target != STATUS and (delivery.ts is None or delivery.streamed is not None):
            self._shown.labels(_kind(delivery)).observe(max(0.0, at.timestamp() - delivery.created_at))


def _kind(delivery: Delivery) -> str:
    """A card, which has a header; a word for one person; how work stands; everything else is a message."""
    if delivery.target == STATUS:
        return "status"
    if any(block.get("type") == "header" for block in delivery.content.get("blocks") or ()):
        return "card"
    return "private_word" if delivery.target.startswith("only:") else "message"
