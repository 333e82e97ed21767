"""Turns one at a time, of several subjects, so that whatever else the machine does meets all of them."""

import asyncio
from collections.abc import Sequence

from tests.bench.driver import Subject, Turn, people
from tests.bench.scale import Scale

#: seconds between two turns: what PostgreSQL is told after an answer is not the next one's time
REST = 0.05


async def interleaved(subjects: Sequence[Subject], scale: Scale) -> list[list[Turn]]:
    """The turns of each subject; in every round another one is first."""
    asking = people(max(1, scale.alone // 10))
    done: list[list[Turn]] = [[] for _ in subjects]
    for number in range(scale.warm_up + scale.alone):
        for place in range(len(subjects)):
            each = (number + place) % len(subjects)
            done[each].append(await subjects[each].turn(asking[number % len(asking)]))
            await asyncio.sleep(REST)
    return [turns[scale.warm_up :] for turns in done]
