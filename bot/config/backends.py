"""What the tools work with."""

from pathlib import Path
from typing import Annotated

from pydantic import ValidationInfo, field_validator

from bot.config.environment import Address, Environment, Listed, folder


class KnowledgeSettings(Environment):
    """Where articles come from."""

    #: a folder of Markdown articles; without it the shipped ones are used
    kb_dir: Annotated[Path, folder("a folder of Markdown articles")] | None = None
    #: folders in KB_DIR, comma-separated, `.` for all of it: what is in them was read by somebody answerable
    helpdesk_kb_reviewed: Listed = ()
    #: where people read the articles, such as https://wiki.example.com/it: what their links begin with
    helpdesk_kb_url: Address | None = None

    @field_validator("helpdesk_kb_reviewed")
    @classmethod
    def _reviewed(cls, folders: tuple[str, ...], found: ValidationInfo) -> tuple[str, ...]:
        shelf = found.data.get("kb_dir")
        if folders and not (shelf and all((shelf / each).is_dir() for each in folders)):
            raise ValueError("takes folders in KB_DIR, comma-separated; one of them is none there")
        return folders


class BackendSettings(KnowledgeSettings):
    """What the tools work with."""

    #: where a one-time link leads; `{token}` is filled in
    helpdesk_reset_url: Address | None = None
    #: seed people of the demo, for a trial
    helpdesk_demo_data: bool = False

    @field_validator("helpdesk_reset_url")
    @classmethod
    def _has_place(cls, value: str | None) -> str | None:
        if value is not None and (value.count("{token}") != 1 or set("{}") & set(value.replace("{token}", ""))):
            raise ValueError("needs {token} once, where the one-time token goes, and no other braces")
        return value
