"""Whatever stands in words, they are stored, and the conversation goes on, on either database."""

from pathlib import Path

import pytest

from bot.core.exchange import Reply
from tests.fakes.model import ScriptedModel, call, say
from tests.rig import helpdesk

STRANGE = "wi\x00fi \ud800 \u202e \U0001f600"


@pytest.mark.parametrize(
    "replies",
    [
        [say(f"answered {STRANGE}")],
        [call("look\x00up", a="b"), say("answered")],
        [call("search_kb", query=STRANGE), say("answered")],
        [call("create_ticket", title=STRANGE, description=STRANGE, priority="low"), say("answered")],
    ],
    ids=["in an answer", "in a tool's name", "in a question", "in a ticket"],
)
async def test_words_that_a_database_may_not_take_stop_nothing(tmp_path: Path, replies: list[Reply]) -> None:
    async with helpdesk(tmp_path, ScriptedModel(replies)) as desk:
        thread = await desk.say("U0ALEX", "hi \x00 there")
        await desk.settle()
        (_, answer) = desk.transcript(thread)
        assert "answered" in answer
