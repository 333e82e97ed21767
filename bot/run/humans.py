"""Whom in IT a hand-over is told: a channel, or the members of a user group one by one."""

from bot.core.known import HumansKnown
from bot.run.kit import Kit

#: members of a user group who are told by direct message, and how many are looked up to find them
MAX_TOLD, MAX_LOOKED_UP = 10, 50


async def on_call(kit: Kit) -> HumansKnown:
    """Whom to tell now; nobody, where none are set. Raises Unanswered where Slack does not say who is in a group."""
    group = next((each for each in kit.humans if each.startswith("S")), None)
    if channels := tuple(f"channel:{each}" for each in kit.humans if each != group):
        return HumansKnown(to=channels, group=group)
    members = sorted(await kit.people.members(group))[:MAX_LOOKED_UP] if group else []
    people = [await kit.people.who(user) for user in members]
    here = [f"user:{each.user}" for each in people if each and each.colleague]
    return HumansKnown(to=tuple(here[:MAX_TOLD]), group=group)
