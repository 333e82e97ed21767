"""Lengths of time, as people write them: a number and a unit, such as 30m, 4h or 2d."""

import re
from datetime import timedelta

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def length(text: str) -> timedelta | None:
    """What the text says, in minutes, hours, days or weeks; None where that is no length of time."""
    match = re.fullmatch("([0-9]{1,5})([mhdw])", text)
    return timedelta(**{_UNITS[match[2]]: int(match[1])}) if match else None


def spelled(length: timedelta) -> str:
    """In hours or in minutes, such as 4h or 90m."""
    minutes = int(length.total_seconds()) // 60
    return f"{minutes}m" if minutes % 60 else f"{minutes // 60}h"
