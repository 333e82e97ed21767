"""A token that has ended tells nothing more, not even to whoever waits with it."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.api import parts
from bot.store.tables import api_tokens
from tests.api.rig import Api, an_api, error
from tests.api.test_streams import read, stream
from tests.fakes.model import ScriptedModel, speak
from tests.waiting import until


async def revoked(api: Api) -> None:
    await api.desk.bot.database.run(lambda c: c.execute(update(api_tokens).values(revoked_at=1.0)))


async def narrowed(api: Api) -> None:
    await api.desk.bot.database.run(lambda c: c.execute(update(api_tokens).values(acts_for='["U0SAM"]')))


@pytest.mark.parametrize("ended", [revoked, narrowed])
async def test_who_waits_is_told_nothing_more_once_the_token_has_ended(
    tmp_path: Path, ended: Callable[[Api], Awaitable[None]]
) -> None:
    gate = asyncio.Event()
    async with an_api(tmp_path, ScriptedModel([speak("a secret", gate)]), terms=parts.Terms(wait=60)) as api:
        good = await api.token()
        async with stream(api, good) as response:
            coming = read(response)
            assert (await anext(coming)).name == "status"
            await ended(api)
            gate.set()
            rest = [each async for each in coming]
        assert rest[-1].name == "error"
        assert "secret" not in str(rest)


async def test_who_waits_without_a_stream_neither(tmp_path: Path) -> None:
    gate = asyncio.Event()
    model = ScriptedModel([speak("a secret", gate)])
    async with an_api(tmp_path, model, terms=parts.Terms(wait=60)) as api:
        asking = asyncio.create_task(api.ask(await api.token()))
        await until(lambda: model.prompts)
        await revoked(api)
        gate.set()
        assert error(await asking) == (401, "unauthorized")
