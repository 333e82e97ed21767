"""All that is looked at, one after another, each within its time; what breaks while it looks is a finding, too."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import TextIO

from bot.config import Settings
from bot.doctor import approvers, database, limits, machine, model, policy, slack, systems
from bot.doctor.findings import Finding, as_json, good, told, wrong
from bot.errors import ConfigError

#: seconds for everything that one of them does
LIMIT = 90.0


async def examined(
    read: Callable[[], Settings], now: Callable[[], datetime], out: TextIO, *, json: bool = False, offline: bool = False
) -> bool:
    """Print what was found; True where nothing is wrong. `offline`: nobody on the network is asked."""
    found: list[Finding] = []
    try:
        settings = read()
    except ConfigError as error:
        fix = "Mend it in the environment or in .env; .env.example says what each takes."
        found += [wrong("settings", line, "The bot does not start so.", fix) for line in str(error).splitlines()]
    else:
        found.append(good("settings", "All settings can be used."))
        for about, each in _looks(settings, now, offline=offline):
            found += await _within(about, each)
    print(as_json(found) if json else "\n".join(told(found)), file=out)
    return all(each.state != "wrong" for each in found)


def _looks(
    settings: Settings, now: Callable[[], datetime], *, offline: bool
) -> list[tuple[str, AsyncIterator[Finding]]]:
    here = [
        (machine.ABOUT, machine.look(settings)),
        (limits.ABOUT, limits.look(settings)),
        (policy.ABOUT, policy.look(settings)),
        (database.ABOUT, database.look(settings, now())),
        (systems.KNOWLEDGE, systems.knowledge(settings)),
    ]
    there = [
        (slack.ABOUT, slack.look(settings, now)),
        (approvers.ABOUT, approvers.look(settings)),
        (model.ABOUT, model.look(settings)),
        (systems.DIRECTORY, systems.directory(settings)),
        (systems.TICKETS, systems.tickets(settings)),
        (systems.MCP, systems.mcp_servers(settings)),
    ]
    return here if offline else here + there


async def _within(about: str, looks: AsyncIterator[Finding]) -> list[Finding]:
    found: list[Finding] = []
    try:
        async with asyncio.timeout(LIMIT):
            async for each in looks:
                found.append(each)  # noqa: PERF401 -- what was found before it breaks is told, too
    except TimeoutError:
        found.append(
            wrong(about, f"It took longer than {LIMIT:g} seconds.", "Something hangs.", "Look at what is slow.")
        )
    except Exception as error:  # noqa: BLE001 -- an answer that nobody thought of; the rest is looked at all the same
        what = f"Looking at it broke: {type(error).__name__}."
        found.append(
            wrong(about, what, "Something answers as it should not.", "Look at what is asked there, and where.")
        )
    return found
