"""The policy: whether it can be used, and what of it is seldom meant."""

from collections.abc import AsyncIterator

from bot import policies
from bot.config import Settings
from bot.core.policy import Policy
from bot.doctor.findings import Finding, good, warning, wrong
from bot.errors import ConfigError
from bot.systems import tools_of

ABOUT = "policy"


def policy_of(settings: Settings) -> Policy:
    """Raises ConfigError."""
    return policies.load(settings.policy_file, settings.helpdesk_approvers, tools_of(settings))


async def look(settings: Settings) -> AsyncIterator[Finding]:
    """The file, and who approves by it."""
    try:
        policy = policy_of(settings)
    except ConfigError as error:
        yield wrong(ABOUT, str(error), "The bot does not start with it.", "Try it: helpdesk policy check FILE")
        return
    named = settings.policy_file or "the shipped policy"
    yield good(ABOUT, f"{named} can be used: {len(policy.rules)} rules, digest {policy.digest[:12]}.")
    for each in policies.warnings(policy):
        why = "An approval is worth what it takes to get one."
        yield warning(ABOUT, each, why, "Change HELPDESK_APPROVERS or the policy (docs/policy.md).")
