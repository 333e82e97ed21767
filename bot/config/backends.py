"""What the tools work with."""

from pathlib import Path

from pydantic import field_validator

from bot.config.environment import Address, Environment


class BackendSettings(Environment):
    """What the tools work with."""

    #: where a one-time link leads; `{token}` is filled in
    helpdesk_reset_url: Address | None = None
    #: a folder of Markdown articles; without it the shipped ones are used
    kb_dir: Path | None = None
    #: seed people of the demo, for a trial
    helpdesk_demo_data: bool = False

    @field_validator("kb_dir")
    @classmethod
    def _folder(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_dir():
            raise ValueError("takes a folder of Markdown articles; there is none at that place")
        return value

    @field_validator("helpdesk_reset_url")
    @classmethod
    def _has_place(cls, value: str | None) -> str | None:
        if value is not None and (value.count("{token}") != 1 or set("{}") & set(value.replace("{token}", ""))):
            raise ValueError("needs {token} once, where the one-time token goes, and no other braces")
        return value
