"""What happens just now, told to whoever shows it while it happens.

Promise: it may be forgotten at any moment, because whatever is true is shown by deliveries. Who is told neither keeps
the worker waiting nor raises.
"""

import re

from bot.core.change import cut
from tools.spec import Tool

#: characters of a title
MAX_TITLE = 80


class Live:
    """Is told of conversations that are worked on; this one shows nothing."""

    def asked(self, conversation: str, reader: str, links: tuple[str, ...]) -> None:
        """The model is asked; what was heard before counts no more. `reader` is a Slack user, `links` are trusted."""

    def heard(self, conversation: str, text: str) -> None:
        """The model goes on so."""

    def said(self, conversation: str) -> None:
        """The model has spoken; a delivery shows all of it."""

    def started(self, conversation: str, call: int, title: str) -> None:
        """A tool runs, which does what the title says."""

    def ended(self, conversation: str, call: int, *, ok: bool) -> None:
        """It runs no more."""

    def rested(self, conversation: str) -> None:
        """There is nothing to do but wait for people."""


def title(tool: Tool) -> str:
    """What the tool does, for people: the beginning of its description, never what the model wrote."""
    first = re.split(r"[.:;\n]", tool.description.strip(), maxsplit=1)[0].strip()
    return cut(first, MAX_TITLE)
