"""What happens to the house from outside of any thread: put into its inbox like everything else."""

from sqlalchemy import Connection

from bot.run.kit import Kit
from bot.store import house, inbox
from bot.store.arrivals import PolicyArrived


async def tell_policy(kit: Kit, tenant: str) -> None:
    """Another policy than before is an item of the house, and told where approvals are."""
    policy, now = kit.policy, kit.now().timestamp()
    place = house.place_of(tenant)
    arrived = PolicyArrived(thread=place, digest=policy.digest, rules=tuple(rule.name for rule in policy.rules))

    def tell(connection: Connection) -> None:
        if house.noted(connection, "policy") != policy.digest:
            # several workers start with it: it is told once for each time that it took another one's place
            key = f"policy:{house.noted_at(connection, 'policy')}:{policy.digest}"
            inbox.put(connection, key, place.conversation, arrived, sent_at=now, received_at=now)

    await kit.database.run(tell)
