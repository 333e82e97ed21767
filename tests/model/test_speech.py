"""What is heard of a reply is always the beginning of what the log keeps of it, and in the end all of it."""

import json
import os
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.core import items
from bot.core.exchange import OpaquePart, Reply, TextPart
from bot.errors import ModelUnavailable
from bot.model import speech
from bot.model.port import Hear
from bot.model.responses_items import reply_of
from bot.model.speech import Speech, text_of
from tests.fakes import chunks, events
from tests.model.dialects import CHAT, PLAN
from tests.model.provider import PROMPT, Provider, function_call, message, model_at, reasoning, response, stream
from tests.model.server import Sent

#: text with what is delicate in it: white space, NUL, halves of characters, and characters that consist of two
TEXT_OF_ANSWERS = st.sampled_from(["a", "b", " ", "\n", "\t", "\x00", "\ud83d", "\ude00", "😀", "\u2028", "é"])
TEXT = st.text(TEXT_OF_ANSWERS, max_size=12)
CUTS = st.lists(st.integers(1, 4), min_size=1, max_size=6)


def refusal(text: str) -> dict[str, Any]:
    return message() | {"content": [{"type": "refusal", "refusal": text}]}


def thought(text: str) -> dict[str, Any]:
    return reasoning() | {"summary": [{"type": "summary_text", "text": text}]}


OUTPUT = st.lists(
    st.one_of(
        st.lists(TEXT, max_size=3).map(lambda texts: message(*texts)),
        TEXT.map(refusal),
        TEXT.map(thought),
        st.builds(function_call, arguments=TEXT),
    ),
    max_size=4,
)


def kept(reply: Reply) -> str:
    """The text of the ModelOutput made of the reply."""
    texts = tuple(items.Text(text=part.text) for part in reply.parts if isinstance(part, TextPart))
    return items.ModelOutput(turn=1, seen=1, model="", prompt="", status=reply.status, parts=texts).text


def halves(text: str) -> str:
    """Each character that UTF-16 writes as two, as two."""
    pairs = text.encode("utf-16-be", "surrogatepass")
    return "".join(chr(int.from_bytes(pairs[at : at + 2])) for at in range(0, len(pairs), 2))


def cut_at(lengths: list[int]) -> events.Cut:
    """Cuts texts in pieces of these lengths, also through the middle of a character."""

    def cut(text: str) -> list[str]:
        left, pieces = halves(text), []
        for at in range(len(left)):
            length = lengths[at % len(lengths)]
            pieces.append(left[:length])
            left = left[length:]
        return [piece for piece in pieces if piece] + [left] * bool(left)

    return cut


@given(OUTPUT, CUTS)
@example([message("\ud83d", "\ude00")], [1])
async def test_what_is_heard_is_at_every_moment_a_prefix_and_in_the_end_the_whole_text(
    output: list[dict[str, Any]], lengths: list[int]
) -> None:
    whole = events.response(*output)
    expected = kept(reply_of("", json.loads(json.dumps(whole))))
    heard: list[str] = []

    def hear(piece: str) -> None:
        heard.append(piece)
        assert piece
        assert expected.startswith("".join(heard))

    async with model_at(Provider([stream(events.sse(events.events(whole, cut_at(lengths))))])) as model:
        reply = await model.reply(PROMPT, hear)
    assert "".join(heard) == kept(reply) == text_of(reply) == expected


async def heard_whole(text: str, chat: bool, lengths: list[int], survivors: int) -> None:
    """The text from a server of chunks, which are cut anyhow; after so many of them the line breaks."""
    said = text if chat else json.dumps({"steps": [{"action": "finish", "note": text}]})
    told = list(chunks.chunks(chunks.completion(said), cut_at(lengths)))
    expected = text_of(Reply(model="", parts=(TextPart(json.loads(json.dumps(text))),)))
    heard: list[str] = []

    def hear(piece: str) -> None:
        heard.append(piece)
        assert piece
        assert expected.startswith("".join(heard))

    survived = survivors >= len(told) - 1
    answer = Sent((chunks.sse(told[:survivors], b""),))
    async with (CHAT if chat else PLAN).model(answer) as (model, _):
        if not survived:
            with pytest.raises(ModelUnavailable):
                await model.reply(PROMPT, hear)
            return
        reply = await model.reply(PROMPT, hear)
    assert "".join(heard) == kept(reply) == text_of(reply) == expected


@settings(max_examples=200 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 25)
@given(st.text(TEXT_OF_ANSWERS, min_size=1, max_size=40), st.booleans(), CUTS, st.integers(0, 60))
@example("\ud83d\ude00 it is down", True, [1], 99)
@example("\ud83d\ude00 it is \ud83d down", False, [1], 99)
async def test_text_in_chunks_is_heard_as_the_log_keeps_it(
    text: str, chat: bool, lengths: list[int], survivors: int
) -> None:
    await heard_whole(text, chat, lengths, survivors)


@given(OUTPUT, CUTS, st.integers(0, 60))
async def test_of_an_answer_that_breaks_off_a_beginning_was_heard(
    output: list[dict[str, Any]], lengths: list[int], survivors: int
) -> None:
    whole = events.response(*output)
    told = list(events.events(whole, cut_at(lengths)))[:-1][:survivors]
    heard: list[str] = []
    async with model_at(Provider([stream(events.sse(told))])) as model:
        with pytest.raises(ModelUnavailable):
            await model.reply(PROMPT, heard.append)
    assert kept(reply_of("", json.loads(json.dumps(whole)))).startswith("".join(heard))


async def test_text_is_heard_as_it_comes_and_neither_reasoning_nor_arguments_are() -> None:
    heard: list[str] = []
    output = thought("Hm, the wifi."), message("Let me ", "look."), function_call(arguments='{"query": "wifi"}')
    async with model_at(Provider([response(*output, message("Done."))])) as model:
        await model.reply(PROMPT, heard.append)
    assert heard == ["Let", " me", " look", ".", "\n\nDone", "."]


async def test_a_provider_that_takes_back_what_it_said_is_heard_no_more_and_its_reply_counts() -> None:
    heard: list[str] = []
    told = list(events.events(events.response(message("It is up."))))
    told[-1]["response"] = events.response(message("It is down."))
    async with model_at(Provider([stream(events.sse(told))])) as model:
        reply = await model.reply(PROMPT, heard.append)
    assert "".join(heard) == "It is up."
    assert reply.parts == (TextPart("It is down."),)


def spoken(hear: Hear, *pieces: tuple[speech.Place, str]) -> Speech:
    made = Speech(hear)
    for place, text in pieces:
        made.say(place, text)
    return made


def test_pieces_of_an_earlier_place_end_the_hearing_until_the_reply_is_there() -> None:
    heard: list[str] = []
    made = spoken(heard.append, ((1, 0), "b"), ((0, 0), "a"), ((1, 0), "c"))
    assert heard == ["b"]
    made.end(Reply(model="", parts=(TextPart("bcd"), OpaquePart({}))))
    assert heard == ["b", "cd"]


def test_only_so_much_is_heard_before_the_reply_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech, "MAX_HEARD", 3)
    heard: list[str] = []
    spoken(heard.append, ((0, 0), "ab"), ((0, 0), "cd"), ((0, 0), "e"))
    assert heard == ["ab"]
