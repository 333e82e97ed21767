"""Block Kit as values: what an answer, a note, a form look like. Pure; who sends them knows nothing of their look."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.slack import text

Block = dict[str, Any]
Content = dict[str, Any]

#: characters in a section's text
MAX_SECTION = 2_900

#: what a sealed secret's place in a text is filled with when it is handed over
SECRET = "{secret}"  # noqa: S105 -- a placeholder


def answer(markdown: str) -> list[Content]:
    """The model's words as one message or several."""
    shown = text.harmless(markdown)
    return [
        {"text": text.notice(part.replace("&lt;", "<")), "blocks": [{"type": "markdown", "text": part}]}
        for part in text.parts(shown)
    ]


def note(words: str) -> Content:
    """A sentence of our own."""
    return {"text": words, "blocks": [section(words)]}


def aside(words: str) -> Content:
    """A sentence of our own that is worth less room."""
    return {"text": words, "blocks": [context(words)]}


def section(mrkdwn: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": mrkdwn}}


def context(mrkdwn: str) -> Block:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": mrkdwn}]}


def header(title: str) -> Block:
    return {"type": "header", "text": {"type": "plain_text", "text": title[:150]}}


def verbatim(value: str) -> list[Block]:
    """Long text in full, as code, over as many sections as it takes."""
    # two backticks side by side could become part of a fence, and the rest of the text be taken for ours
    shown = re.sub("`(?=`)", "`\u200b", text.plain(value))
    return [section(f"```\n{piece}\n```") for piece in text.pieces(shown, MAX_SECTION)]


def quoted(value: str) -> list[Block]:
    """What somebody wrote, in full, over as many sections as it takes."""
    # every character may be a new line, and each line gets a mark
    return [section(">" + piece.replace("\n", "\n>")) for piece in text.pieces(text.plain(value), MAX_SECTION // 2)]


def button(label: str, action: str, value: str, style: str | None = None) -> Block:
    made: Block = {
        "type": "button",
        "action_id": action,
        "value": value,
        "text": {"type": "plain_text", "text": label},
    }
    return made | {"style": style} if style else made


def actions(buttons: Sequence[Block]) -> Block:
    return {"type": "actions", "block_id": "approval", "elements": list(buttons)}


def when(at: datetime) -> str:
    """The time in the reader's own zone, UTC where Slack cannot tell it."""
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} at {{time}}|{at:%-d %b %Y, %H:%M} UTC>"


def deny_form(version: str, channel: str) -> Block:
    """The form that asks why."""
    return {
        "type": "modal",
        "callback_id": "approval.deny",
        "private_metadata": f"{version} {channel}",
        "title": {"type": "plain_text", "text": "Deny this request"},
        "submit": {"type": "plain_text", "text": "Deny"},
        "close": {"type": "plain_text", "text": "Back"},
        "blocks": [
            {
                "type": "input",
                "block_id": "reason",
                "label": {"type": "plain_text", "text": "Why?"},
                "hint": {"type": "plain_text", "text": "The person who asked will read this."},
                "element": {
                    "type": "plain_text_input",
                    "action_id": "reason",
                    "multiline": True,
                    "max_length": 1_000,
                    "focus_on_load": True,
                },
            }
        ],
    }


def denied(view: Mapping[str, Any]) -> tuple[str, str]:
    """The version and the channel a deny form was opened for."""
    version, _, channel = view["private_metadata"].partition(" ")
    return version, channel
