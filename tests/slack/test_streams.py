"""Answers that grow while the model speaks, and tools seen at work: when that is, and what may be read meanwhile."""

import asyncio
from pathlib import Path

import pytest

from bot.core.exchange import Reply
from bot.errors import ModelUnavailable
from bot.slack import streams
from tests.fakes.model import ScriptedModel, call, say
from tests.rig import CHANNEL, helpdesk
from tests.slack.growing import (
    APPEND,
    FIRST,
    LAST,
    POST,
    SECOND,
    START,
    STOP,
    UPDATE,
    WHOLE,
    bots,
    calls,
    growing,
    in_a_hurry,
    markdown,
    one_whole_answer,
)
from tests.slack.speaking import SpeakingModel
from tests.waiting import until
from tools.spec import Risk, tool

__all__ = ["in_a_hurry"]

pytestmark = pytest.mark.usefixtures("in_a_hurry")


async def test_a_short_answer_is_one_post_however_long_it_takes(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with helpdesk(tmp_path, SpeakingModel(["Switch it ", gate, "on."])) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down")
        await asyncio.sleep(0.2)
        gate.set()
        await one_whole_answer(desk, thread, "Switch it on.")
        assert calls(desk, START, APPEND, STOP, UPDATE, POST) == [POST]


async def test_a_long_answer_that_comes_at_once_is_one_post(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "AFTER", 10.0)
    async with helpdesk(tmp_path, SpeakingModel([FIRST, SECOND, LAST])) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down")
        await one_whole_answer(desk, thread)
        assert calls(desk, START, APPEND, STOP, UPDATE, POST) == [POST]


@pytest.mark.parametrize("private", [False, True])
async def test_a_long_answer_grows_and_is_completed_by_one_call(tmp_path: Path, *, private: bool) -> None:
    first, second = asyncio.Event(), asyncio.Event()
    async with helpdesk(tmp_path, SpeakingModel([FIRST, first, SECOND, second, LAST])) as desk:
        channel = desk.slack.dm("U0ALEX") if private else CHANNEL
        thread = await desk.say("U0ALEX", "my wifi is down", channel=channel)

        def shown() -> str:
            return "".join(markdown(each) for each in desk.slack.thread(channel, thread) if each.user == "U0BOT")

        await until(lambda: "First paragraph" in shown())
        first.set()
        await until(lambda: "Second paragraph" in shown())
        assert WHOLE.startswith(shown()), "word for word a beginning"
        second.set()
        await desk.settle()
        assert shown() == WHOLE
        assert calls(desk, START, STOP, UPDATE, POST) == [START, STOP]
        (begun,) = [given for name, given in desk.slack.calls if name == START]
        assert (begun["recipient_user_id"], begun["recipient_team_id"]) == ("U0ALEX", "T0DEMO")


@tool(risk=Risk.LOW, read_only=True, trusted=True)
async def look_around() -> str:
    """Look around in the server room. Takes a while."""
    await asyncio.sleep(0.4)
    return "nothing"


async def test_a_tool_that_takes_long_is_seen_at_work_and_the_answer_follows_in_the_same_message(
    tmp_path: Path,
) -> None:
    model = SpeakingModel(call("look_around"), ["I found nothing."])
    async with helpdesk(tmp_path, model, tools=[look_around]) as desk:
        thread = await desk.say("U0ALEX", "look around")
        message = await growing(desk, thread, "in_progress")
        assert message.blocks
        assert message.blocks[0]["title"] == "Look around in the server room"
        message = await one_whole_answer(desk, thread, "I found nothing.")
        assert message.blocks
        assert [block.get("status") for block in message.blocks[:2]] == ["complete", None]
        assert calls(desk, START, STOP, UPDATE, POST) == [START, STOP]


async def test_a_tool_that_is_quick_is_not_shown(tmp_path: Path) -> None:
    model = SpeakingModel(call("calculator", expression="6*7"), ["42"])
    async with helpdesk(tmp_path, model) as desk:
        thread = await desk.say("U0ALEX", "what is 6*7")
        await one_whole_answer(desk, thread, "42")
        assert calls(desk, START, STOP, UPDATE, POST) == [POST]


async def test_a_card_takes_the_place_of_a_tool_seen_at_work(tmp_path: Path) -> None:
    model = SpeakingModel(call("look_around"), call("reset_password", user_id="U-456"), ["It was denied."])
    async with helpdesk(tmp_path, model, tools=[look_around]) as desk:
        thread = await desk.say("U0ALEX", "look around and reset the password of U-456")
        stream = await growing(desk, thread, "in_progress")
        await desk.settle()
        card = desk.card(thread)
        assert (card.ts, card.streaming) == (stream.ts, False)
        await desk.click("U0DANA", card, "deny")
        assert await desk.send_reason("U0DANA", "not now") is None
        await desk.settle()
        assert "Denied" in str(desk.card(thread).blocks)
        assert desk.transcript(thread)[-1] == "U0BOT: It was denied."


async def test_a_turn_that_ends_without_an_answer_takes_the_stream_s_place(tmp_path: Path) -> None:
    model = SpeakingModel(call("look_around"), *[[ModelUnavailable("down")] for _ in range(3)], ["Here I am."])
    async with helpdesk(tmp_path, model, tools=[look_around]) as desk:
        thread = await desk.say("U0ALEX", "look around")
        await growing(desk, thread, "in_progress")
        await desk.settle(20)
        assert not any(each.streaming for each in bots(desk, thread))
        assert "Here I am." in desk.transcript(thread)[-1]
        assert calls(desk, START) == [START]


async def test_a_stream_left_idle_is_left_alone_and_completed_by_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "IDLE", 0.1)
    first, second = asyncio.Event(), asyncio.Event()
    async with helpdesk(tmp_path, SpeakingModel([FIRST, first, SECOND, second, LAST])) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down")
        await growing(desk, thread, "First paragraph")
        await asyncio.sleep(0.2)
        first.set()
        await asyncio.sleep(0.1)
        assert calls(desk, APPEND) == []
        second.set()
        await one_whole_answer(desk, thread)
        assert calls(desk, START, STOP, UPDATE, POST) == [START, STOP]


async def test_a_second_attempt_with_other_words_replaces_the_first(tmp_path: Path) -> None:
    gate = asyncio.Event()
    model = SpeakingModel([FIRST, gate, ModelUnavailable("down")], ["Other words."])
    async with helpdesk(tmp_path, model) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down")
        await growing(desk, thread, "First paragraph")
        gate.set()
        await one_whole_answer(desk, thread, "Other words.")


async def test_sixty_thousand_characters_arrive_whole_and_in_order(tmp_path: Path) -> None:
    code = "\n".join(f"netsh step {number}" for number in range(1_500))
    prose = "\n\n".join(f"Paragraph {number} " + "word " * 60 for number in range(130))
    long = f"{prose}\n\n```powershell\n{code}\n```\n\nThat is all."
    assert len(long) > 60_000
    gate = asyncio.Event()
    async with helpdesk(tmp_path, SpeakingModel([long[:30_000], gate, long[30_000:]])) as desk:
        thread = await desk.say("U0ALEX", "tell me everything")
        await growing(desk, thread, "Paragraph 20 ")
        gate.set()
        await desk.settle()
        shown = " ".join(markdown(each) for each in bots(desk, thread))
        bare = shown.replace("```powershell", "").replace("```", "")
        assert bare.split() == long.replace("```powershell", "").replace("```", "").split()
        assert calls(desk, START, STOP, UPDATE) == [START, STOP]


# ── what must not be live ──


async def test_mentions_and_links_in_pieces_are_never_live(tmp_path: Path) -> None:
    words = (
        FIRST + "<!channel> [look](https://evil.example/?q=secret) <@U0DANA> ![x](https://evil.example/x.png) " + LAST
    )
    gate = asyncio.Event()
    pieces = [FIRST, *words[len(FIRST) : -10], gate, words[-10:]]
    async with helpdesk(tmp_path, SpeakingModel(pieces)) as desk:
        thread = await desk.say("U0ALEX", "hello")
        seen = await growing(desk, thread, "x.png")
        assert "](" not in markdown(seen)
        gate.set()
        await desk.settle()
        sent = str([given for name, given in desk.slack.calls if name in (START, APPEND, STOP)])
        assert "<!" not in sent
        assert "<@" not in sent
        assert "](" not in sent
        assert "look (`https://evil.example/?q=secret`)" in sent


WIFI = "https://kb.example/wifi"


@tool(risk=Risk.LOW, read_only=True, trusted=True)
async def find_article(topic: str) -> dict[str, str]:
    """Find an article."""
    return {"url": WIFI, "topic": topic}


@tool(risk=Risk.LOW, read_only=True)
async def read_mail() -> str:
    """Read what somebody wrote."""
    return f"Look at {WIFI}"


@pytest.mark.parametrize(
    ("asked", "live"),
    [
        (call("find_article", topic="wifi"), True),
        (call("read_mail"), False),
        (call("find_article", topic=f"{WIFI} please"), False),
    ],
)
async def test_only_an_address_that_a_trusted_tool_gave_by_itself_is_a_link(
    tmp_path: Path, asked: Reply, *, live: bool
) -> None:
    words = f"See [the article]({WIFI}) or [this one]({WIFI}?q=secret), {WIFI}."
    dead = f"See the article (`{WIFI}`) or this one (`{WIFI}?q=secret`), `{WIFI}`."
    async with helpdesk(tmp_path, ScriptedModel([asked, say(words)]), tools=[find_article, read_mail]) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down")
        await desk.settle()
        (message,) = bots(desk, thread)
        assert markdown(message) == (
            words.replace(f"[this one]({WIFI}?q=secret)", f"this one (`{WIFI}?q=secret`)") if live else dead
        )
