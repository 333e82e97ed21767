"""What each adapter of a real model promises, whatever the model behind it does; a new adapter joins `ADAPTERS`."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

import httpx2
import pytest

from bot.core.exchange import CallPart, Function, Prompt, Reply, Said, TextPart
from bot.model.port import Model
from bot.model.speech import text_of
from tests.model import provider

Speak = Callable[..., AbstractAsyncContextManager[Model]]
PROMPT = Prompt(instructions="Help.", items=(Said("Hi."),), functions=(Function("search_kb", "", {"type": "object"}),))


def responses(
    answer: Callable[..., httpx2.Response], *output: Mapping[str, Any], status: str = "completed"
) -> AbstractAsyncContextManager[Model]:
    """The Responses adapter, whose provider answers once with these output items."""
    answered = answer(*output, status=status, incomplete_details={"reason": "max_output_tokens"})
    return provider.model_at(provider.Provider([answered]))


ADAPTERS = [
    pytest.param(partial(responses, provider.response), id="responses"),
    pytest.param(partial(responses, provider.plain), id="responses that are not streamed"),
]


async def told(speak: Speak, *output: Mapping[str, Any], status: str = "completed") -> Reply:
    async with speak(*output, status=status) as model:
        heard: list[str] = []
        reply = await model.reply(PROMPT, heard.append)
        assert reply.model == model.name
        assert "".join(heard) == text_of(reply)
        return reply


@pytest.mark.parametrize("speak", ADAPTERS)
@pytest.mark.parametrize(
    ("given", "arguments"),
    [("{oops", "{oops"), ("", ""), (None, ""), (7, ""), ({"query": "wifi"}, '{"query": "wifi"}'), ("[]", "[]")],
)
async def test_malformed_arguments_arrive_as_they_are(speak: Speak, given: object, arguments: str) -> None:
    reply = await told(speak, provider.function_call(arguments=given))
    assert reply.parts == (CallPart("search_kb", arguments),)


@pytest.mark.parametrize("speak", ADAPTERS)
async def test_a_call_without_name_or_arguments_is_still_a_call(speak: Speak) -> None:
    reply = await told(speak, {"type": "function_call"})
    assert reply.parts == (CallPart("", ""),)


@pytest.mark.parametrize("speak", ADAPTERS)
async def test_an_unknown_tool_is_handed_on(speak: Speak) -> None:
    reply = await told(speak, provider.function_call(name="rm_rf"))
    assert reply.parts == (CallPart("rm_rf", "{}"),)


@pytest.mark.parametrize("speak", ADAPTERS)
async def test_twenty_parallel_calls_arrive_in_order_whatever_their_call_ids(speak: Speak) -> None:
    ids = ["call_1"] * 10 + [""] * 9
    output = [provider.function_call(call_id, f"tool_{at}") for at, call_id in enumerate(ids)]
    reply = await told(speak, *output, {"type": "function_call", "name": "tool_19", "arguments": "{}"})
    assert reply.parts == tuple(CallPart(f"tool_{at}", "{}") for at in range(20))


@pytest.mark.parametrize("speak", ADAPTERS)
async def test_a_refusal_is_told_with_its_text(speak: Speak) -> None:
    refusal = provider.message() | {"content": [{"type": "refusal", "refusal": "I can't help with that."}]}
    reply = await told(speak, refusal)
    assert (reply.status, reply.parts) == ("refused", (TextPart("I can't help with that."),))


@pytest.mark.parametrize("speak", ADAPTERS)
async def test_a_reply_cut_short_is_incomplete_and_keeps_what_there_is(speak: Speak) -> None:
    reply = await told(speak, provider.message("Half a sent"), status="incomplete")
    assert (reply.status, reply.parts) == ("incomplete", (TextPart("Half a sent"),))


@pytest.mark.parametrize("speak", ADAPTERS)
@pytest.mark.parametrize("output", [[], [provider.message("")], [{"type": "message"}], [{}]])
async def test_an_empty_reply_is_returned_empty(speak: Speak, output: list[dict[str, Any]]) -> None:
    reply = await told(speak, *output)
    assert (reply.status, reply.parts) == ("complete", ())
