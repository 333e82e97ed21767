"""How long what people wrote is kept, and how long what was decided is."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationInfo, field_validator
from pydantic_settings import NoDecode

from bot.config.environment import Environment

_LENGTH = re.compile("([1-9][0-9]{0,3})([dw])")

DAYS = {"d": 1, "w": 7}


def _length(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    found = _LENGTH.fullmatch(value.strip())
    if found is None:
        raise ValueError("takes a number of days or weeks, such as 90d or 12w")
    return timedelta(days=int(found[1]) * DAYS[found[2]])


Length = Annotated[timedelta | None, NoDecode, BeforeValidator(_length)]


class PrivacySettings(Environment):
    """How long conversations in which nothing happens any more are kept; without any of these for ever."""

    #: what was written in them, by people, the model and the tools
    helpdesk_keep_content: Length = None
    #: who asked for, decided and did what, and when; and with it what of the content is left
    helpdesk_keep_decisions: Length = None

    @field_validator("helpdesk_keep_decisions")
    @classmethod
    def _no_shorter(cls, value: timedelta | None, found: ValidationInfo) -> timedelta | None:
        content = found.data.get("helpdesk_keep_content")
        if value is not None and content is not None and value < content:
            raise ValueError("takes no less than HELPDESK_KEEP_CONTENT: with a conversation its content goes, too")
        return value
