"""A model that says what a test told it to, and remembers what it was asked."""

import json
from collections.abc import Callable, Iterable

from bot.core.exchange import CallPart, Prompt, Reply, TextPart

Scripted = Reply | Exception | Callable[[Prompt], Reply]


class ScriptedModel:
    """Gives `replies` in their order; an exception among them is raised, a function is asked with the prompt.

    `prompts` are the prompts it was given, oldest first. One call more than there are replies fails the test.
    """

    name = "scripted"

    def __init__(self, replies: Iterable[Scripted] = ()) -> None:
        self.replies = list(replies)
        self.prompts: list[Prompt] = []

    async def reply(self, prompt: Prompt) -> Reply:
        self.prompts.append(prompt)
        if not self.replies:
            raise AssertionError(f"the script is over, and the model was called again (call {len(self.prompts)})")
        scripted = self.replies.pop(0)
        if isinstance(scripted, Exception):
            raise scripted
        return scripted if isinstance(scripted, Reply) else scripted(prompt)


def say(text: str) -> Reply:
    """A final answer."""
    return Reply(model=ScriptedModel.name, parts=(TextPart(text),))


def call(tool: str, /, **arguments: object) -> Reply:
    """One tool call."""
    return calls(part(tool, **arguments))


def calls(*parts: CallPart) -> Reply:
    """Several tool calls in one reply; make each with `part`."""
    return Reply(model=ScriptedModel.name, parts=parts)


def part(tool: str, /, **arguments: object) -> CallPart:
    """A call with its arguments as JSON."""
    return CallPart(tool, json.dumps(arguments))
