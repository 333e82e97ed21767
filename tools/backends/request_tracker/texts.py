"""How our words become Request Tracker's, and its words ours.

Promise: what was written there comes back as it was, but for line ends, control characters and what no text can hold.
"""

import re
from html.parser import HTMLParser

from tools.backends.request_tracker.models import Piece, Transaction
from tools.backends.tickets import Priority, Status

#: bytes of a title in UTF-8: RT cuts longer ones
MAX_TITLE = 200

#: by the names of RT's default lifecycle; of others nobody knows more than that they are not over
STATUS: dict[str, Status] = {"new": "open", "resolved": "resolved", "rejected": "closed", "deleted": "closed"}
RT_STATUS: dict[Status, str] = {"open": "new", "in_progress": "open", "resolved": "resolved", "closed": "rejected"}

#: RT's own labels are Low 0, Medium 50, High 100; what is above is shown as High and sorted before it
RT_PRIORITY: dict[Priority, int] = {"low": 0, "normal": 50, "high": 100, "urgent": 150}

_CONTROLS = re.compile("[\0-\b\x0b-\x1f\x7f]")
#: code points that are no characters: RT, too, puts U+FFFD in their place
_NONE = "".join(chr(plane * 0x10000 + last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
_UNSTORABLE = re.compile(f"[\0\ud800-\udfff\ufdd0-\ufdef{_NONE}]")
_SPACES = re.compile(r"\s+")
_BLOCKS = {"p", "div", "br", "li", "ul", "ol", "tr", "table", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6"}
_WROTE = " wrote through the helpdesk:\n\n"


def status(named: str) -> Status:
    """Of a status in RT."""
    return STATUS.get(named, "in_progress")


def priority(number: int) -> Priority:
    """Of a number in RT."""
    return next(name for name, least in reversed(RT_PRIORITY.items()) if number >= least or name == "low")


def clean(text: str) -> str:
    """The text as it can be kept there."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROLS.sub("", _UNSTORABLE.sub("\ufffd", lines))


def title(text: str) -> str:
    """One line that fits; one that is cut ends with an ellipsis."""
    line = " ".join(clean(text).split())
    if len(line.encode()) <= MAX_TITLE:
        return line
    return line.encode()[: MAX_TITLE - 3].decode(errors="ignore").rstrip() + "…"


def opening(description: str, thread: str | None) -> str:
    """What a new ticket says."""
    return clean(description) + (_thread(thread) if thread else "")


def opened(content: str, links: list[str]) -> tuple[str, str | None]:
    """What was described, and the address of the thread that it came of."""
    for link in links:
        if content.endswith(_thread(link)):
            return content.removesuffix(_thread(link)), link
    return content, None


def note(name: str | None, text: str) -> str:
    """What is written in somebody's name."""
    return (" ".join(clean(name or "").split())[:100] or "Somebody") + _WROTE + clean(text)


def noted(content: str) -> str:
    """What somebody said, of what is written in their name."""
    return content.partition(_WROTE)[2]


def words(transaction: Transaction, pieces: list[Piece]) -> str:
    """What was written with it: the plain text where there is one."""
    mine = [each for each in pieces if each.transaction == transaction.id and not each.file]
    for kind, read in (("text/plain", clean), ("text/html", _plain)):
        for each in mine:
            if each.kind == kind and each.content:
                return read(each.content)
    return ""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 -- the library's signature
        if tag in _BLOCKS:
            self.found.append("\n")

    def handle_data(self, data: str) -> None:
        if self.cdata_elem is None:  # no script, no style
            self.found.append(_SPACES.sub(" ", data))


def _plain(html: str) -> str:
    """What one reads of a page."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in clean("".join(reader.found)).split("\n"))
    return "\n".join(line for line in lines if line)


def _thread(link: str) -> str:
    return f"\n\nSlack: {link}"
