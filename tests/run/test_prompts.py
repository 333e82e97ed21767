"""Prompts roll out and back without code: who is led by what, what is on record, what the model is sent."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from bot import prompts
from bot.core.exchange import Prompt, Reply
from bot.core.items import ModelOutput, Rebase
from bot.core.rollout import Rollout
from bot.errors import ConfigError
from bot.model.port import Hear, unheard
from bot.store import prompts as kept
from tests.fakes.model import say
from tests.rig import Helpdesk, helpdesk

SHIPPED = prompts.shipped().version


class Listener:
    """Answers everything, and remembers what it was told to be."""

    name = "listener"

    def __init__(self) -> None:
        self.asked: list[Prompt] = []

    async def reply(self, prompt: Prompt, hear: Hear = unheard) -> Reply:
        self.asked.append(prompt)
        hear("Yes.")
        return say("Yes.")


def folder(path: Path, texts: Mapping[str, str]) -> Path:
    """A folder of prompts: version → text."""
    path.mkdir(exist_ok=True)
    for version, text in texts.items():
        (path / f"{version}.md").write_text(f"---\nversion: {version}\n---\n{text}\n")
    return path


async def roll_out(desk: Helpdesk, rollout: Rollout) -> None:
    await desk.bot.database.run(lambda connection: kept.roll_out(connection, rollout, 1.0))


async def led(desk: Helpdesk, thread: str) -> list[str]:
    """The version of each model output of the thread."""
    return [item.prompt for item in await desk.items(thread) if isinstance(item, ModelOutput)]


async def test_new_conversations_take_the_new_prompt_and_those_under_way_keep_theirs(tmp_path: Path) -> None:
    model = Listener()
    async with helpdesk(tmp_path, model, prompts=folder(tmp_path / "p", {"terse-1": "Be terse."})) as desk:
        old = await desk.say("U0ALEX", "hello")
        await desk.settle()
        await roll_out(desk, Rollout(active="terse-1", before=SHIPPED))
        await desk.say("U0ALEX", "still there?", thread=old)
        await desk.settle()
        new = await desk.say("U0SAM", "hello")
        await desk.settle()
        assert await led(desk, old) == [SHIPPED, SHIPPED]
        assert await led(desk, new) == ["terse-1"]
        assert model.asked[-1].instructions == "Be terse."
        assert "terse-1" in model.asked[-1].cache_key


async def test_now_means_every_conversation_from_its_next_turn_on_and_nothing_of_it_is_lost(tmp_path: Path) -> None:
    model = Listener()
    async with helpdesk(tmp_path, model, prompts=folder(tmp_path / "p", {"terse-1": "Be terse."})) as desk:
        thread = await desk.say("U0ALEX", "hello")
        await desk.settle()
        await roll_out(desk, Rollout(active="terse-1", before=SHIPPED, everywhere=True))
        for _ in range(2):
            await desk.say("U0ALEX", "and now?", thread=thread)
            await desk.settle()
        assert await led(desk, thread) == [SHIPPED, "terse-1", "terse-1"]
        rebases = [item for item in await desk.items(thread) if isinstance(item, Rebase)]
        assert [(each.reason, each.prompt) for each in rebases] == [("prompt", "terse-1")]
        before, _, after = model.asked
        assert after.items[: len(before.items)] == before.items, "what was said is still shown"
        await roll_out(desk, Rollout(active=SHIPPED, before="terse-1", everywhere=True))
        await desk.say("U0ALEX", "and back?", thread=thread)
        await desk.settle()
        assert (await led(desk, thread))[-1] == SHIPPED


async def test_a_conversation_goes_on_with_a_prompt_that_was_not_deployed_again(tmp_path: Path) -> None:
    where = folder(tmp_path / "p", {"terse-1": "Be terse."})
    model = Listener()
    async with helpdesk(tmp_path, model, prompts=where) as desk:
        await roll_out(desk, Rollout(active="terse-1", before=SHIPPED))
        thread = await desk.say("U0ALEX", "hello")
        await desk.settle()
        slack = desk.slack
    async with helpdesk(tmp_path, model, slack=slack) as desk:
        await desk.say("U0ALEX", "again", thread=thread)
        await desk.settle()
        assert await led(desk, thread) == ["terse-1", "terse-1"]
        assert model.asked[-1].instructions == "Be terse."


async def test_other_words_under_a_version_that_was_used_stop_the_start(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, Listener(), prompts=folder(tmp_path / "p", {"terse-1": "Be terse."})):
        pass
    with pytest.raises(ConfigError, match="terse-1 was changed since it was first used"):
        async with helpdesk(tmp_path, Listener(), prompts=folder(tmp_path / "p", {"terse-1": "Be terse!"})):
            pass


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("Be terse.", "has no front matter"),
        ("x\n---\nversion: a\n---\nBe terse.", "has no front matter"),
        ("---\nname: a\n---\nBe terse.", "needs a version"),
        ("---\nversion: 1\n---\nBe terse.", "needs a version"),
        ("---\nversion: a b\n---\nBe terse.", "needs a version"),
        ("---\n: : :\n---\nBe terse.", "needs a version"),
        ("---\nversion: a\n---\n \n", "has no text"),
        (b"---\nversion: a\n---\n\xff", "cannot be read"),
    ],
)
def test_a_prompt_that_is_none_is_named(tmp_path: Path, text: str | bytes, complaint: str) -> None:
    (tmp_path / "mine.md").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError, match=rf"The prompt mine\.md {complaint}"):
        prompts.of_folder(tmp_path)


def test_two_prompts_of_one_version_are_refused_and_text_may_hold_lines(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("---\nversion: a\n---\nOne\n\n---\n\nTwo")
    (found,) = prompts.of_folder(tmp_path)
    assert found.text == "One\n\n---\n\nTwo"
    (tmp_path / "b.md").write_text("---\nversion: a\n---\nBe terse.")
    with pytest.raises(ConfigError, match=r"Two prompts .* have the version a"):
        prompts.of_folder(tmp_path)
