"""What Slack says of our work beside the thread: at once when it begins, never for longer than it lasts."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.exchange import Prompt, Reply
from bot.errors import ModelRejected
from bot.model import port
from bot.playground.web_api import ANSWER_LOST, CONNECTION_LOST
from bot.slack import delivery, status
from tests.fakes.model import ScriptedModel, call, say
from tests.rig import CHANNEL, Helpdesk, helpdesk, kill
from tests.slack.edge import Clock, answers, door_of, unheard
from tests.waiting import until

SESSIONS, THREADS, POST = status.SESSIONS, status.THREADS, "chat.postMessage"
RESET = call("reset_password", user_id="U-456")


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "RETRY", 0.05)


class HeldModel(ScriptedModel):
    """Answers when it is let go."""

    def __init__(self, *replies: Reply) -> None:
        super().__init__(replies)
        self.go = asyncio.Event()

    async def reply(self, prompt: Prompt, hear: port.Hear = port.unheard) -> Reply:
        await self.go.wait()
        return await super().reply(prompt, hear)


def said(desk: Helpdesk, since: int = 0) -> list[str]:
    """Posts, and statuses by name, in the order the bot called them."""
    calls = [(name, args) for name, args in desk.slack.calls[since:] if name in (POST, SESSIONS, THREADS)]
    return ["post" if name == POST else str(args["status"]) for name, args in calls]


def signs(desk: Helpdesk) -> list[dict[str, Any]]:
    """The arguments of each status, without the thread."""
    place = ("channel_id", "thread_ts")
    return [
        {key: value for key, value in args.items() if key not in place}
        for name, args in desk.slack.calls
        if name == SESSIONS
    ]


async def test_it_is_seen_at_work_before_the_model_has_said_anything_and_at_rest_behind_the_answer(
    tmp_path: Path,
) -> None:
    model = HeldModel(say("Switch it on."))
    async with helpdesk(tmp_path, model) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down")
        await desk.slack.wait_for(lambda: desk.slack.status(CHANNEL, thread) == "processing")
        assert said(desk) == ["processing"]
        model.go.set()
        await desk.settle()
        assert said(desk) == ["processing", "post", "active"]
        assert signs(desk)[0] == {"status": "processing", "initiator_user_id": "U0ALEX"}


async def test_a_turn_with_tools_gives_one_sign(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([call("search_kb", query="wifi"), say("Found.")])) as desk:
        await desk.say("U0ALEX", "my wifi is down")
        await desk.settle()
        assert said(desk) == ["processing", "post", "active"]


async def test_waiting_for_people_is_said_and_so_is_going_on(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([RESET, say("Done.")])) as desk:
        thread = await desk.say("U0ALEX", "reset U-456")
        await desk.settle()
        assert desk.slack.status(CHANNEL, thread) == "suspended"
        await desk.click("U0DANA", desk.card(thread), "approve")
        await desk.settle()
        assert [each for each in said(desk) if each != "post"] == ["processing", "suspended", "processing", "active"]


async def test_a_denial_ends_the_waiting(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([RESET, say("Sorry.")])) as desk:
        thread = await desk.say("U0ALEX", "reset U-456")
        await desk.settle()
        await desk.deny("U0DANA", desk.card(thread), "no")
        await desk.settle()
        assert desk.slack.status(CHANNEL, thread) == "active"


async def test_after_a_failure_nobody_is_seen_at_work(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([ModelRejected("401")])) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down")
        await desk.settle()
        assert said(desk) == ["processing", "post", "active"]
        assert desk.slack.status(CHANNEL, thread) == "active"


async def test_what_is_not_ours_gives_no_sign(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel()) as desk, door_of(desk) as door:
        said_before = unheard(desk, "U0ALEX", "a reply among others", thread="1700000000.000001")
        edited = unheard(desk, "U0ALEX", "<@U0BOT> again") | {"edited": {"user": "U0ALEX", "ts": "1.1"}}
        posted = unheard(desk, "U0ALEX", "<@U0BOT> hello") | {"bot_id": "B0OTHER"}
        for number, event in enumerate((said_before, edited, posted)):
            assert await door.event(event, f"Ev{number}") == 200
        await desk.settle()
        assert said(desk) == []


async def test_a_message_that_is_delivered_five_times_gives_one_sign(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Hello.")])) as desk, door_of(desk) as door:
        event = unheard(desk, "U0ALEX", "<@U0BOT> hello")
        for retry in range(5):
            assert await door.event(event, f"Ev{retry}", retry) == 200
        await desk.settle()
        assert said(desk) == ["processing", "post", "active"]


@pytest.mark.parametrize(
    ("lacking", "expected"),
    [
        (["agents.sessions"], ["is thinking…", "post", ""]),
        (["agents.sessions", "assistant.threads"], ["post"]),
    ],
)
async def test_workspaces_without_agent_sessions(tmp_path: Path, lacking: list[str], expected: list[str]) -> None:
    clock = Clock()
    async with helpdesk(tmp_path, ScriptedModel([say("One."), say("Two."), say("Three.")]), now=clock) as desk:
        desk.slack.lack(*lacking)
        thread = await desk.say("U0ALEX", "hello")
        await desk.settle()
        assert desk.slack.status(CHANNEL, thread) == ""
        before = len(desk.slack.calls)
        await desk.say("U0ALEX", "and again", thread)
        await desk.settle()
        assert said(desk, before) == expected, "what is not there is not asked for again"
        desk.slack.lack()
        clock.ahead = timedelta(hours=2)
        await desk.say("U0ALEX", "and later", thread)
        await desk.settle()
        assert desk.slack.status(CHANNEL, thread) == "active"


async def test_a_workspace_without_agent_sessions_gets_titles_as_well(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Hello.")])) as desk:
        desk.slack.lack("agents.sessions")
        await desk.say("U0ALEX", "my wifi is down", channel=desk.slack.workspace.open_im("U0ALEX"))
        await desk.settle()
        assert ("assistant.threads.setTitle", "my wifi is down") in [
            (name, args.get("title")) for name, args in desk.slack.calls
        ]


@pytest.mark.parametrize("trouble", ["channel_not_found", "internal_error", 503, CONNECTION_LOST, ANSWER_LOST])
async def test_a_status_that_fails_changes_nothing_else(tmp_path: Path, trouble: str | int) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on."), say("Bye.")])) as desk:
        desk.slack.fail(SESSIONS, 2, trouble)
        thread = await desk.say("U0ALEX", "my wifi is down")
        assert await answers(desk, thread) == ["Switch it on."]
        await desk.say("U0ALEX", "thanks", thread)
        assert await answers(desk, thread) == ["Switch it on.", "Bye."]
        assert desk.slack.status(CHANNEL, thread) == "active"
        assert "close" not in await desk.kinds(thread)


async def test_a_pause_of_statuses_delays_no_answer_and_is_kept(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on."), say("Bye.")])) as desk:
        desk.slack.limit(SESSIONS, 1, retry_after=2)
        thread = await desk.say("U0ALEX", "my wifi is down")
        await desk.slack.wait_for(lambda: len(desk.slack.thread(CHANNEL, thread)) == 2)
        await desk.say("U0ALEX", "thanks", thread)
        await desk.slack.wait_for(lambda: len(desk.slack.thread(CHANNEL, thread)) == 4)
        assert said(desk) == ["processing", "post", "post"], "nothing is asked of Slack during the pause"
        await desk.settle()
        assert said(desk) == ["processing", "post", "post", "active"]


async def test_a_process_that_comes_back_ends_what_a_dead_one_began(tmp_path: Path) -> None:
    model = HeldModel()
    async with helpdesk(tmp_path, model) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down")
        await until(lambda: desk.slack.status(CHANNEL, thread) == "processing")
        kill()
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on.")]), slack=desk.slack) as again:
        await again.settle()
        assert again.slack.status(CHANNEL, thread) == "active"


async def test_a_process_that_died_right_behind_the_answer_has_its_status_ended(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on.")])) as desk:
        desk.slack.limit(SESSIONS, 1, retry_after=100)
        thread = await desk.say("U0ALEX", "my wifi is down")
        await desk.slack.wait_for(lambda: len(desk.slack.thread(CHANNEL, thread)) == 2)
        desk.slack.workspace.statuses[f"{CHANNEL}/{thread}"] = {"status": "processing"}
        kill()
    clock = Clock(timedelta(seconds=200))
    async with helpdesk(tmp_path, ScriptedModel(), slack=desk.slack, now=clock) as again:
        await again.settle()
        assert again.slack.status(CHANNEL, thread) == "active"


async def test_a_direct_message_is_called_as_it_begins_for_ever_and_a_channels_thread_is_not(tmp_path: Path) -> None:
    long = "<@U0SAM> my\nwifi\u202e is down, and " + "so " * 100
    async with helpdesk(tmp_path, ScriptedModel([say("One."), say("Two."), say("Three.")])) as desk:
        direct = desk.slack.workspace.open_im("U0ALEX")
        thread = await desk.say("U0ALEX", long, channel=direct)
        await desk.settle()
        await desk.say("U0ALEX", "something else", thread, channel=direct)
        await desk.settle()
        await desk.say("U0ALEX", "my printer burns")
        await desk.settle()
        titles = [args["title"] for args in signs(desk) if "title" in args]
        assert titles == ["@U0SAM my wifi is down, and so so so so so so so so so so s…"]
        assert len(titles[0]) == status.MAX_TITLE
