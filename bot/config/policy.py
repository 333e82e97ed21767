"""Who must agree to what."""

from pathlib import Path
from typing import Annotated

from bot.config.environment import Environment, Listed, file, ids


class PolicySettings(Environment):
    """Who must agree to what."""

    #: who may approve: Slack users (U…, W…) and user groups (S…), comma-separated; a list in the policy goes before it
    helpdesk_approvers: Annotated[Listed, ids("UWS", "users (U…, W…) and user groups (S…)")] = ()
    #: a policy file (YAML); without it the shipped one is used
    policy_file: Annotated[Path, file("a policy file, such as a copy of tools/policy.yml")] | None = None
