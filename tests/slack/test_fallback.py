"""Several models at two providers, over HTTP: who answers when one is down, and what people are told meanwhile."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.applications import Starlette

from bot import models_file
from bot.api.serving import serving
from bot.core import items, words
from bot.models_file import Entry, ModelsFile, Provider
from tests.fakes.openai import OpenAI
from tests.rig import CHANNEL, Helpdesk, helpdesk
from tests.slack.edge import Clock
from tests.waiting import until

WIFI = "my wifi is down"
LONG = WIFI + ". I have tried everything that I can think of" * 10
TOLD = f"U0BOT: {words.MODEL_DOWN}"


@dataclass
class Stage:
    desk: Helpdesk
    clock: Clock
    first: OpenAI
    second: OpenAI

    async def answered(self, thread: str, messages: int) -> list[str]:
        """What the bot said, once there are so many messages; time flies meanwhile."""
        await until(lambda: self.clock.pass_(0.2) and len(self.desk.slack.thread(CHANNEL, thread)) >= messages, 30)
        await self.desk.settle()
        return [line for line in self.desk.transcript(thread) if line.startswith("U0BOT")]

    async def routes(self, thread: str) -> list[tuple[str, str]]:
        found = [each for each in await self.desk.items(thread) if isinstance(each, items.Routed)]
        return [(each.model, each.why) for each in found]


@asynccontextmanager
async def stage(folder: Path, *, small: bool = False, api: str = "responses") -> AsyncIterator[Stage]:
    """Two providers with a model each; `small`: the first one has a small one besides; `api`: of the second one."""
    first, second, app, clock = OpenAI("thoughts-of-one"), OpenAI("thoughts-of-two"), Starlette(), Clock()
    entries = [Entry(name="one", provider="first"), Entry(name="two", provider="second")]
    entries += [Entry(name="mini", provider="first", role="small")] if small else []
    async with serving(app, "127.0.0.1", 0) as port:
        app.router.routes.extend([*first.routes("/first"), *second.routes("/second")])
        at = f"http://127.0.0.1:{port}"
        providers = {
            "first": Provider(base_url=f"{at}/first/v1"),
            "second": Provider(base_url=f"{at}/second/v1", api=api),
        }
        file = ModelsFile(providers=providers, models=entries, fallback=["one", "two"])
        async with (
            models_file.opened(file, {}) as (model, several),
            helpdesk(folder, model, several=several, now=clock, monotonic=clock.monotonic) as desk,
        ):
            yield Stage(desk, clock, first, second)


async def test_while_the_first_model_is_down_the_second_answers_and_nobody_is_bothered(tmp_path: Path) -> None:
    async with stage(tmp_path) as on:
        on.first.down = True
        thread = await on.desk.say("U0ALEX", WIFI)
        (answer,) = await on.answered(thread, 2)
        assert "KB-" in answer or "wifi" in answer.lower()
        assert await on.routes(thread) == [("one", "easy"), ("two", "fallback")]
        failed = [each for each in await on.desk.items(thread) if isinstance(each, items.ModelFailed)]
        assert [each.model for each in failed] == ["one", "one"]
        outputs = [each for each in await on.desk.items(thread) if isinstance(each, items.ModelOutput)]
        assert {each.model for each in outputs} == {"two"}, "for the rest of the turn"

        on.first.down = False
        await on.desk.say("U0ALEX", "What about my VPN, is that part of the same fix?", thread)
        await on.answered(thread, 4)
        assert await on.routes(thread) == [("one", "easy"), ("two", "fallback"), ("one", "easy")]


async def test_where_all_are_down_people_are_told_once_and_answered_when_one_is_back(tmp_path: Path) -> None:
    async with stage(tmp_path) as on:
        on.first.down = on.second.down = True
        thread = await on.desk.say("U0ALEX", WIFI)
        await until(lambda: on.clock.pass_(0.2) and on.desk.transcript(thread)[1:] == [TOLD])
        start = on.clock.ahead
        await until(lambda: on.clock.pass_(0.5) and (on.clock.ahead - start).total_seconds() > 120)
        assert on.desk.transcript(thread).count(TOLD) == 1
        on.second.down = False
        told = await on.answered(thread, 3)
        assert len(told) == 2
        assert told[0] == TOLD


@pytest.mark.parametrize("api", ["responses", "chat", "plan"])
async def test_what_the_first_model_thought_never_reaches_the_second(tmp_path: Path, api: str) -> None:
    async with stage(tmp_path, api=api) as on:
        on.first.left = 1
        thread = await on.desk.say("U0ALEX", WIFI)
        await on.answered(thread, 2)
        again = [body for body in on.first.bodies[1:] if "thoughts-of-one" in str(body)]
        assert again, "the model that thought so is shown it again"
        assert on.second.bodies
        assert "thoughts-of-one" not in str(on.second.bodies)
        shown = on.second.bodies[0].get("input") or on.second.bodies[0]["messages"][1:]
        assert "search_kb" in str(shown), "what it did is shown to the second, too"


async def test_a_provider_without_quota_is_asked_once_and_the_next_one_answers(tmp_path: Path) -> None:
    async with stage(tmp_path) as on:
        on.first.broke = True
        thread = await on.desk.say("U0ALEX", WIFI)
        assert len(await on.answered(thread, 2)) == 1
        assert len(on.first.bodies) == 1
        assert await on.routes(thread) == [("one", "easy"), ("two", "fallback")]


async def test_easy_questions_are_for_the_small_model_and_long_ones_for_the_large(tmp_path: Path) -> None:
    async with stage(tmp_path, small=True) as on:
        thread = await on.desk.say("U0ALEX", WIFI)
        await on.answered(thread, 2)
        await on.desk.say("U0ALEX", LONG, thread)
        await on.answered(thread, 4)
        assert await on.routes(thread) == [("mini", "easy"), ("one", "long")]
        asked = [body["model"] for body in on.first.bodies]
        assert sorted(asked, key=["mini", "one"].index) == asked
        assert set(asked) == {"mini", "one"}


async def test_one_model_leaves_no_word_of_a_choice_in_the_log(tmp_path: Path) -> None:
    fake, app = OpenAI(), Starlette()
    async with serving(app, "127.0.0.1", 0) as port:
        app.router.routes.extend(fake.routes())
        provider = Provider(base_url=f"http://127.0.0.1:{port}/v1")
        file = ModelsFile(providers={"only": provider}, models=[Entry(name="one", provider="only")])
        async with models_file.opened(file, {}) as (model, several), helpdesk(tmp_path, model, several=several) as desk:
            thread = await desk.say("U0ALEX", LONG)
            await desk.settle()
            assert not {"routed", "rebase"} & set(await desk.kinds(thread))
