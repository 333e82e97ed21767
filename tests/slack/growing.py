"""What the tests of streams share: an answer long enough to grow, and how it is looked at."""

import pytest

from bot.playground.messages import Message
from bot.slack import delivery, streams
from tests.rig import CHANNEL, Helpdesk
from tests.waiting import until

START, APPEND, STOP, UPDATE, POST = (
    "chat.startStream",
    "chat.appendStream",
    "chat.stopStream",
    "chat.update",
    "chat.postMessage",
)

FIRST = "First paragraph, about wifi. " * 30
SECOND = "\n\nSecond paragraph, about printers. " * 10
LAST = "\n\nThat is all."
WHOLE = FIRST + SECOND + LAST


@pytest.fixture
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes a second elsewhere takes a moment."""
    monkeypatch.setattr(delivery, "RETRY", 0.05)
    monkeypatch.setattr(streams, "AFTER", 0.05)
    monkeypatch.setattr(streams, "TOOL_AFTER", 0.05)
    monkeypatch.setattr(streams, "PAUSE", 0.02)
    monkeypatch.setattr(streams, "PAUSE_EACH", 0.02)


def calls(desk: Helpdesk, *methods: str) -> list[str]:
    """The calls of these methods, in their order."""
    return [name for name, _ in desk.slack.calls if name in methods]


def bots(desk: Helpdesk, thread: str) -> list[Message]:
    """The bot's messages in the thread."""
    return [each for each in desk.slack.thread(CHANNEL, thread) if each.user == "U0BOT"]


def markdown(message: Message) -> str:
    """What the message says."""
    return "".join(block["text"] for block in message.blocks or [] if block["type"] == "markdown")


def solid(text: str) -> str:
    """Without white space."""
    return "".join(text.split())


async def growing(desk: Helpdesk, thread: str, until_it_says: str) -> Message:
    """The stream in the thread, once it shows this."""
    await until(lambda: any(until_it_says in str(each.blocks) and each.streaming for each in bots(desk, thread)))
    (message,) = bots(desk, thread)
    return message


async def one_whole_answer(desk: Helpdesk, thread: str, answer: str = WHOLE) -> Message:
    """The one message that stands in the thread in the end."""
    await desk.settle()
    (message,) = bots(desk, thread)
    assert solid(markdown(message)) == solid(answer)
    assert not message.streaming
    assert message.metadata, "it can be found again"
    return message
