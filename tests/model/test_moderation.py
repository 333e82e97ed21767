"""What is looked at before it is heard: an endpoint over HTTP that flags a word, and what happens where it is away."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from math import inf
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai import AsyncOpenAI

from bot.config import Settings
from bot.core import words
from bot.core.exchange import Answered, CallPart, Output, Prompt, PromptItem, Reply, Said, TextPart, Usage
from bot.core.items import ModelOutput
from bot.errors import ConfigError, NotLooked
from bot.model import harm
from bot.model.harm import MAX_CHARS, MAX_TEXTS, ModerationEndpoint, Remembered
from bot.model.moderation import HELD_BACK, Looks, ModeratedModel
from bot.model.port import Model, Several
from bot.model.speech import text_of
from bot.models import moderated as moderated_by
from bot.run.breakers import CALLS, Breakers
from tests.fakes.model import Scripted, ScriptedModel, call, say, speak
from tests.rig import helpdesk

BAD = "grenade"
POISON = "poison"
LONG = (
    "This sentence is long enough to be let go of alone, because it has so many words in it that say nothing at all. "
)


class Endpoint:
    """Flags texts with the word and refuses requests with the other; `asked` is what it was given, a list a request.

    `down` requests are answered 503.
    """

    def __init__(self, down: float = 0, refusal: int = 400) -> None:
        self.asked: list[list[str]] = []
        self.down = down
        self.refusal = refusal
        self.answer: Any = None

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        assert request.url.path == "/v1/moderations"
        body = json.loads(request.content)
        self.asked.append(body["input"])
        if self.down > 0:
            self.down -= 1
            return httpx2.Response(503, json={"error": {"message": "overloaded"}})
        if any(POISON in text for text in body["input"]):
            return httpx2.Response(self.refusal, json={"error": {"message": "input too long"}})
        results = [{"flagged": BAD in text, "categories": {}} for text in body["input"]]
        return httpx2.Response(200, json=self.answer or {"id": "m1", "model": body["model"], "results": results})


@asynccontextmanager
async def moderated(
    endpoint: Endpoint, model: Model, *, into: bool = True, out: bool = True, fails_open: bool = False
) -> AsyncIterator[ModeratedModel]:
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(endpoint))
    async with AsyncOpenAI(api_key="k", base_url="http://127.0.0.1/v1", max_retries=0, http_client=http) as client:
        looks = Looks(into=into, out=out, fails_open=fails_open, again_s=(0, 0))
        yield ModeratedModel(model, Remembered(ModerationEndpoint(client)), looks)


def asking(*said: str | PromptItem) -> Prompt:
    items = tuple(Said(each) if isinstance(each, str) else each for each in said)
    return Prompt(instructions="", items=items, functions=())


async def reply(endpoint: Endpoint, scripted: Scripted, prompt: Prompt, **looks: bool) -> tuple[Reply, list[str]]:
    """The reply, and what was heard."""
    heard: list[str] = []
    async with moderated(endpoint, ScriptedModel([scripted]), **looks) as model:
        return await model.reply(prompt, heard.append), heard


async def test_what_is_harmless_goes_in_and_comes_out() -> None:
    endpoint = Endpoint()
    given_back, heard = await reply(endpoint, say("Turn it off and on."), asking("my wifi is down"))
    assert text_of(given_back) == "".join(heard) == "Turn it off and on."
    assert endpoint.asked == [["my wifi is down"], ["Turn it off and on."]]


async def test_a_flagged_question_never_reaches_the_model() -> None:
    scripted = ScriptedModel()
    async with moderated(Endpoint(), scripted) as model:
        given_back = await model.reply(asking("hello", f"where do I get a {BAD}"))
    assert scripted.prompts == []
    assert (given_back.status, text_of(given_back)) == ("refused", words.FLAGGED_QUESTION)


async def test_nor_with_a_later_question_and_what_stands_there_instead_is_always_the_same() -> None:
    endpoint, scripted = Endpoint(), ScriptedModel([say("A."), say("B."), say("C.")])
    bad, refused = f"where do I get a {BAD}", Answered(words.FLAGGED_QUESTION)
    async with moderated(endpoint, scripted, out=False) as model:
        await model.reply(asking(bad))
        await model.reply(asking(bad, refused, "thanks anyway"))
        await model.reply(asking(bad, refused, "thanks anyway", Answered("A."), "wifi"))
    async with moderated(Endpoint(), scripted, out=False) as after_a_restart:
        await after_a_restart.reply(asking(bad, refused, "thanks anyway", Answered("A."), "wifi"))
    first, second, third = (prompt.items for prompt in scripted.prompts)
    assert first == (Said(HELD_BACK), refused, Said("thanks anyway"))
    assert second[:3] == first
    assert third == second
    assert endpoint.asked == [[bad], ["thanks anyway"], ["wifi"]], "each text once"


async def test_what_was_flagged_stays_held_back_where_the_endpoint_is_away_and_the_rest_goes_through() -> None:
    endpoint, scripted = Endpoint(), ScriptedModel([say("A.")])
    async with moderated(endpoint, scripted, out=False, fails_open=True) as model:
        await model.reply(asking(BAD))
        endpoint.down = 1
        await model.reply(asking(BAD, Answered(words.FLAGGED_QUESTION), "wifi"))
    assert scripted.prompts[0].items[::2] == (Said(HELD_BACK), Said("wifi"))


async def test_a_flagged_answer_is_replaced_and_its_calls_are_gone_but_not_what_it_took() -> None:
    parts, used = (TextPart(f"Take a {BAD}."), CallPart("wipe_device", "{}")), Usage(input=10, output=5)
    given_back, heard = await reply(Endpoint(), Reply(model="m", parts=parts, usage=used), asking("hello"))
    assert given_back == Reply(model="m", parts=(TextPart(words.FLAGGED_ANSWER),), status="refused", usage=used)
    assert BAD not in "".join(heard)


async def test_what_people_wrote_is_looked_at_once() -> None:
    endpoint = Endpoint()
    items = ("old", Answered("Yes."), "new", Output("c1", "[]"))
    async with moderated(endpoint, ScriptedModel([call("x"), say("A.")]), out=False) as model:
        await model.reply(asking(*items))
        await model.reply(asking(*items, Output("c2", "[]")))
    assert endpoint.asked == [["old", "new"]]


async def test_what_was_found_out_before_the_endpoint_failed_is_not_asked_again() -> None:
    endpoint, many = Endpoint(refusal=503), [f"text {n}" for n in range(MAX_TEXTS)]
    async with moderated(endpoint, ScriptedModel(), out=False) as model:
        for _ in range(2):
            with pytest.raises(NotLooked):
                await model.reply(asking(*many, POISON))
    assert sorted(map(len, endpoint.asked)) == [1, 1, MAX_TEXTS]


async def test_what_is_forgotten_is_asked_again_and_what_was_used_last_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(harm, "MAX_KNOWN", 2)
    endpoint, scripted = Endpoint(), ScriptedModel([say("A.")] * 6)
    async with moderated(endpoint, scripted, out=False) as model:
        for said in ("one", "two", "one", "three", "one"):
            await model.reply(asking(said))
        assert endpoint.asked == [["one"], ["two"], ["three"]]
        await model.reply(asking(BAD, Answered("No."), "one", "two", "three"))
    assert endpoint.asked[3:] == [[BAD, "two"]]
    assert scripted.prompts[-1].items[0] == Said(HELD_BACK), "more texts than can be remembered"


async def test_an_answer_is_heard_sentence_by_sentence_and_no_further_than_what_was_looked_at() -> None:
    endpoint, gate, heard = Endpoint(), asyncio.Event(), list[str]()
    async with moderated(
        endpoint, ScriptedModel([speak(LONG * 2, "And then", gate, f" take a {BAD}. ", LONG)])
    ) as model:
        asked = asyncio.create_task(model.reply(asking("hello"), heard.append))
        while not heard:
            await asyncio.sleep(0)
        assert "".join(heard) == (LONG * 2).rstrip()
        gate.set()
        given_back = await asked
    assert text_of(given_back) == words.FLAGGED_ANSWER
    assert BAD not in "".join(heard)


async def test_where_nobody_can_say_a_question_waits_or_goes_through() -> None:
    scripted = ScriptedModel([say("Yes.")])
    async with moderated(Endpoint(down=inf), scripted) as model:
        with pytest.raises(NotLooked, match="moderation endpoint did not answer"):
            await model.reply(asking("hello"))
    assert scripted.prompts == []
    given_back, heard = await reply(Endpoint(down=inf), say("Yes."), asking("hello"), fails_open=True)
    assert text_of(given_back) == "".join(heard) == "Yes."


@pytest.mark.parametrize(("down", "shown"), [(2, "Yes."), (inf, words.FLAGGED_ANSWER)])
async def test_an_answer_nobody_can_look_at_is_tried_again_then_held_back_and_paid_for_once(
    down: float, shown: str
) -> None:
    bought = replace(say("Yes."), usage=Usage(input=10, output=5))
    given_back, heard = await reply(Endpoint(down), bought, asking("hello"), into=False)
    assert (text_of(given_back), given_back.model, given_back.usage) == (shown, bought.model, bought.usage)
    assert heard == (["Yes."] if shown == "Yes." else [])


@pytest.mark.parametrize("refusal", [400, 401, 404, 413])
async def test_a_text_the_endpoint_refuses_is_held_back_or_goes_through_and_is_no_outage(refusal: int) -> None:
    held, _ = await reply(Endpoint(refusal=refusal), say("Yes."), asking(POISON))
    assert (held.status, text_of(held)) == ("refused", words.FLAGGED_QUESTION)
    held, heard = await reply(Endpoint(refusal=refusal), say(POISON), asking("hello"))
    assert (text_of(held), heard) == (words.FLAGGED_ANSWER, [])
    passed, _ = await reply(Endpoint(refusal=refusal), say(POISON), asking(POISON), fails_open=True)
    assert text_of(passed) == POISON


@pytest.mark.parametrize("status", [408, 409, 425, 429])
async def test_an_endpoint_that_asks_to_wait_is_away(status: int) -> None:
    with pytest.raises(NotLooked):
        await reply(Endpoint(refusal=status), say("Yes."), asking(POISON))


async def test_one_text_the_endpoint_refuses_spoils_no_other() -> None:
    scripted = ScriptedModel([say("A.")])
    async with moderated(Endpoint(), scripted, out=False) as model:
        await model.reply(asking("one", POISON, BAD, "two", Answered("No."), "three"))
    said = [item.text for item in scripted.prompts[0].items if isinstance(item, Said)]
    assert said == ["one", HELD_BACK, HELD_BACK, "two", "three"]


@pytest.mark.parametrize(("said", "down"), [("hello", inf), (POISON, 0)])
async def test_that_nobody_can_look_does_not_shut_the_models_provider(said: str, down: float) -> None:
    breakers, endpoint = Breakers(lambda: 0.0, lambda: 0), Endpoint(down)
    async with moderated(endpoint, ScriptedModel([say("Yes.")])) as model:
        for _ in range(CALLS):
            with suppress(NotLooked):
                await breakers.ask("one", partial(model.reply, asking(said)))
        endpoint.down = 0
        assert text_of(await breakers.ask("one", partial(model.reply, asking("hi")))) == "Yes."


async def test_without_anybody_to_look_there_is_no_start() -> None:
    settings = Settings.model_construct(helpdesk_moderation="in", openai_base_url="http://127.0.0.1:1/v1")
    with pytest.raises(ConfigError, match="OPENAI_API_KEY, or HELPDESK_MODERATION_URL"):
        async with moderated_by(settings, ScriptedModel(), Several()):
            pass
    own = settings.model_copy(update={"helpdesk_moderation_url": "http://127.0.0.1:1/v1"})
    async with moderated_by(own, ScriptedModel(), Several()) as (model, _):
        assert isinstance(model, ModeratedModel)


@pytest.mark.parametrize("answer", [{"results": []}, {"results": "x"}, {"x": 1}, [1], "x"])
async def test_an_answer_that_is_none_says_nothing(answer: object) -> None:
    endpoint = Endpoint()
    endpoint.answer = answer
    with pytest.raises(NotLooked):
        await reply(endpoint, say("Yes."), asking("hello"))


async def test_a_result_that_does_not_say_harmless_is_taken_for_harmful() -> None:
    endpoint = Endpoint()
    endpoint.answer = {"results": [{"flagged": None}]}
    given_back, _ = await reply(endpoint, say("Yes."), asking("hello"))
    assert given_back.status == "refused"


async def test_what_is_long_is_looked_at_in_pieces_to_its_end() -> None:
    endpoint = Endpoint()
    question = "a" * MAX_CHARS * (MAX_TEXTS + 2) + BAD
    given_back, _ = await reply(endpoint, say("Yes."), asking(question))
    assert given_back.status == "refused"
    assert [len(each) for each in endpoint.asked] == [MAX_TEXTS, 3]


@given(st.lists(st.text(alphabet=f"{BAD} .!?\n", max_size=300), max_size=12))
async def test_however_an_answer_is_cut_nothing_flagged_is_heard_and_nothing_harmless_lost(pieces: list[str]) -> None:
    whole = text_of(say("".join(pieces)))
    given_back, heard = await reply(Endpoint(), say("".join(pieces)) if not whole else speak(whole), asking("hello"))
    assert BAD not in "".join(heard)
    if BAD in whole:
        assert text_of(given_back) == words.FLAGGED_ANSWER
    else:
        assert "".join(heard) == text_of(given_back) == whole


async def test_in_a_thread_the_person_is_told_and_the_next_question_is_answered(tmp_path: Path) -> None:
    endpoint, scripted = Endpoint(), ScriptedModel([say("Turn it off and on.")])
    async with (
        moderated(endpoint, scripted) as model,
        helpdesk(tmp_path, model) as desk,
    ):
        thread = await desk.say("U0ALEX", f"sell me a {BAD}")
        await desk.settle()
        await desk.say("U0ALEX", "then help me with my wifi", thread=thread)
        await desk.settle()
        assert [words.FLAGGED_QUESTION in desk.transcript(thread)[1], "Turn it off" in desk.transcript(thread)[-1]] == [
            True,
            True,
        ]
        outputs = [each for each in await desk.items(thread) if isinstance(each, ModelOutput)]
        assert [(each.model, each.status) for each in outputs] == [("moderation", "refused"), ("scripted", "complete")]
    assert BAD not in str(scripted.prompts)
    assert HELD_BACK in str(scripted.prompts)


async def test_in_a_thread_an_answer_nobody_can_look_at_is_asked_for_once_and_on_the_bill(tmp_path: Path) -> None:
    scripted = ScriptedModel([replace(say("Yes."), usage=Usage(input=10, output=5))])
    async with moderated(Endpoint(down=inf), scripted, into=False) as model, helpdesk(tmp_path, model) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down")
        await desk.settle()
        assert words.FLAGGED_ANSWER in desk.transcript(thread)[1]
        outputs = [each for each in await desk.items(thread) if each.kind in ("model_output", "model_failed")]
    (output,) = outputs
    assert isinstance(output, ModelOutput)
    assert (output.model, output.status, output.tokens_in, output.tokens_out) == ("scripted", "refused", 10, 5)
