"""What people see in the local Slack: every message of the bot as text, with whoever can read it."""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.eval.happened import Seen
from bot.playground.messages import Message, elements
from bot.playground.seed import BOT_USER_ID
from bot.playground.slack import LocalSlack
from bot.playground.terminal import readable

#: keys of blocks whose text or address a reader sees
_SHOWN = ("text", "title", "description", "url", "alt_text")

#: what each message showed at one moment, by channel and ts
Snapshot = Mapping[tuple[str, str], Seen]


def snapshot(slack: LocalSlack, thread: tuple[str, str] | None) -> Snapshot:
    """What the bot shows now, in every place, oldest first."""
    names = {user.id: user.real_name for user in slack.workspace.users.values()}
    every = [each for inside in slack.workspace.messages.values() for each in inside.values()]
    ours = (each for each in every if each.user == BOT_USER_ID and not each.deleted)
    return {(each.channel, each.ts): _seen(slack, each, thread, names) for each in sorted(ours, key=lambda m: m.ts)}


def news(before: Snapshot, now: Snapshot) -> list[Seen]:
    """What is new or looks otherwise than before."""
    return [seen for key, seen in now.items() if seen != before.get(key)]


def button(slack: LocalSlack, user: str, action: str, value: str | None, first: str) -> Message | None:
    """The newest message with this button that the person sees, preferably in the channel `first`."""
    found = [each for each in _visible(slack, user) if _has(each, action, value)]
    return max(found, key=lambda each: (each.channel == first, each.ts), default=None)


def feedback(message: Message, verdict: str) -> str | None:
    """What the button below an answer says that stands for good or bad."""
    pairs = {"good": "positive_button", "bad": "negative_button"}
    found = (each for _, each in elements(message.blocks) if each["action_id"] == "feedback")
    return next((each[pairs[verdict]]["value"] for each in found), None)


def _visible(slack: LocalSlack, user: str) -> Iterator[Message]:
    workspace = slack.workspace
    for channel in (*workspace.channels, *workspace.ims):
        if workspace.sees(user, channel):
            yield from workspace.listed(channel, user)


def _has(message: Message, action: str, value: str | None) -> bool:
    return any(
        each["action_id"] == action and value in (None, each.get("value")) for _, each in elements(message.blocks)
    )


def _seen(slack: LocalSlack, message: Message, thread: tuple[str, str] | None, names: Mapping[str, str]) -> Seen:
    words = list(_words(message.blocks)) if message.blocks else [message.text]
    text = "\n".join(readable(each, names) for each in words)
    inside = message.to is None and (message.channel, message.root) == thread
    return Seen(_place(slack, message), text, inside)


def _place(slack: LocalSlack, message: Message) -> str:
    workspace = slack.workspace
    reader = message.to or workspace.ims.get(message.channel)
    return workspace.users[reader].name if reader else workspace.channels[message.channel].name


def _words(part: Any) -> Iterator[str]:
    """Every text and address in blocks, in reading order."""
    match part:
        case [*several]:
            for each in several:
                yield from _words(each)
        case {**fields}:
            for name, value in fields.items():
                if isinstance(value, str) and name in _SHOWN:
                    yield value
                elif isinstance(value, list | dict):
                    yield from _words(value)
