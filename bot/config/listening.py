"""Where the bot listens, to whom, and which people it tells (docs/listening.md)."""

from typing import Annotated

from pydantic import field_validator

from bot.config.environment import Environment, Listed, ids


class ListeningSettings(Environment):
    """Where the bot listens, to whom, and which people it tells."""

    #: whom a hand-over to people in IT is told: a channel (C…, G…), a user group (S…), or both, comma-separated
    helpdesk_humans: Listed = ()
    #: the channels (C…, G…) it works in, comma-separated; empty: everywhere; with one person directly always
    helpdesk_channels: Annotated[Listed, ids("CG", "channels (C…, G…)")] = ()
    #: other companies (T…, E…) whose people may ask for what is of low risk, comma-separated
    helpdesk_outside_teams: Annotated[Listed, ids("TE", "workspaces (T…) and organisations (E…)")] = ()
    #: bot users (U…, W…) that may ask for what is of low risk, comma-separated
    helpdesk_bots: Annotated[Listed, ids("UW", "bot users (U…, W…)")] = ()

    @field_validator("helpdesk_humans")
    @classmethod
    def _humans(cls, found: tuple[str, ...]) -> tuple[str, ...]:
        kinds = ["channel" if each[0] in "CG" else each[0] for each in found]
        if not all(each.isalnum() for each in found) or len(set(kinds)) < len(kinds) or {*kinds} - {"channel", "S"}:
            raise ValueError("takes the id of a channel (C…, G…), of a user group (S…), or one of each, never names")
        return found
