"""What holds at the moment of a decision, beside the thread itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.core.policy import Policy
from bot.core.routing import ONE, Lineup
from bot.core.weight import Weigh, weightless
from tools.spec import Tool


@dataclass(frozen=True, slots=True)
class Terms:
    """The tools on offer, the policy in force, the time (aware UTC), how full the model's input is, the models."""

    tools: Mapping[str, Tool]
    policy: Policy
    now: datetime
    weigh: Weigh = weightless
    models: Lineup = ONE
