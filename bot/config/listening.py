"""Where the bot listens, to whom, and which people it tells (docs/listening.md)."""

from typing import Annotated, Any

from pydantic import ValidationInfo, field_validator
from pydantic_settings import NoDecode

from bot.config.environment import Environment, split

#: of each list of ids: the letters they begin with, and what they are
_LISTS = {
    "helpdesk_channels": ("CG", "channels (C…, G…)"),
    "helpdesk_outside_teams": ("TE", "workspaces (T…) and organisations (E…)"),
    "helpdesk_bots": ("UW", "bot users (U…, W…)"),
}


class ListeningSettings(Environment):
    """Where the bot listens, to whom, and which people it tells."""

    #: whom a hand-over to people in IT is told: a channel (C…, G…), a user group (S…), or both, comma-separated
    helpdesk_humans: Annotated[tuple[str, ...], NoDecode] = ()
    #: the channels (C…, G…) it works in, comma-separated; empty: everywhere; with one person directly always
    helpdesk_channels: Annotated[tuple[str, ...], NoDecode] = ()
    #: other companies (T…, E…) whose people may ask for what is of low risk, comma-separated
    helpdesk_outside_teams: Annotated[tuple[str, ...], NoDecode] = ()
    #: bot users (U…, W…) that may ask for what is of low risk, comma-separated
    helpdesk_bots: Annotated[tuple[str, ...], NoDecode] = ()

    @field_validator("helpdesk_humans", mode="before")
    @classmethod
    def _humans(cls, value: Any) -> Any:
        ids = split(value)
        kinds = ["channel" if each[0] in "CG" else each[0] for each in ids]
        if not all(each.isalnum() for each in ids) or len(set(kinds)) < len(kinds) or {*kinds} - {"channel", "S"}:
            raise ValueError("takes the id of a channel (C…, G…), of a user group (S…), or one of each, never names")
        return ids

    @field_validator("helpdesk_channels", "helpdesk_outside_teams", "helpdesk_bots", mode="before")
    @classmethod
    def _listed(cls, value: Any, field: ValidationInfo) -> Any:
        return ids_of(value, *_LISTS[field.field_name or ""])


def ids_of(value: Any, begins: str, what: str) -> Any:
    """The ids of a comma-separated list, which begin with one of these letters. Raises ValueError."""
    ids = split(value)
    if any(each[:1] not in begins or not each.isalnum() for each in ids or ()):
        raise ValueError(f"takes Slack ids of {what}, comma-separated, never names")
    return ids
