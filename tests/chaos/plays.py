"""The plays: each thread is a small one of its own, about what people want of an IT helpdesk and do about its cards."""

import asyncio
from collections.abc import Callable, Coroutine
from itertools import cycle
from typing import Any

from tests.chaos.people import APPROVERS, Crowd, Told
from tests.chaos.world import COLLEAGUES

#: directory ids of people whose password is reset, and who get access: none of them approves anything
SUBJECTS = ("U-456", "U-102", "U-103", "U-123")
GROUPS = ("sales", "finance", "engineering", "vpn-users")

Play = Callable[[Crowd, str], Coroutine[Any, Any, None]]


async def greeting(crowd: Crowd, user: str) -> None:
    """An answer without tools; a second message when it is there."""
    first = await crowd.say(user, "hello")
    await crowd.answer(first)
    if crowd.chance.random() < 0.5:
        await crowd.answer(await crowd.say(user, "hello", first.thread))


async def search(crowd: Crowd, user: str) -> None:
    """A look into the knowledge base."""
    await crowd.answer(await crowd.say(user, "search wifi"))


async def flurry(crowd: Crowd, user: str) -> None:
    """Several messages quickly after each other, some by somebody else."""
    first = await crowd.say(user, "search wifi")
    said = [first]
    for _ in range(crowd.chance.randint(2, 4)):
        who = user if crowd.chance.random() < 0.8 else crowd.chance.choice(COLLEAGUES)
        wish = crowd.chance.choice(["hello", "ticket", "search vpn", "bell"])
        said.append(await crowd.say(who, wish, first.thread))
        await asyncio.sleep(crowd.chance.uniform(0, 0.6))
    for each in said:
        await crowd.answer(each)


async def ticket(crowd: Crowd, user: str) -> None:
    """A ticket, and something after it."""
    first = await crowd.say(user, "ticket")
    await crowd.answer(first)
    await crowd.answer(await crowd.say(user, "hello", first.thread))


async def bell(crowd: Crowd, user: str) -> None:
    """What cannot be repeated and nobody is asked about."""
    await crowd.answer(await crowd.say(user, "bell"))


async def private(crowd: Crowd, user: str) -> None:
    """In a direct message."""
    wish = crowd.chance.choice(["hello", "search wifi", "bell", "ticket"])
    await crowd.answer(await crowd.say(user, wish, channel=crowd.world.slack.dm(user)))


async def request(crowd: Crowd, user: str) -> None:
    """Something that people are asked about: approved, denied or taken back, by the wrong people, too."""
    wish = crowd.chance.choice(
        [
            f"reset {crowd.chance.choice(SUBJECTS)}",
            f"access {crowd.chance.choice(SUBJECTS)} {crowd.chance.choice(GROUPS)} 8",
            "alarm",
            "alarm",
        ]
    )
    asked = await crowd.say(user, wish)
    if crowd.chance.random() < 0.4:  # so that it is shown as waiting
        await crowd.answer(await crowd.say(user, "hello", asked.thread))
    if card := await crowd.card(asked):
        await asyncio.sleep(crowd.chance.uniform(0, 4))
        if crowd.chance.random() < 0.3:
            await crowd.press(crowd.chance.choice(COLLEAGUES), card, "approve")
        await _decided(crowd, user, asked)
    await crowd.answer(asked)


async def _decided(crowd: Crowd, user: str, asked: Told) -> None:
    decider = crowd.chance.choice(APPROVERS)
    match crowd.chance.choices(["approve", "deny", "withdraw", "never mind"], [6, 2, 1, 1])[0]:
        case "approve":
            await crowd.until_closed(asked, lambda card: crowd.approve(decider, card))
        case "deny":
            await crowd.until_closed(asked, lambda card: crowd.deny(decider, card))
        case "withdraw":
            await crowd.until_closed(asked, lambda card: crowd.withdraw(user, card))
        case _:
            await crowd.answer(await crowd.say(user, "never mind", asked.thread))
            await crowd.until_closed(asked, lambda card: crowd.withdraw(user, card))


PLAYS: tuple[tuple[Play, int], ...] = (
    (greeting, 14),
    (search, 16),
    (flurry, 16),
    (ticket, 10),
    (bell, 12),
    (private, 6),
    (request, 26),
)


async def talk(crowd: Crowd, threads: int, lasts: float) -> None:
    """So many threads, spread over so many seconds; returns when everybody has what they came for."""
    plays = crowd.chance.choices([play for play, _ in PLAYS], [odd for _, odd in PLAYS], k=threads)
    begins = sorted(crowd.chance.uniform(0, lasts) for _ in plays)
    people = zip(begins, plays, cycle(COLLEAGUES), strict=False)
    await asyncio.gather(*(_after(wait, play, crowd, user) for wait, play, user in people))


async def _after(wait: float, play: Play, crowd: Crowd, user: str) -> None:
    await asyncio.sleep(wait)
    await play(crowd, user)
