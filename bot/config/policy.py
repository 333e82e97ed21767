"""Who must agree to what."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import field_validator
from pydantic_settings import NoDecode

from bot.config.environment import Environment, split


class PolicySettings(Environment):
    """Who must agree to what."""

    #: who may approve: Slack users (U…, W…) and user groups (S…), comma-separated; a list in the policy goes before it
    helpdesk_approvers: Annotated[tuple[str, ...], NoDecode] = ()
    #: a policy file (YAML); without it the shipped one is used
    policy_file: Path | None = None

    @field_validator("helpdesk_approvers", mode="before")
    @classmethod
    def _ids(cls, value: Any) -> Any:
        ids = split(value)
        wrong = [each for each in ids if each[:1] not in "UWS" or not each.isalnum()]
        if wrong:
            raise ValueError("takes Slack ids of users (U…, W…) and user groups (S…), comma-separated, never names")
        return ids

    @field_validator("policy_file")
    @classmethod
    def _file(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError("takes a policy file, such as a copy of tools/policy.yml; there is none at that place")
        return value
