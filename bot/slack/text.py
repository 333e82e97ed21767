"""Text for Slack: what others wrote is shown, never obeyed.

Mentions, links to channels and invisible characters lose their power.
"""

import re
import unicodedata
from collections.abc import Iterator

from bot.core.change import cut
from bot.slack.markdown import LOOK

#: characters in one message; Slack takes 12,000 of markdown
MAX_MESSAGE = 11_000

#: characters of a notification
MAX_NOTICE = 200

#: characters of a name
MAX_LABEL = 80

#: characters of a code fence with its language; after a cut a longer one is opened again without the language
MAX_FENCE = 40

#: seen as nothing, or as a line's end, although Unicode counts them among letters, marks and separators
_UNSEEN = frozenset("\u2028\u2029\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {
    chr(number) for first, behind in ((0xFE00, 0xFE10), (0xE0100, 0xE01F0)) for number in range(first, behind)
}
_HIDDEN = ("Cf", "Co", "Cs", "Cn")

_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})([^`\n]*)$", re.MULTILINE)

#: code in a line, as `harmless` leaves it: it is not cut, else what stands in it would be no code any more
_SPAN = re.compile(r"(`+)(?!`)[^\n]*?(?<!`)\1(?!`)")

#: the beginning of something that `plain` or `harmless` spelled out
_HALF = re.compile(r"(&\w{0,3}|\\(u(\{[0-9a-f]{0,6})?)?)$")


def plain(text: str) -> str:
    """For mrkdwn: shown as it is, with what is invisible or turns the reading direction spelled out.

    Two texts are never shown alike: a backslash that would begin such a spelling is spelled out itself.
    """
    shown = "".join(_visible(character) for character in text.replace("\\u{", "\\u{5c}u{"))
    return shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescaped(text: str) -> str:
    """What was typed: Slack escapes exactly these three (https://docs.slack.dev/messaging/formatting-message-text)."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def label(name: str) -> str:
    """A name for mrkdwn, `plain` and in one line."""
    line = " ".join(name.split())
    return plain(cut(line, MAX_LABEL))


def link(address: str, words: str) -> str:
    """A link for mrkdwn; `words` are shown as they are, so what others wrote is a `label` before."""
    return f"<{address.replace('&', '&amp;')}|{words}>"


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    control = category == "Cc" and character not in "\n\t"
    hidden = category in _HIDDEN or character in _UNSEEN
    return f"\\u{{{ord(character):x}}}" if control or hidden else character


def pieces(shown: str, limit: int) -> Iterator[str]:
    """Text from `plain` in pieces of at most `limit` characters, none of it lost, nothing spelled out cut in two."""
    while len(shown) > limit:
        cut = _whole(shown, limit)
        yield shown[:cut]
        shown = shown[cut:]
    if shown:
        yield shown


def parts(markdown: str, limit: int = MAX_MESSAGE) -> Iterator[str]:
    """The text in pieces of at most `limit` characters, none of it lost, cut where a reader would: between paragraphs,
    lines, words. A code fence that is cut is closed and opened again."""
    opened = ""
    rest = markdown.strip()
    while len(opened) + len(rest) > limit:
        cut = _border(rest, limit - len(opened) - MAX_FENCE - 1)
        body, rest = rest[:cut].rstrip(), rest[cut:].lstrip("\n")
        if body:
            fence, language = _open_fence(opened + body)
            yield f"{opened}{body}\n{fence}" if fence else opened + body
            opened = f"{fence}{language}\n" if fence else ""
    if rest.strip():
        yield opened + rest


def _open_fence(markdown: str) -> tuple[str, str]:
    """The fence, and its language, of the code that the text ends in; two empty texts where it ends in none."""
    fence = language = ""
    for run, after in _FENCE.findall(markdown):
        if not fence and len(run) <= MAX_FENCE:
            fence, language = run, after if len(run + after) <= MAX_FENCE else ""
        elif fence and run.startswith(fence) and not after.strip():
            fence = language = ""
    return fence, language


def _border(text: str, room: int) -> int:
    """Where to cut within the first `room` characters."""
    for border in ("\n\n", "\n"):
        at = text.rfind(border, room // 2, room)
        if at > 0:
            return at + len(border)
    at = text.rfind(" ", room // 2, room)
    return _outside(text, at + 1 if at > 0 else _whole(text, room))


def _outside(text: str, cut: int) -> int:
    """`cut`, or before the code in its line that it would cut in two."""
    first, last = text.rfind("\n", 0, cut) + 1, text.find("\n", cut)
    for span in _SPAN.finditer(text, first, last if last >= 0 else len(text)):
        if span.start() < cut < span.end() and cut - span.start() < LOOK and span.start():
            return span.start()
    return cut


def _whole(text: str, room: int) -> int:
    """`room`, or a little less where that would cut an escape in two."""
    half = _HALF.search(text[max(0, room - 10) : room])
    return room - len(half.group()) if half else room


def notice(markdown: str) -> str:
    """The beginning, for notifications and screen readers."""
    line = " ".join(plain(markdown).split())
    return line if len(line) <= MAX_NOTICE else line[: _whole(line, MAX_NOTICE - 1)] + "…"
