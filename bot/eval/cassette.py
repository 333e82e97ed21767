"""Recordings of a model, one file a case: what it replied to which prompt, at the one door all models have.

Promises: a replay asks nobody; a prompt that was not recorded is told, never guessed. A file holds what the model said
and a line of what it was told; a provider's own items (encrypted reasoning) are left out.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.core.exchange import CallPart, OpaquePart, Prompt, Reply, TextPart, Usage
from bot.errors import ConfigError, ModelError, ModelRejected, ModelUnavailable
from bot.eval.normal import digest, hidden, hint, requests, shown
from bot.model.port import Hear, Model, unheard
from bot.model.speech import text_of

#: told where nothing recorded fits
CHANGED = "The prompt changed since this was recorded: record again (helpdesk eval --record). What it shows last: “{}”"


class Part(BaseModel):
    """Words, or a call."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str | None = None
    tool: str | None = None
    arguments: str = ""


class Recorded(BaseModel):
    """What came of one prompt: parts, or a failure."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prompt: str
    #: what the prompt shows last
    after: str
    model: str = ""
    parts: tuple[Part, ...] = ()
    status: Literal["complete", "incomplete", "refused"] = "complete"
    tokens: tuple[int, int, int] = (0, 0, 0)
    failure: Literal["unavailable", "rejected"] | None = None


class Cassette(BaseModel):
    """All that a model said in one case."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str
    replies: tuple[Recorded, ...]


class Recorder:
    """The model itself; what it gives is kept in `replies`."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.name = model.name
        self.replies: list[Recorded] = []

    async def reply(self, prompt: Prompt, hear: Hear = unheard) -> Reply:
        """As the model's own."""
        key, after, numbers = digest(prompt), hint(prompt), requests(prompt)
        try:
            reply = await self._model.reply(prompt, hear)
        except ModelError as error:
            failure: Literal["unavailable", "rejected"] = (
                "unavailable" if isinstance(error, ModelUnavailable) else "rejected"
            )
            self.replies.append(Recorded(prompt=key, after=after, failure=failure))
            raise
        used = reply.usage
        kept = Recorded(
            prompt=key,
            after=after,
            model=reply.model,
            parts=tuple(_part(part, numbers) for part in reply.parts if not isinstance(part, OpaquePart)),
            status=reply.status,
            tokens=(used.input, used.cached, used.output),
        )
        self.replies.append(kept)
        return reply


class Player:
    """A model that says what was recorded; `replies` is what it said. `unknown` are sentences on prompts that were not
    recorded."""

    def __init__(self, cassette: Cassette) -> None:
        self.name = cassette.model
        self.unknown: list[str] = []
        self.replies: list[Recorded] = []
        self._left: Mapping[str, list[Recorded]] = defaultdict(list)
        for each in cassette.replies:
            self._left[each.prompt].append(each)

    async def reply(self, prompt: Prompt, hear: Hear = unheard) -> Reply:
        """What was recorded for this prompt; the same prompt again gets what came next. Raises as was recorded."""
        found = self._left[digest(prompt)]
        if not found:
            self.unknown.append(CHANGED.format(hint(prompt)))
            raise ModelRejected("nothing is recorded for this prompt")
        recorded = found.pop(0)
        self.replies.append(recorded)
        if recorded.failure:
            error = ModelUnavailable if recorded.failure == "unavailable" else ModelRejected
            raise error("as it was recorded")
        numbers = requests(prompt)
        parts = tuple(_unpart(part, numbers) for part in recorded.parts)
        input_, cached, output = recorded.tokens
        usage = Usage(input=input_, cached=cached, output=output)
        reply = Reply(model=recorded.model, parts=parts, status=recorded.status, usage=usage)
        if text := text_of(reply):
            hear(text)
        return reply


def place(folder: Path, case: str) -> Path:
    """Where a case's recording is."""
    return folder / "cassettes" / f"{case}.json"


def load(folder: Path, case: str) -> Cassette:
    """The recording of a case. Raises ConfigError where there is none, or none that can be read."""
    file = place(folder, case)
    try:
        return Cassette.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        raise ConfigError("Nothing is recorded for this case: record it (helpdesk eval --record).") from None
    except (OSError, ValidationError):
        raise ConfigError(f"{file} is no recording: record it again (helpdesk eval --record).") from None


def save(folder: Path, case: str, cassette: Cassette) -> None:
    """Write the recording in the place of an earlier one. Raises OSError."""
    file = place(folder, case)
    file.parent.mkdir(exist_ok=True)
    told: dict[str, Any] = cassette.model_dump(exclude_defaults=True)
    text = json.dumps(told, ensure_ascii=False, indent=1) + "\n"
    file.write_bytes(text.encode("utf-8", "replace"))


def _part(part: TextPart | CallPart, numbers: list[str]) -> Part:
    if isinstance(part, TextPart):
        return Part(text=hidden(part.text, numbers))
    return Part(tool=part.tool, arguments=hidden(part.arguments, numbers))


def _unpart(part: Part, numbers: list[str]) -> TextPart | CallPart:
    if part.tool is None:
        return TextPart(shown(part.text or "", numbers))
    return CallPart(part.tool, shown(part.arguments, numbers))
