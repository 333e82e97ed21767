"""The words of one reply on their way to whoever listens.

Promise: what was heard, joined, is a prefix of the text that ModelOutput keeps, however the provider cuts it: white
space and halves of characters wait for what follows. A provider that takes back what it said is heard no more.
"""

from bot.core.exchange import Reply, TextPart
from bot.core.known import whole
from bot.model.port import Hear

#: characters heard of one reply; what a provider says beyond is only in the reply
MAX_HEARD = 4_000_000

#: where a text stands in a response: the output item's number, the content's number in it
Place = tuple[int, int]


def text_of(reply: Reply) -> str:
    """All text of a reply as ModelOutput keeps it."""
    return "\n\n".join(whole(part.text) for part in reply.parts if isinstance(part, TextPart)).strip()


class Speech:
    """Hands on one reply's text."""

    def __init__(self, hear: Hear) -> None:
        self._hear = hear
        self._place: Place | None = None
        self._heard: list[str] = []
        self._held = ""
        self._left = MAX_HEARD

    def say(self, place: Place, text: str) -> None:
        """The next piece of the text at that place; one of an earlier place than the last ends the hearing."""
        last = self._place or place
        if place < last or len(text) > self._left:
            self._left = 0
        elif text:
            self._left -= len(text)
            self._place = place
            if place != last:
                # half a character is completed by nothing that stands elsewhere
                self._held = whole(self._held)
            self._say(text if place[0] == last[0] else f"\n\n{text}")

    @property
    def begun(self) -> bool:
        """Something was heard."""
        return bool(self._heard)

    def end(self, reply: Reply) -> None:
        """The reply is whole: whatever of its text was not heard yet."""
        text, heard = text_of(reply), "".join(self._heard)
        if text.startswith(heard) and len(text) > len(heard):
            self._hear(text[len(heard) :])

    def _say(self, text: str) -> None:
        text = paired(self._held + text)
        half = "\ud800" <= text[-1] <= "\udbff"
        clear = text[: len(text) - half].rstrip()
        self._held = text[len(clear) :]
        if piece := whole(clear if self._heard else clear.lstrip()):
            self._heard.append(piece)
            self._hear(piece)


def paired(text: str) -> str:
    """The text in which two halves of a character that came in two pieces are one."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
