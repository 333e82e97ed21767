"""Block Kit as values: what an answer, a note, a form look like. Pure; who sends them knows nothing of their look."""

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from bot.slack import text
from bot.slack.markdown import NOTHING, harmless

Block = dict[str, Any]
Content = dict[str, Any]

#: characters in a section's text
MAX_SECTION = 2_900

#: what a sealed secret's place in a text is filled with when it is handed over
SECRET = "{secret}"  # noqa: S105 -- a placeholder


def answer(markdown: str, trusted: AbstractSet[str] = NOTHING) -> list[Content]:
    """The model's words as one message or several; links work only where their address is trusted."""
    shown = harmless(markdown, trusted)
    return [
        {"text": text.notice(part.replace("&lt;", "<")), "blocks": [{"type": "markdown", "text": part}]}
        for part in text.parts(shown)
    ]


def note(words: str) -> Content:
    """A sentence of our own."""
    return {"text": words, "blocks": [section(words)]}


def notes(lines: Sequence[str]) -> Content:
    """Several sentences of our own, in one message."""
    return {"text": lines[0], "blocks": [section(each) for each in lines]}


def aside(words: str) -> Content:
    """A sentence of our own that is worth less room."""
    return {"text": words, "blocks": [context(words)]}


def section(mrkdwn: str, beside: Block | None = None) -> Block:
    made: Block = {"type": "section", "text": _mrkdwn(mrkdwn)}
    return made | {"accessory": beside} if beside else made


def context(mrkdwn: str) -> Block:
    return {"type": "context", "elements": [_mrkdwn(mrkdwn)]}


def _mrkdwn(words: str) -> Block:
    """Verbatim: what others wrote is not made into links; our own mentions are written out and work."""
    return {"type": "mrkdwn", "text": words, "verbatim": True}


def header(title: str) -> Block:
    return {"type": "header", "text": _plain(title[:150])}


def _plain(words: str) -> Block:
    return {"type": "plain_text", "text": words}


def spelled(value: str) -> str:
    """The text as it can stand in a fence."""
    # two backticks side by side could become part of a fence, and the rest of the text be taken for ours
    return re.sub("`(?=`)", "`\u200b", text.plain(value))


def fenced(shown: str) -> list[Block]:
    """Text from `spelled` as code, over as many sections as it takes."""
    return [section(f"```\n{piece}\n```") for piece in text.pieces(shown, MAX_SECTION)]


def quoted(value: str) -> list[Block]:
    """What somebody wrote, in full, over as many sections as it takes."""
    # every character may be a new line, and each line gets a mark
    return [section(">" + piece.replace("\n", "\n>")) for piece in text.pieces(text.plain(value), MAX_SECTION // 2)]


def button(
    label: str, action: str, value: str | None = None, style: str | None = None, confirm: Block | None = None
) -> Block:
    """A button; `confirm`: Slack asks once more before it is pressed."""
    made: Block = {"type": "button", "action_id": action, "text": _plain(label)}
    more = {"value": value, "style": style, "confirm": confirm}
    return made | {name: each for name, each in more.items() if each is not None}


def confirm(title: str, words: str, yes: str) -> Block:
    """The question before a button."""
    return {"title": _plain(title), "text": _mrkdwn(words), "confirm": _plain(yes), "deny": _plain("Back")}


def actions(pressed: Sequence[Block]) -> Block:
    return {"type": "actions", "block_id": "approval", "elements": list(pressed)}


def field(name: str, label: str, element: Block, hint: str = "", *, optional: bool = False) -> Block:
    """An input of a form; its block id is `name`."""
    made = {"type": "input", "block_id": name, "label": _plain(label), "element": element, "optional": optional}
    return made | {"hint": _plain(hint[:2_000])} if hint else made


def option(label: str, value: str) -> Block:
    return {"text": _plain(label[:75]), "value": value}


def modal(callback: str, title: str, shown: Sequence[Block], submit: str | None, place: str) -> Block:
    """A form; without `submit` it can only be read. `place` comes back with what is pressed in it."""
    made: Block = {
        "type": "modal",
        "callback_id": callback,
        "private_metadata": place,
        "title": _plain(title),
        "close": _plain("Back"),
        "blocks": list(shown),
    }
    return made | {"submit": _plain(submit)} if submit else made
