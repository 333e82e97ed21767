"""Files of messages: what Slack announces of them, and what became of each. Values only."""

from typing import Literal

from bot.core.known import Frozen, SlackUser, Words

#: files taken from one message; Slack itself lets people send no more at once
MAX_FILES = 10


class File(Frozen):
    """A file that came with a message, as Slack announced it; nothing of that is checked."""

    id: str
    name: Words
    mimetype: Words
    #: bytes
    size: int


class FileRead(Frozen):
    """What became of a file: its text; a picture, whose bytes are kept beside the log; or why it was not read."""

    id: str
    name: Words
    content: Literal["text", "picture", "refused"]
    #: the Slack user who uploaded what was read; whoever shared it may be somebody else
    by: SlackUser | None = None
    #: SHA-256 of its bytes, hexadecimal, and how many they are
    sha256: str = ""
    size: int = 0
    #: of a picture, by its bytes
    mimetype: str = ""
    #: of a text as much as the model is shown, and how many characters are left out
    text: Words = ""
    left_out: int = 0
    #: why it was not read, a sentence for people
    reason: str = ""
