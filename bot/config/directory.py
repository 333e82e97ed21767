"""What is said of any directory elsewhere."""

from typing import Annotated, Any

from pydantic import field_validator
from pydantic_settings import NoDecode

from bot.config.environment import Environment, split


class DirectorySettings(Environment):
    """Of people and groups on a server, whatever it speaks."""

    #: names of groups there, comma-separated, whose members are privileged beside those of groups called admin-…
    helpdesk_privileged_groups: Annotated[tuple[str, ...], NoDecode] = ()

    @field_validator("helpdesk_privileged_groups", mode="before")
    @classmethod
    def _names(cls, value: Any) -> Any:
        return split(value)
