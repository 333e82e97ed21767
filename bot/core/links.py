"""Which addresses may be links in an answer: those that a trusted tool gave in this conversation, and no others.

Otherwise who writes what the model reads could have it show a link that carries away what it knows, or leads astray.
"""

import json
import re

from bot.core.items import ToolResult

#: addresses remembered, the newest ones; longer ones are no links
MAX_LINKS, MAX_CHARS = 200, 500

#: as it stands in JSON text, where a backslash begins what is no part of it
_ADDRESS = re.compile(r"https?://[^\s<>`\"|\\()\[\]{}]+")


def linked(links: tuple[str, ...], result: ToolResult, arguments: str) -> tuple[str, ...]:
    """The addresses with those of the result, the newest last; a call that was given one may only repeat it."""
    if not result.trusted or result.outcome != "done" or "://" in _plain(arguments):
        return links
    found = (each.rstrip(".,;:!?'*_~") for each in _ADDRESS.findall(result.output))
    new = dict.fromkeys(each for each in found if len(each) <= MAX_CHARS)
    return (*(each for each in links if each not in new), *new)[-MAX_LINKS:] if new else links


def is_address(text: str) -> bool:
    """It is one address, and nothing else."""
    return len(text) <= MAX_CHARS and _ADDRESS.fullmatch(text) is not None


def _plain(arguments: str) -> str:
    """The arguments without JSON's own ways to spell a character."""
    try:
        return json.dumps(json.loads(arguments), ensure_ascii=False)
    except (ValueError, RecursionError):
        return "://"
