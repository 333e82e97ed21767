"""What a shell hands to a command and takes from it: words, standard input, standard output. Each may be broken."""

import contextlib
import errno
import os
import sys
from collections.abc import Sequence

from bot.errors import ConfigError, HelpdeskError

#: of an OSError: there is no room, or the disk is broken
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS}

EMPTY = "an argument is empty: is a variable not set?"
NO_TEXT = "an argument is no text in UTF-8"


def wrong(words: Sequence[str]) -> str | None:
    """What is wrong with words, whatever the command is.

    An empty one is nobody's wish: as a folder it would be this one, as an address of a database that of the settings.
    """
    for word in words:
        name, equals, value = word.partition("=")
        if not word or (name.startswith("--") and equals and not value):
            return EMPTY
        try:
            word.encode()
        except UnicodeEncodeError:
            return NO_TEXT
    return None


def attended() -> bool:
    """Somebody is there to be asked."""
    return sys.stdin is not None and sys.stdin.isatty()


def read(limit: int) -> str:
    """So many characters of standard input. Raises ConfigError where there is none, or no text."""
    if sys.stdin is None:
        raise ConfigError("There is no standard input to read.")
    try:
        found = sys.stdin.read(limit)
        found.encode()  # where a shell has no language Python takes whatever comes
    except UnicodeError:
        raise ConfigError("Standard input is no text in UTF-8.") from None
    return found


def flushed(code: int) -> int:
    """The exit code, once what was printed is out. Raises OSError."""
    if sys.stdout is not None:
        sys.stdout.flush()
    return code


def no_room(error: OSError) -> HelpdeskError:
    """What is told where there is no room for what is printed or kept. Raises every other error."""
    if error.errno not in _NO_ROOM:
        raise error
    let_go()
    return HelpdeskError(f"What it prints or keeps cannot be written: {error.strerror}.")


def let_go() -> None:
    """What was not printed is lost: else Python tries once more at its end, and complains."""
    with contextlib.suppress(OSError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
