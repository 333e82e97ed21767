"""What each adapter of a real model promises, whatever the model does; a new one joins `dialects`."""

import asyncio
import json
from dataclasses import replace

import pytest

from bot.core.exchange import CallPart, Function, OpaquePart, Prompt, Reply, Said, TextPart, Usage
from bot.errors import ModelError, ModelUnavailable
from bot.model import request
from bot.model.speech import text_of
from tests.model.dialects import APIS, DIALECTS, Dialect, Given
from tests.model.server import Sent

QUERY = {
    "type": "object",
    "properties": {"query": {"type": "string"}},
    "required": ["query"],
    "additionalProperties": False,
}
PROMPT = Prompt(instructions="Help.", items=(Said("Hi."),), functions=(Function("search_kb", "", QUERY),))
SAID = Given(text="The wifi in London is down since this morning.")

everywhere = pytest.mark.parametrize("dialect", [pytest.param(each, id=each.name) for each in DIALECTS])
each_api = pytest.mark.parametrize("dialect", [pytest.param(each, id=each.name) for each in APIS])


def parts(reply: Reply) -> tuple[TextPart | CallPart | OpaquePart, ...]:
    """The parts without thoughts, which nobody is shown."""
    return tuple(part for part in reply.parts if not isinstance(part, OpaquePart))


async def told(dialect: Dialect, given: Given) -> Reply:
    async with dialect.model(dialect.say(given)) as (model, _):
        heard: list[str] = []
        reply = await model.reply(PROMPT, heard.append)
        assert reply.model == model.name
        assert "".join(heard) == text_of(reply)
        return reply


async def failing(dialect: Dialect, *answers: Sent) -> ModelError:
    async with asyncio.timeout(60), dialect.model(*answers) as (model, _):
        with pytest.raises(ModelError) as raised:
            await model.reply(PROMPT)
    return raised.value


@everywhere
async def test_an_answer_is_told_with_its_tokens(dialect: Dialect) -> None:
    reply = await told(dialect, SAID)
    assert (reply.status, parts(reply)) == ("complete", (TextPart(SAID.text),))
    assert reply.usage == Usage(100, 0, 20)


@everywhere
@pytest.mark.parametrize(
    ("given", "arguments"),
    [("{oops", "{oops"), ("", ""), (None, ""), (7, ""), ({"query": "wifi"}, '{"query": "wifi"}'), ("[]", "[]")],
)
async def test_malformed_arguments_arrive_as_they_are(dialect: Dialect, given: object, arguments: str) -> None:
    assert parts(await told(dialect, Given(calls=(("search_kb", given),)))) == (CallPart("search_kb", arguments),)


@everywhere
async def test_a_call_without_name_or_arguments_is_still_a_call(dialect: Dialect) -> None:
    assert parts(await told(dialect, Given(calls=(("", None),)))) == (CallPart("", ""),)


@everywhere
async def test_an_unknown_tool_is_handed_on(dialect: Dialect) -> None:
    assert parts(await told(dialect, Given(calls=(("rm_rf", "{}"),)))) == (CallPart("rm_rf", "{}"),)


@everywhere
async def test_words_before_a_call_are_kept(dialect: Dialect) -> None:
    reply = await told(dialect, Given(text="Let me look.", calls=(("search_kb", "{}"),)))
    assert parts(reply) == (TextPart("Let me look."), CallPart("search_kb", "{}"))


@everywhere
async def test_twenty_parallel_calls_arrive_in_order_whatever_their_call_ids(dialect: Dialect) -> None:
    calls = tuple((f"tool_{at // 2}", json.dumps({"query": str(at)})) for at in range(20))
    reply = await told(dialect, Given(calls=calls, ids=["call_1"] * 10 + [""] * 10))
    assert parts(reply) == tuple(CallPart(f"tool_{at // 2}", json.dumps({"query": str(at)})) for at in range(20))


@everywhere
async def test_a_refusal_is_told_with_its_text(dialect: Dialect) -> None:
    reply = await told(dialect, Given(refusal="I can't help with that."))
    assert (reply.status, parts(reply)) == ("refused", (TextPart("I can't help with that."),))


@everywhere
async def test_a_reply_cut_short_is_incomplete_and_keeps_what_there_is(dialect: Dialect) -> None:
    reply = await told(dialect, Given(text="Half a sent", cut=True))
    assert reply.status == "incomplete"
    if dialect.name == "plan, in prose":
        # where no plan can be read nobody knows what of it is for people
        assert parts(reply) == ()
    else:
        assert parts(reply) == (TextPart("Half a sent"),)


@everywhere
async def test_an_empty_reply_is_returned_empty(dialect: Dialect) -> None:
    reply = await told(dialect, Given())
    assert (reply.status, reply.parts) == ("complete", ())


@everywhere
@pytest.mark.parametrize("text", ["half \ud83d here", "\ude00", "a\x00b", "two 😀😀 whole"])
async def test_what_no_text_can_be_is_never_heard(dialect: Dialect, text: str) -> None:
    reply = await told(dialect, Given(text=text))
    text_of(reply).encode()


@everywhere
@pytest.mark.parametrize(
    ("tokens", "counted"),
    [(None, 0), (-5, 0), ("7", 0), (True, 0), (10**40, 10**7), ([], 0), (1.5, 0)],
)
async def test_wrong_or_missing_usage_is_no_trouble(dialect: Dialect, tokens: object, counted: int) -> None:
    reply = await told(dialect, replace(SAID, tokens=tokens))
    assert reply.usage.output == counted
    assert parts(reply) == (TextPart(SAID.text),)


@each_api
async def test_an_answer_without_end_is_left(dialect: Dialect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request, "MAX_BYTES", 1_000)
    assert isinstance(await failing(dialect, dialect.say(Given(text="x" * 10_000))), ModelUnavailable)
