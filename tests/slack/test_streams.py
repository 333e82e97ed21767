"""Answers that grow while the model speaks: shown early, completed in place, exactly once, whatever happens."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot.core.exchange import Reply
from bot.errors import ModelUnavailable
from bot.playground.messages import Message
from bot.playground.web_api import ANSWER_LOST, CONNECTION_LOST
from bot.slack import delivery, streams
from bot.store import streams as rows
from tests.fakes.model import ScriptedModel, call, say
from tests.rig import CHANNEL, Helpdesk, helpdesk, kill
from tests.slack.edge import until
from tests.slack.speaking import Piece, SpeakingModel
from tools.spec import Risk, tool

START, APPEND, STOP, UPDATE, POST = (
    "chat.startStream",
    "chat.appendStream",
    "chat.stopStream",
    "chat.update",
    "chat.postMessage",
)

FIRST = "First paragraph, about wifi. " * 30
SECOND = "\n\nSecond paragraph, about printers. " * 10
LAST = "\n\nThat is all."
WHOLE = FIRST + SECOND + LAST


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "RETRY", 0.05)
    monkeypatch.setattr(streams, "AFTER", 0.05)
    monkeypatch.setattr(streams, "TOOL_AFTER", 0.05)
    monkeypatch.setattr(streams, "PAUSE", 0.02)
    monkeypatch.setattr(streams, "PAUSE_EACH", 0.02)


def calls(desk: Helpdesk, *methods: str) -> list[str]:
    """The calls of these methods, in their order."""
    return [name for name, _ in desk.slack.calls if name in methods]


def bots(desk: Helpdesk, thread: str) -> list[Message]:
    """The bot's messages in the thread."""
    return [each for each in desk.slack.thread(CHANNEL, thread) if each.user == "U0BOT"]


def markdown(message: Message) -> str:
    """What the message says."""
    return "".join(block["text"] for block in message.blocks or [] if block["type"] == "markdown")


def solid(text: str) -> str:
    """Without white space."""
    return "".join(text.split())


async def growing(desk: Helpdesk, thread: str, until_it_says: str) -> Message:
    """The stream in the thread, once it shows this."""
    await until(lambda: any(until_it_says in str(each.blocks) and each.streaming for each in bots(desk, thread)))
    (message,) = bots(desk, thread)
    return message


async def one_whole_answer(desk: Helpdesk, thread: str, answer: str = WHOLE) -> Message:
    """The one message that stands in the thread in the end."""
    await desk.settle()
    (message,) = bots(desk, thread)
    assert solid(markdown(message)) == solid(answer)
    assert not message.streaming
    assert message.metadata, "it can be found again"
    return message


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
        assert [block.get("status") for block in message.blocks] == ["complete", None]
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


# ── what may go wrong ──


@pytest.mark.parametrize(
    "how", [502, "internal_error", "fatal_error", "not_allowed", CONNECTION_LOST, ANSWER_LOST, 429]
)
@pytest.mark.parametrize("method", [START, APPEND, STOP])
async def test_the_answer_arrives_once_whatever_befalls_the_stream(tmp_path: Path, method: str, how: str | int) -> None:
    first, second = asyncio.Event(), asyncio.Event()
    async with helpdesk(tmp_path, SpeakingModel([FIRST, first, SECOND, second, LAST])) as desk:
        if how == 429:
            desk.slack.limit(method, 1, retry_after=1)
        else:
            desk.slack.fail(method, 1, how)
        thread = await desk.say("U0ALEX", "my wifi is down")
        await until(lambda: bool(calls(desk, START)))
        await asyncio.sleep(0.05)
        first.set()
        await asyncio.sleep(0.1)
        second.set()
        await one_whole_answer(desk, thread)


@pytest.mark.parametrize("moment", ["growing", "before the last words", "completing"])
async def test_a_stream_that_slack_ended_is_completed_in_its_place(tmp_path: Path, moment: str) -> None:
    first, second = asyncio.Event(), asyncio.Event()
    async with helpdesk(tmp_path, SpeakingModel([FIRST, first, SECOND, second, LAST])) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down")
        stream = await growing(desk, thread, "First paragraph")
        if moment == "growing":
            desk.slack.end_streams()
        first.set()
        if moment != "growing":
            await growing(desk, thread, "Second paragraph")
            desk.slack.end_streams()
        second.set()
        assert (await one_whole_answer(desk, thread)).ts == stream.ts


@pytest.mark.parametrize("code", ["edit_window_closed", "message_not_found", "cant_update_message"])
async def test_a_stream_that_can_not_be_changed_any_more_is_said_again_whole(tmp_path: Path, code: str) -> None:
    gate = asyncio.Event()
    async with helpdesk(tmp_path, SpeakingModel([FIRST, gate, LAST])) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down")
        await growing(desk, thread, "First paragraph")
        desk.slack.end_streams()
        desk.slack.fail(UPDATE, 1, code)
        gate.set()
        await desk.settle()
        *_, last = bots(desk, thread)
        assert solid(markdown(last)) == solid(FIRST + LAST)
        assert calls(desk, POST) == [POST]


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


# ── processes that die ──


async def _while_it_grows(desk: Helpdesk, thread: str) -> None:
    await growing(desk, thread, "First paragraph")


async def _before_slack_answers(desk: Helpdesk, thread: str) -> None:
    await until(lambda: any(each.streaming for each in bots(desk, thread)))


@pytest.mark.parametrize("answer", [WHOLE, "Other words."])
@pytest.mark.parametrize("moment", [_while_it_grows, _before_slack_answers])
async def test_killed_while_the_answer_grows(
    tmp_path: Path, moment: Callable[[Helpdesk, str], Awaitable[None]], answer: str
) -> None:
    async with helpdesk(tmp_path, SpeakingModel([FIRST, asyncio.Event()])) as desk:
        if moment is _before_slack_answers:
            desk.slack.fail(START, 1, ANSWER_LOST)
        thread = await desk.say("U0ALEX", "my wifi is down")
        await moment(desk, thread)
        kill()
    async with helpdesk(tmp_path, ScriptedModel([say(answer)]), slack=desk.slack) as again:
        message = await one_whole_answer(again, thread, answer)
        assert message.ts == min(each.ts for each in bots(again, thread))
        assert calls(again, POST) == []


async def test_killed_after_the_answer_was_stored_and_before_the_stream_was_completed(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with helpdesk(tmp_path, SpeakingModel([FIRST, gate, LAST])) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down")
        await growing(desk, thread, "First paragraph")
        desk.slack.fail(STOP, 1, CONNECTION_LOST)
        gate.set()
        await until(lambda: bool(calls(desk, STOP)))
        kill()
    async with helpdesk(tmp_path, ScriptedModel(), slack=desk.slack) as again:
        await one_whole_answer(again, thread, FIRST + LAST)


async def test_streams_that_nothing_completes_are_ended_at_the_next_start(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say(FIRST), say(FIRST)])) as desk:
        threads = [await desk.say("U0ALEX", "my wifi is down") for _ in range(2)]
        await desk.settle()
        found, gone = (bots(desk, thread)[0] for thread in threads)
        desk.slack.workspace.store(found.model_copy(update={"streaming": True}))

        def open_again(connection: Connection) -> None:
            for thread, ts in zip(threads, (found.ts, "1.000001"), strict=True):
                row = rows.reserve(connection, f"T0DEMO:{CHANNEL}:{thread}", "T0DEMO", float(gone.ts), "gone")
                assert row
                rows.note(connection, row, ts)

        await desk.bot.database.run(open_again)
    async with helpdesk(tmp_path, ScriptedModel(), slack=desk.slack) as again:
        await until(lambda: calls(again, STOP) == [STOP, STOP])
        await until(lambda: not bots(again, threads[0])[0].streaming)
        assert await again.bot.database.run(rows.left) == []


@pytest.mark.parametrize("seed", range(8))
async def test_one_whole_message_is_left_whatever_happens_together(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 -- repeatable
    gates = [asyncio.Event() for _ in range(3)]
    pieces: list[Piece] = [FIRST, gates[0], SECOND, gates[1], SECOND, gates[2], LAST]
    whole = "".join(each for each in pieces if isinstance(each, str))
    async with helpdesk(tmp_path, SpeakingModel(pieces)) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down")
        for gate in gates:
            _trouble(desk, chance)
            await asyncio.sleep(chance.random() * 0.15)
            if chance.random() < 0.3:
                desk.slack.end_streams()
            gate.set()
        await asyncio.sleep(chance.random() * 0.05)
        kill()
    _trouble(desk, chance)
    async with helpdesk(tmp_path, ScriptedModel([say(whole)]), slack=desk.slack) as again:
        await one_whole_answer(again, thread, whole)


def _trouble(desk: Helpdesk, chance: random.Random) -> None:
    """Perhaps Slack is about to misbehave."""
    method = chance.choice([START, APPEND, STOP, UPDATE, POST, "conversations.replies"])
    match chance.choice([None, 502, "internal_error", CONNECTION_LOST, ANSWER_LOST, 429]):
        case 429:
            desk.slack.limit(method, 1, retry_after=0)
        case str() | int() as how:
            desk.slack.fail(method, 1, how)


# ── limits ──


async def test_all_workers_together_begin_no_more_streams_in_a_minute_than_slack_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "MOST", 2)
    gate = asyncio.Event()
    answers: list[list[Piece]] = [[FIRST, gate, LAST] for _ in range(4)]
    async with helpdesk(tmp_path, SpeakingModel(*answers)) as desk:
        threads = [await desk.say(user, "my wifi is down") for user in ("U0ALEX", "U0SAM", "U0MARIA", "U0OMAR")]
        await until(lambda: sum(each.streaming for thread in threads for each in bots(desk, thread)) == 2)
        await asyncio.sleep(0.1)
        gate.set()
        for thread in threads:
            await one_whole_answer(desk, thread, FIRST + LAST)
        assert sorted(calls(desk, START, POST)) == [POST, POST, START, START]


async def test_streams_at_once_share_what_slack_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "PAUSE_EACH", 100.0)
    gate = asyncio.Event()
    answers: list[list[Piece]] = [[FIRST, gate, LAST] for _ in range(2)]
    async with helpdesk(tmp_path, SpeakingModel(*answers)) as desk:
        threads = [await desk.say(user, "my wifi is down") for user in ("U0ALEX", "U0SAM")]
        await until(lambda: len(calls(desk, START)) == 2)
        await asyncio.sleep(0.1)
        assert calls(desk, APPEND) == []
        gate.set()
        for thread in threads:
            await one_whole_answer(desk, thread, FIRST + LAST)


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
