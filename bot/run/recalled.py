"""Conversations at rest that are kept in memory, so that the next message need not read their items again."""

from collections import OrderedDict

from bot.run.claim import Claim
from bot.run.kit import Kit

#: items that are kept, of all of them together
MAX_KEPT = 100


class Recalled:
    """The claims of those that were worked on last."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._claims: OrderedDict[str, Claim] = OrderedDict()

    def take(self, conversation: str) -> Claim:
        """The one that is kept, or a new one; whoever takes it has it alone."""
        return self._claims.pop(conversation, None) or Claim(self._kit, conversation)

    def keep(self, claim: Claim) -> None:
        """It is at rest; those that were at rest for longest are forgotten."""
        if claim.entries:
            self._claims[claim.conversation] = claim
        while len(self._claims) > 1 and sum(len(each.entries) for each in self._claims.values()) > MAX_KEPT:
            self._claims.popitem(last=False)
