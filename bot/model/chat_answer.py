"""An answer of Chat Completions as it comes in: text is heard at once, thoughts never; what counts are all chunks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.core.exchange import Usage
from bot.errors import ModelUnavailable
from bot.model import failures, request, thoughts, values
from bot.model.chat_calls import Call, Calls
from bot.model.request import Answer, broken_off, told
from bot.model.speech import Place, paired

#: is given the pieces of the answer's text and of a refusal, each at its place
Say = Callable[[Place, str], None]
TEXT, REFUSAL = (0, 0), (0, 1)

#: seconds between the last word of an answer and what the server may still say, such as its usage
USAGE_S = 2.0

_END = "[DONE]"
#: every other reason cuts an answer off, and its calls may be half
_WHOLE = {"stop", "tool_calls", "function_call"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What the model gave, without its thoughts."""

    text: str
    refusal: str
    calls: tuple[Call, ...]
    status: Literal["complete", "incomplete", "refused"]
    usage: Usage
    #: the text ended a thought that it never began
    headless: bool


async def read(say: Say, answer: Answer, *, thinking: bool = False) -> Completion:
    """The whole completion; `thinking`: its text begins in the middle of a thought.

    Raises ModelUnavailable or ModelRejected.
    """
    made = _Making(say, thinking=thinking)
    if not answer.streamed:
        made.take(_object(await answer.whole()))
    else:
        await _streamed(answer, made)
    if made.finish is None:
        raise broken_off()
    return made.completion(made.finish)


async def _streamed(answer: Answer, made: "_Making") -> None:
    async for event in answer.events:
        if event.data == _END:
            return
        spoke = bool(event.data) and made.take(told(event))
        answer.expect(request.SPEAKING_S if spoke else request.THINKING_S)
        if made.finish is not None:
            break
    async for event in answer.after(USAGE_S):
        if event.data == _END:
            await answer.rest()
            return
        if event.data:
            made.take(told(event))


def _object(found: object) -> Mapping[str, Any]:
    if not isinstance(found, Mapping) or not (found.get("error") or values.mappings(found.get("choices"))):
        raise ModelUnavailable("The model provider's answer is not a completion.")
    return found


class _Making:
    """A completion in the making."""

    def __init__(self, say: Say, *, thinking: bool) -> None:
        self.finish: str | None = None
        self._say = say
        self._unthought = thoughts.Unthought(lambda piece: say(TEXT, piece), thinking=thinking)
        self._text: list[str] = []
        self._refusal: list[str] = []
        self._calls = Calls()
        self._usage = Usage()
        self._left = request.MAX_BYTES

    def take(self, said: Mapping[str, Any]) -> bool:
        """One chunk, or a whole completion; whether the model spoke or called in it."""
        if said.get("error"):
            raise failures.of_event(said)
        if isinstance(said.get("usage"), Mapping):
            self._usage = values.usage(said["usage"], "prompt_tokens", "completion_tokens")
        choice = next((each for each in values.mappings(said.get("choices")) if not each.get("index")), {})
        if reason := values.text(choice.get("finish_reason")):
            self.finish = reason
        delta = choice.get("delta") or choice.get("message")
        before = self._left
        if isinstance(delta, Mapping):
            self._take(delta)
        return self._left < before

    def _take(self, delta: Mapping[str, Any]) -> None:
        text, refusal = values.texts(delta.get("content")), values.text(delta.get("refusal"))
        self._left -= len(text) + len(refusal) + self._calls.take(delta.get("tool_calls"))
        if self._left < 0:
            raise ModelUnavailable("The model provider's answer is too long.")
        if text:
            self._text.append(text)
            self._unthought.take(text)
        if refusal:
            self._refusal.append(refusal)
            self._say(REFUSAL, refusal)

    def completion(self, finish: str) -> Completion:
        text, refusal = paired("".join(self._text)), paired("".join(self._refusal))
        return Completion(
            text=thoughts.without(text),
            refusal=refusal,
            calls=self._calls.all(),
            status="refused" if refusal else "complete" if finish in _WHOLE else "incomplete",
            usage=self._usage,
            headless=thoughts.is_headless(text),
        )
