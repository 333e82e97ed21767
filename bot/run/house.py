"""What happens to the house from outside of any thread: put into its inbox like everything else."""

from sqlalchemy import Connection

from bot.core.house import CHANNEL
from bot.run.kit import Kit
from bot.store import inbox, requests
from bot.store.inbox import PolicyArrived, ThreadId


async def tell_policy(kit: Kit, tenant: str) -> None:
    """Another policy than before is an item of the house, and told where approvals are."""
    policy, now = kit.policy, kit.now().timestamp()
    place = ThreadId(tenant=tenant, channel=CHANNEL, thread_ts="0", private=False)
    arrived = PolicyArrived(thread=place, digest=policy.digest, rules=tuple(rule.name for rule in policy.rules))

    def tell(connection: Connection) -> None:
        if requests.noted(connection, "policy") != policy.digest:
            key = f"policy:{kit.process}"
            inbox.put(connection, key, place.conversation, arrived, sent_at=now, received_at=now)

    await kit.database.run(tell)
