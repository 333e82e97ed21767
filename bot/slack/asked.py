"""How a question about a message looks: the form that asks it, and what begins the conversation. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from bot.core.known import SLACK_USER
from bot.core.permalink import permalink
from bot.slack import blocks, words
from bot.slack.blocks import Block, Content
from bot.slack.text import unescaped

#: characters that a form carries, of the 3,000 that Slack keeps with it; and longest question
MAX_CARRIED, MAX_QUESTION = 2_900, 3_000

_WHERE = re.compile(r"[A-Z0-9]{1,30} [0-9]{1,12}\.[0-9]{1,9} ([0-9]{1,12}\.[0-9]{1,9})? [A-Z0-9]{1,30}")


@dataclass(frozen=True, slots=True)
class About:
    """The message that is asked about, as a form carries it; cut where it is too long."""

    channel: str
    ts: str
    #: of its thread; empty where it is in none
    thread: str
    author: str
    text: str

    def __str__(self) -> str:
        return f"{self.channel} {self.ts} {self.thread} {self.author}\n{self.text}"[:MAX_CARRIED]

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Self:
        """The message that the shortcut was used on."""
        message = body["message"]
        author, thread = message.get("user") or message.get("bot_id") or "APP", message.get("thread_ts") or ""
        return cls(body["channel"]["id"], message["ts"], thread, author, unescaped(message.get("text") or ""))

    @classmethod
    def carried(cls, metadata: str) -> Self | None:
        """The message that a form of ours carries; None for what is not ours."""
        where, _, text = metadata.partition("\n")
        if not _WHERE.fullmatch(where):
            return None
        channel, ts, thread, author = where.split(" ")
        return cls(channel, ts, thread, author, text)

    def link(self, workspace_url: str) -> str:
        """Where it stands; empty where links are not known."""
        return permalink(workspace_url, self.channel, self.thread, self.ts) if workspace_url else ""


def form(about: About) -> Block:
    """The form, with the message that is asked about."""
    asked = {"type": "plain_text_input", "action_id": "question", "multiline": True, "focus_on_load": True}
    question = blocks.field("question", words.QUESTION, asked | {"max_length": MAX_QUESTION}, words.QUESTION_HINT)
    shown = [blocks.context(words.ABOUT_THIS), *_quoted(about.text), question]
    return blocks.modal("ask_helpdesk", "Ask helpdesk", shown, "Ask", str(about))


def first_message(user: str, question: str, about: About, link: str) -> Content:
    """The question and what it is about; no `link`: its address is not known."""
    who = f"<@{about.author}>" if SLACK_USER.fullmatch(about.author) else words.AN_APP
    where = words.A_DIRECT_MESSAGE if about.channel.startswith("D") else f"<#{about.channel}>"
    told = words.about(who, where, link)
    return {
        "text": words.asks(f"<@{user}>"),
        "blocks": [
            blocks.section(words.asks(f"<@{user}>")),
            *blocks.quoted(question),
            blocks.context(told),
            *_quoted(about.text),
        ],
    }


def _quoted(text: str) -> list[Block]:
    return blocks.quoted(text) if text.strip() else [blocks.context(words.WORDLESS)]
