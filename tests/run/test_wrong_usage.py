"""A model's server that counts wrong: what is on record, what it costs and what the tables add up stay sane."""

from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from bot.core import items
from bot.model.request import openai_client
from bot.model.values import MAX_COUNT
from bot.store.tables import usage
from tests.fakes import chunks, events
from tests.model.dialects import CHAT, RESPONSES, Dialect
from tests.model.server import Sent, serving
from tests.rig import helpdesk
from tests.run.spenders import PRICES

HUGE = 10**40
ANSWERED = "It works."

#: what each API calls the tokens in, those from the cache, where they stand, and those out
NAMES = {
    RESPONSES: ("input_tokens", "input_tokens_details", "output_tokens"),
    CHAT: ("prompt_tokens", "prompt_tokens_details", "completion_tokens"),
}


def said(dialect: Dialect, told: object) -> Sent:
    """An answer with this usage, streamed."""
    if isinstance(told, tuple):
        given, cached, made = told
        names = NAMES[dialect]
        told = {names[0]: given, names[1]: {"cached_tokens": cached}, names[2]: made}
    if dialect is RESPONSES:
        return Sent((events.streamed(events.response(events.message(ANSWERED), usage=told)),))
    return Sent((chunks.sse(chunks.chunks(chunks.completion(ANSWERED, usage=told))),))


#: what a server tells, and what is kept of it: tokens in, those of them from the cache, tokens out
TOLD: list[tuple[object, tuple[int, int, int]]] = [
    ((100, 64, 20), (100, 64, 20)),
    ((-100, -64, -20), (0, 0, 0)),
    ((-100, 64, 20), (0, 0, 20)),
    ((100, -64, 20), (100, 0, 20)),
    ((100, 500, 20), (100, 100, 20)),
    ((100, HUGE, 20), (100, 100, 20)),
    ((HUGE, HUGE, HUGE), (MAX_COUNT, MAX_COUNT, MAX_COUNT)),
    ((HUGE, 0, 20), (MAX_COUNT, 0, 20)),
    (("100", True, 1.5), (0, 0, 0)),
    ((None, None, None), (0, 0, 0)),
    ({}, (0, 0, 0)),
    ([100, 64, 20], (0, 0, 0)),
    ("many", (0, 0, 0)),
    (None, (0, 0, 0)),
]


#: the one row that adds them up
ADDED = select(usage.c.tokens_in, usage.c.tokens_cached, usage.c.tokens_out, usage.c.cost)


@pytest.mark.parametrize("dialect", NAMES, ids=lambda dialect: dialect.name)
async def test_wrong_usage_is_on_record_as_sane_numbers(tmp_path: Path, dialect: Dialect) -> None:
    async with (
        serving([said(dialect, told) for told, _ in TOLD]) as server,
        openai_client(SecretStr("none"), server.address) as client,
        helpdesk(tmp_path, dialect.api(client, "dear"), prices=PRICES) as desk,
    ):
        thread = ""
        for number in range(len(TOLD)):
            thread = await desk.say("U0ALEX", f"question {number}", thread or None)
            await desk.settle()
        assert desk.transcript(thread).count(f"U0BOT: {ANSWERED}") == len(TOLD)
        outputs = [item for item in await desk.items(thread) if isinstance(item, items.ModelOutput)]
        found = [((each.tokens_in, each.tokens_cached, each.tokens_out), each.cost) for each in outputs]
        # tokens in are a dollar a million, and so are tokens out; those from the cache are free
        assert found == [(kept, kept[0] - kept[1] + kept[2]) for _, kept in TOLD]
        added = await desk.bot.database.run(lambda connection: connection.execute(ADDED).one())
        assert added[:3] == tuple(sum(each) for each in zip(*(kept for _, kept in TOLD), strict=True))
        assert added.cost == sum(cost or 0 for _, cost in found)
