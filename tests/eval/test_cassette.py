"""Recordings: what was said is said again to the same prompt on any day, and to no other."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.exchange import (
    Answered,
    Called,
    CallPart,
    Function,
    Opaque,
    OpaquePart,
    Output,
    Prompt,
    PromptItem,
    Reply,
    Said,
    TextPart,
    Usage,
)
from bot.errors import ConfigError, ModelRejected, ModelUnavailable
from bot.eval import cassette
from bot.eval.cassette import Cassette, Player, Recorder
from bot.eval.normal import digest
from tests.fakes.model import Scripted, ScriptedModel, call, say


def prompt(*items: PromptItem, instructions: str = "Help people.", may_call: bool = True, tools: int = 1) -> Prompt:
    functions = tuple(Function(f"tool_{number}", "", {}) for number in range(tools))
    return Prompt(instructions=instructions, items=items, functions=functions, may_call=may_call, cache_key=str(tools))


def dialog(
    request: int = 7, at: str = "2026-11-21T12:00:00+00:00", place: int = 9, slack: str = "1795265579.668192"
) -> Prompt:
    """A request that waited and was approved, in a log where it had that place, at that time."""
    waiting = f'{{"status": "waiting_for_approval", "request": {request}, "tool": "grant_access"}}'
    done = f'{{"status": "approved", "request": {request}, "result": {{"until": "{at}"}}}}'
    return prompt(
        Said("[from U-123]\nGive me access."),
        Called(f"c{place}", "grant_access", "{}"),
        Output(f"c{place}", waiting),
        Answered(f"Request #{request} waits since {at[11:16]} ({slack})."),
        Called(f"r{place + 4}", "request_status", f'{{"request": {request}}}'),
        Output(f"r{place + 4}", done),
    )


async def recorded(asked: Prompt, *replies: Scripted) -> Cassette:
    """What a model that says this gives, one reply after the other, to the same prompt."""
    recorder = Recorder(ScriptedModel(replies))
    for _ in replies:
        try:
            await recorder.reply(asked)
        except (ModelUnavailable, ModelRejected):
            continue
    return Cassette(model=recorder.name, replies=tuple(recorder.replies))


@given(
    request=st.integers(1, 10**8),
    at=st.datetimes().map(lambda at: f"{at:%Y-%m-%dT%H:%M:%S}+00:00".rjust(25, "0")),
    place=st.integers(1, 10**6),
    slack=st.integers(10**9, 10**10 - 1).map(lambda seconds: f"{seconds}.000100"),
)
def test_another_day_and_another_place_in_the_log_are_the_same_prompt(
    request: int, at: str, place: int, slack: str
) -> None:
    assert digest(dialog(request, at, place, slack)) == digest(dialog())


@pytest.mark.parametrize(
    "other",
    [
        prompt(Said("[from U-123]\nGive me access!")),
        prompt(Said("[from U-456]\nGive me access.")),
        prompt(Said("[from U-123]\nGive me access."), instructions="Help nobody."),
        prompt(Said("[from U-123]\nGive me access."), may_call=False),
        prompt(Answered("[from U-123]\nGive me access.")),
        prompt(Said("[from U-123]\nGive me access."), Said("now")),
    ],
)
def test_other_words_are_another_prompt(other: Prompt) -> None:
    assert digest(other) != digest(prompt(Said("[from U-123]\nGive me access.")))


def test_a_new_tool_and_a_provider_s_own_items_void_no_recording() -> None:
    said = Said("hello")
    assert digest(prompt(said, Opaque("m", {"id": "x"}), tools=2)) == digest(prompt(said))


def test_two_requests_are_told_apart() -> None:
    def two(first: int, second: int) -> Prompt:
        return prompt(*(Output("c1", f'{{"request": {number}}}') for number in (first, second, first)))

    assert digest(two(3, 8)) == digest(two(30, 80))
    assert digest(two(3, 8)) != digest(two(3, 3))


async def test_what_was_said_is_said_again_with_the_numbers_of_the_day() -> None:
    said = Reply(
        model="m",
        parts=(TextPart("Request 7 is done."), CallPart("withdraw_request", '{"request": 7}'), OpaquePart({"id": "x"})),
        usage=Usage(input=10, cached=4, output=2),
    )
    tape = await recorded(dialog(7), said)
    heard: list[str] = []
    reply = await Player(tape).reply(dialog(41), heard.append)
    assert reply.parts == (TextPart("Request 41 is done."), CallPart("withdraw_request", '{"request": 41}'))
    assert (reply.model, reply.usage, heard) == ("m", said.usage, ["Request 41 is done."])


async def test_the_same_prompt_again_gets_what_came_next_failures_too() -> None:
    asked = prompt(Said("hello"))
    player = Player(
        await recorded(asked, ModelUnavailable("busy", 3), call("search_kb", query="x"), ModelRejected("no"))
    )
    with pytest.raises(ModelUnavailable):
        await player.reply(asked)
    assert (await player.reply(asked)).parts == (CallPart("search_kb", '{"query": "x"}'),)
    with pytest.raises(ModelRejected):
        await player.reply(asked)
    assert player.unknown == []


async def test_a_prompt_that_was_not_recorded_is_told_and_never_guessed() -> None:
    player = Player(await recorded(prompt(Said("hello")), say("Hi.")))
    with pytest.raises(ModelRejected):
        await player.reply(prompt(Said("hello there")))
    assert player.unknown == [
        (
            "The prompt changed since this was recorded: record again (helpdesk eval --record). "
            "What it shows last: “hello there”"
        )
    ]


async def test_a_file_keeps_all_of_it_but_a_provider_s_own_items(tmp_path: Path) -> None:
    half = Reply(model="m", parts=(TextPart("é\ud800"), OpaquePart({"secret": "reasoning"})), status="incomplete")
    tape = await recorded(prompt(Said("hello")), say("Hi."), half, ModelUnavailable("sk-123 is over its limit"))
    await asyncio.to_thread(cassette.save, tmp_path, "a-case", tape)
    text = cassette.place(tmp_path, "a-case").read_text("utf-8")
    assert "reasoning" not in text
    assert "sk-123" not in text
    read = cassette.load(tmp_path, "a-case")
    assert [each.failure for each in read.replies] == [None, None, "unavailable"]
    assert [part.text for each in read.replies for part in each.parts] == ["Hi.", "é?"]
    assert read.replies[1].status == "incomplete"


def test_no_recording_or_a_broken_one_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Nothing is recorded for this case: record it"):
        cassette.load(tmp_path, "a-case")
    file = cassette.place(tmp_path, "a-case")
    file.parent.mkdir()
    file.write_text('{"model": 1}')
    with pytest.raises(ConfigError, match="is no recording: record it again"):
        cassette.load(tmp_path, "a-case")
