"""What Slack shows, read once for all who look: looking for themselves would cost two hundred people too much."""

import time
from collections import defaultdict

from bot.playground import LocalSlack
from bot.playground.messages import Message
from tests.rig import is_card, spoken

#: how old what one reads may be, seconds
FRESH = 0.25


class Paper:
    """The messages by thread."""

    def __init__(self, slack: LocalSlack) -> None:
        self._slack = slack
        self._read_at = 0.0
        self._threads: dict[tuple[str, str], list[Message]] = {}

    def thread(self, channel: str, thread: str) -> list[Message]:
        """What the bot wrote in the thread, oldest first."""
        if time.monotonic() - self._read_at > FRESH:
            self._threads = _threads(self._slack)
            self._read_at = time.monotonic()
        return self._threads.get((channel, thread), [])

    def card(self, channel: str, thread: str) -> Message | None:
        """The newest card in the thread."""
        return next((each for each in reversed(self.thread(channel, thread)) if is_card(each)), None)

    def says(self, channel: str, thread: str, words: str) -> bool:
        """An answer in the thread has these words."""
        return any(words in spoken(each) for each in self.thread(channel, thread))


def _threads(slack: LocalSlack) -> dict[tuple[str, str], list[Message]]:
    found = defaultdict(list)
    for channel, inside in slack.workspace.messages.items():
        for message in inside.values():
            if message.bot_id and not message.deleted and message.to is None:
                found[channel, message.root].append(message)
    return found


def is_open(card: Message) -> bool:
    """It still waits for people."""
    return "waiting for approval" in card.text
