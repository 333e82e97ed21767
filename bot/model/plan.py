"""The portable JSON plan as a Model: for models without function calling, over Chat Completions.

The model answers with one JSON object; what is no plan is sent back once with what was wrong. Thoughts are kept for
debugging, as items of our own that are shown to nobody and never sent again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial

from openai import AsyncOpenAI

from bot.core.exchange import CallPart, OpaquePart, Prompt, Reply, TextPart, Usage
from bot.model import values
from bot.model.chat import Completions
from bot.model.chat_answer import TEXT, Completion
from bot.model.chat_items import Message
from bot.model.lighter import Lighter, Taste
from bot.model.plan_items import OPTIONS, complaint, request_body
from bot.model.plan_note import Note, partial_note
from bot.model.plan_steps import NoPlan, Plan, plan_of
from bot.model.port import Hear, unheard
from bot.model.request import in_time
from bot.model.speech import Place, Speech

#: times in a row that a plan may only think
MAX_THINKING = 3
#: characters of a finish note, and what is said where it was cut
MAX_NOTE = 10_000
CUT = "\n\n_The rest of this answer was too long and is left out._"
#: characters kept of a thought
MAX_THOUGHT = 2_000

GO_ON = "You only thought."
MUST_FINISH = "No tool may be called any more. Finish with what you know."
TOO_LONG = f"The note has more than {MAX_NOTE} characters. Say the same in far fewer."


@dataclass
class _Talk:
    """What one reply takes: the tokens and thoughts of all its requests, and what was sent back to the model."""

    speech: Speech
    spent: list[Usage] = field(default_factory=list)
    thoughts: list[str] = field(default_factory=list)
    sent_back: list[Message] = field(default_factory=list)
    #: what was complained about, each once; thinking as often as MAX_THINKING
    complaints: list[str] = field(default_factory=list)

    def may_complain(self, of: str) -> bool:
        """Once of each kind."""
        return self.complaints.count(of) < (MAX_THINKING if of == "thinking" else 1)

    def complain(self, of: str, text: str, wrong: str) -> None:
        self.complaints.append(of)
        self.sent_back += complaint(text, wrong)


class PlanModel:
    """The model called `name` at the server `client` talks to; fields it refuses are left out from then on."""

    def __init__(self, client: AsyncOpenAI, name: str) -> None:
        self.name = name
        self._completions = Completions(client)
        self._lighter = Lighter(OPTIONS)

    async def reply(self, prompt: Prompt, hear: Hear = unheard) -> Reply:
        """One reply; an empty one where there is no plan after all. Raises ModelUnavailable or ModelRejected.

        `hear` is given the first plan's note only: where that is sent back, the reply has another text.
        """
        talk = _Talk(Speech(hear))
        reply = await in_time(self._reply(prompt, talk))
        talk.speech.end(reply)
        kept = tuple(OpaquePart({"type": "plan.thought", "text": each[:MAX_THOUGHT]}) for each in talk.thoughts)
        return replace(reply, parts=kept + reply.parts, usage=values.total(talk.spent))

    async def _reply(self, prompt: Prompt, talk: _Talk) -> Reply:
        while True:
            completion = await self._lighter.ask(prompt, partial(self._post, talk), talk.speech)
            talk.spent.append(completion.usage)
            if completion.status != "complete" or not completion.text.strip():
                return self._cut_short(completion)
            try:
                plan = plan_of(completion.text)
            except NoPlan as wrong:
                if not talk.may_complain("form"):
                    return self._made()
                talk.complain("form", completion.text, str(wrong))
                continue
            talk.thoughts += plan.thoughts
            if not (wrong_with := _wrong_with(plan, prompt)) or not talk.may_complain(wrong_with[0]):
                return self._made(*_parts(plan))
            talk.complain(wrong_with[0], completion.text, wrong_with[1])

    async def _post(self, talk: _Talk, prompt: Prompt, taste: Taste) -> Completion:
        note = Note(partial(talk.speech.say, TEXT))
        first = not talk.sent_back

        def say(place: Place, piece: str) -> None:
            if place == TEXT and first:
                note.take(piece)

        return await self._completions.ask(request_body(self.name, prompt, talk.sent_back, taste), say)

    def _cut_short(self, completion: Completion) -> Reply:
        """What there is of an answer that was refused, broken off or is empty."""
        text = completion.refusal or partial_note(completion.text) or ""
        return replace(self._made(*([TextPart(text)] if text else [])), status=completion.status)

    def _made(self, *parts: TextPart | CallPart) -> Reply:
        return Reply(model=self.name, parts=parts)


def _wrong_with(plan: Plan, prompt: Prompt) -> tuple[str, str] | None:
    """What is to be made better in a plan that can be read: its kind, and what the model is told."""
    if plan.calls and not prompt.may_call:
        return "calls", MUST_FINISH
    if not plan.calls and plan.note is None:
        return "thinking", GO_ON
    return ("length", TOO_LONG) if len(plan.note or "") > MAX_NOTE else None


def _parts(plan: Plan) -> Iterator[TextPart | CallPart]:
    """The note first: one behind a call does not count."""
    if note := plan.note:
        yield TextPart(note if len(note) <= MAX_NOTE else note[:MAX_NOTE].rstrip() + CUT)
    for call in plan.calls:
        yield CallPart(call.tool, values.arguments(call.arguments))
