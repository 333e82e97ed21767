"""What a column keeps. Promise: SQLite and PostgreSQL give the same back, and whatever a model says can be kept."""

import re
from datetime import UTC, datetime

from sqlalchemy import DateTime, Dialect, TypeDecorator
from sqlalchemy import Text as PlainText

#: what PostgreSQL cannot keep in a text, and what no encoding can
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class Text(TypeDecorator[str]):
    """Any text; NUL and halves of surrogate pairs are kept, and looked for, as U+FFFD."""

    impl = PlainText
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        """The text as both databases can keep it."""
        return value and _UNSTORABLE.sub("\ufffd", value)


class Utc(TypeDecorator[datetime]):
    """Aware UTC in and out; SQLite keeps no zone, and PostgreSQL answers in the zone it is set to.

    A naive time is refused: nobody knows what it means.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """The time in UTC. Raises ValueError for a naive one."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without a zone")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """The time as aware UTC."""
        if value is None or value.tzinfo is None:
            return value and value.replace(tzinfo=UTC)
        return value.astimezone(UTC)
