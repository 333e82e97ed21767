"""A bot among conversations that were copied goes on as if they were real."""

from pathlib import Path

from sqlalchemy import func, select

from bot.store import deliveries, inbox
from tests.bench import crowd
from tests.fakes.model import ScriptedModel, say
from tests.rig import CHANNEL, helpdesk


async def test_each_copy_is_a_whole_conversation_with_nothing_left_to_do(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Hello."), say("Hello again.")])) as desk:
        thread = await desk.say("U0ALEX", "hello")
        await desk.settle()
        database = desk.bot.database
        model = await crowd.one(database.address, f"T0DEMO:{CHANNEL}:{thread}")
        counted = {table.name: select(func.count()).select_from(table) for table in crowd.TABLES}

        async def counts() -> dict[str, int]:
            return await database.run(lambda connection: {k: connection.scalar(v) or 0 for k, v in counted.items()})

        before = await counts()
        await crowd.fill(database.address, model, 12)

        assert await counts() == {name: rows + 12 * len(model[name]) for name, rows in before.items()}
        assert all(model.values())
        assert not await database.run(inbox.undone)
        assert not await database.run(deliveries.undone)
        await desk.say("U0ALEX", "and again")
        await desk.settle()
