"""How Slack is reached, for one workspace or for many, and where the approval cards go."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import NoDecode

from bot.config.environment import Address, Environment, ids, split
from bot.store.keys import Key

_PUBLIC = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?/?")


class SlackSettings(Environment):
    """How Slack is reached, for one workspace or for many, and where the approval cards go."""

    #: from *Basic Information* of the Slack app; in the place of a bot token it lets several workspaces install the bot
    slack_client_id: str | None = None
    #: `xoxb-…`, from *OAuth & Permissions* of the Slack app: for one workspace
    slack_bot_token: SecretStr | None = Field(default=None, validate_default=True)
    #: from *Basic Information*, with the client id
    slack_client_secret: SecretStr | None = Field(default=None, validate_default=True)
    #: ids of the workspaces (T…) and organisations (E…) that may install the bot, comma-separated
    helpdesk_teams: Annotated[
        tuple[str, ...] | None, NoDecode, BeforeValidator(split), ids("TE", "workspaces (T…) and organisations (E…)")
    ] = Field(default=None, validate_default=True)
    #: where people and Slack reach this server, such as https://helpdesk.example.com
    helpdesk_public_url: str | None = Field(default=None, validate_default=True)
    #: from *Basic Information* of the Slack app; needed without an app token (HTTP)
    slack_signing_secret: SecretStr | None = None
    #: while it is changed: what is signed with this one is good, too
    slack_signing_secret_previous: SecretStr | None = None
    #: `xapp-…`, from *Basic Information → App-Level Tokens* with connections:write; its presence selects Socket Mode
    slack_app_token: SecretStr | None = None
    #: Slack's Web API, or a stand-in for it
    slack_api_url: Address = "https://slack.com/api/"
    #: a channel (C…, G…) that gets a copy of every approval card; not where several workspaces are served
    helpdesk_approval_channel: str | None = None

    @property
    def signing_secret(self) -> SecretStr | None:
        """What Slack signs with, which knows the other one where there is one."""
        secret, other = self.slack_signing_secret, self.slack_signing_secret_previous
        return Key(secret, other) if secret and other else secret

    @field_validator("slack_bot_token")
    @classmethod
    def _one_way(cls, value: SecretStr | None, found: ValidationInfo) -> SecretStr | None:
        many = found.data.get("slack_client_id")
        if value is None and not many:
            raise ValueError("is missing")
        if value is not None and many:
            raise ValueError("takes no SLACK_CLIENT_ID beside it: one is for one workspace, the other for several")
        return value

    @field_validator("helpdesk_public_url")
    @classmethod
    def _public(cls, value: str | None) -> str | None:
        if value is not None and not _PUBLIC.fullmatch(value):
            raise ValueError("takes an address that begins with https://, and nothing behind the name of the server")
        return value.rstrip("/") if value else value

    @field_validator("slack_client_secret", "helpdesk_teams", "helpdesk_public_url")
    @classmethod
    def _with_client_id(cls, value: Any, found: ValidationInfo) -> Any:
        if not value and found.data.get("slack_client_id") and "slack_bot_token" in found.data:
            raise ValueError("is missing")
        return value

    @field_validator("slack_app_token")
    @classmethod
    def _app_level(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith("xapp-"):
            raise ValueError("takes an app-level token, which begins with xapp-")
        return value

    @field_validator("helpdesk_approval_channel")
    @classmethod
    def _channel(cls, value: str | None, found: ValidationInfo) -> str | None:
        if value is not None and (value[0] not in "CG" or not value.isalnum()):
            raise ValueError("takes the id of a channel (C… or G…), never its name")
        several = found.data.get("slack_client_id") and len(set(found.data.get("helpdesk_teams") or ())) > 1
        if value is not None and several:
            raise ValueError(
                "takes one workspace in HELPDESK_TEAMS: it is a channel of one, and the approvers of the others would "
                "be shown no card; leave it empty, and they get cards in threads and direct messages"
            )
        return value
