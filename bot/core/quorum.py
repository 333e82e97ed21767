"""Whether enough different people said yes. Pure counting; who they are and what they belong to was looked up."""

from collections.abc import Iterable, Mapping

from bot.core.known import Frozen, SlackUser, Source

#: who voted, and the sources each counted for
Votes = Mapping[SlackUser, Iterable[Source]]


class Quorum(Frozen):
    """So many different people from these sources; `distinct`: each for another source."""

    approvals: int
    sources: tuple[Source, ...]
    distinct: bool = False

    def missing(self, votes: Votes) -> int:
        """How many votes are still needed; 0: none."""
        mine = {user: set(self.sources).intersection(sources) for user, sources in votes.items()}
        counted = _matched(mine) if self.distinct else sum(1 for sources in mine.values() if sources)
        return max(0, self.approvals - counted)


def widened(quorums: Iterable[Quorum], sources: tuple[Source, ...]) -> tuple[Quorum, ...]:
    """The same numbers, met by people of more sources as well."""
    return tuple(
        quorum.model_copy(update={"sources": tuple(dict.fromkeys((*quorum.sources, *sources)))}) for quorum in quorums
    )


def missing(approvals: int, quorums: Iterable[Quorum], votes: Votes) -> int:
    """How many votes are needed at least until `approvals` different people approved and each quorum is met."""
    return max(approvals - len(votes), *(quorum.missing(votes) for quorum in quorums), 0)


def _matched(votes: Mapping[SlackUser, Iterable[Source]]) -> int:
    """The most sources that can each be given a voter of its own (augmenting paths; both sides are small)."""
    taken: dict[Source, SlackUser] = {}

    def place(user: SlackUser, tried: set[Source]) -> bool:
        for source in votes[user]:
            if source in tried:
                continue
            tried.add(source)
            if source not in taken or place(taken[source], tried):
                taken[source] = user
                return True
        return False

    return sum(place(user, set()) for user in votes)
