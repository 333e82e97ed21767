"""What the server's result codes mean to us, and to people.

The codes are RFC 4511's (4.1.9); below 0 they are the library's, from -200 on its words for the password policy's.
"""

import ssl

from tools.backends.failures import DIRECTORY
from tools.spec import ToolFailed

#: rows of an answer
MAX_ROWS = 1_000

NO_SUCH_ATTRIBUTE, CONSTRAINT, EXISTS, NO_SUCH_OBJECT, OBJECT_CLASS = 16, 19, 20, 32, 65
CHANGE_AFTER_RESET, NOT_YOURS, OLD_NEEDED, TOO_SIMPLE, TOO_SHORT, TOO_YOUNG, HAD_BEFORE = range(-202, -209, -1)

#: the connection ended, or nobody there has time: nobody knows what became of what was asked
AWAY = (-1, -5, -11, -101, 3, 51, 52, 0x51, 0x55)

_TOO_MUCH = 4


class Said(Exception):
    """What the server, or the library, says in the place of an answer: a code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def failed(code: int, look: str) -> ToolFailed:
    """What to raise for a code; `look` is for IT, at what, where the server refuses us."""
    if code in AWAY:
        return DIRECTORY.no_answer("the connection ended, or it has no time", code=code)
    if code == _TOO_MUCH:
        return DIRECTORY.unreadable("there is too much of it", limit=MAX_ROWS)
    return DIRECTORY.refused(code, look)


def unreached(error: OSError) -> ToolFailed:
    """What to raise where there is no answer in time, or no connection, and so nothing was sent."""
    if isinstance(error, TimeoutError):
        return DIRECTORY.no_answer("TimeoutError")
    if isinstance(error, ssl.SSLCertVerificationError):
        return DIRECTORY.unsent("its certificate is not accepted: look at HELPDESK_LDAP_CA", why=error.verify_message)
    return DIRECTORY.unsent(type(error).__name__)
