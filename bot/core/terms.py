"""What holds at the moment of a decision, beside the thread itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.core.policy import Policy
from tools.spec import Tool


@dataclass(frozen=True, slots=True)
class Terms:
    """The tools on offer, the policy in force, the time (aware UTC)."""

    tools: Mapping[str, Tool]
    policy: Policy
    now: datetime
