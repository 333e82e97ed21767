"""Who is meant by an address or a name: one person, or nobody."""

from collections.abc import Sequence
from typing import TypeVar

import structlog

P = TypeVar("P")

#: characters of an address
MAX_EMAIL = 320

log = structlog.get_logger()


def address(email: str) -> str | None:
    """The address as it is looked for, in lower case; None: it is nobody's."""
    wanted = email.strip().lower()
    return wanted if 0 < len(wanted) <= MAX_EMAIL and wanted.isprintable() else None


def only(found: Sequence[P]) -> P | None:
    """The one of them; None where there is nobody, or more than one."""
    if len(found) > 1:
        log.warning("the directory has more than one active person of a name or address", people=len(found))
    return found[0] if len(found) == 1 else None
