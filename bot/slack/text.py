"""Text for Slack: what others wrote is shown, never obeyed. Mentions, links to channels and invisible characters lose their power."""

import re
import unicodedata
from collections.abc import Iterator

#: characters in one message; Slack takes 12,000 of markdown
MAX_MESSAGE = 11_000

#: characters of a notification
MAX_NOTICE = 200

_FENCE = re.compile(r"^\s*(```+|~~~+)", re.MULTILINE)


def plain(text: str) -> str:
    """For mrkdwn: shown as it is, with what is invisible or turns the reading direction spelled out."""
    shown = "".join(_visible(character) for character in text)
    return shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _visible(character: str) -> str:
    if unicodedata.category(character) in ("Cf", "Co", "Cs", "Cn") or (
        unicodedata.category(character) == "Cc" and character not in "\n\t"
    ):
        return f"\\u{{{ord(character):x}}}"
    return character


def harmless(markdown: str) -> str:
    """The model's markdown with `<!channel>`, `<@U…>` and `<#C…>` shown as text."""
    return re.sub(r"<(?=[!@#])", "&lt;", markdown)


def parts(markdown: str, limit: int = MAX_MESSAGE) -> Iterator[str]:
    """The text in pieces of at most `limit` characters, none of it lost, cut where a reader would: between paragraphs,
    lines, words. A code fence that is cut is closed and opened again."""
    opened = ""
    rest = markdown.strip()
    while len(opened) + len(rest) > limit:
        room = limit - len(opened) - len("\n```")
        cut = _border(rest, room)
        piece, rest = opened + rest[:cut].rstrip(), rest[cut:].lstrip("\n")
        fences = _FENCE.findall(piece)
        opened = f"{fences[-1]}\n" if len(fences) % 2 else ""
        yield f"{piece}\n{fences[-1]}" if opened else piece
    if rest:
        yield opened + rest


def _border(text: str, room: int) -> int:
    """Where to cut within the first `room` characters."""
    for border in ("\n\n", "\n", " "):
        at = text.rfind(border, room // 2, room)
        if at > 0:
            return at + len(border)
    return room


def notice(markdown: str) -> str:
    """The beginning, for notifications and screen readers."""
    line = " ".join(plain(markdown).split())
    return line if len(line) <= MAX_NOTICE else line[: MAX_NOTICE - 1] + "…"
