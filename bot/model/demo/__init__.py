"""The offline demo model: no network, no key, a pure function of the prompt; the playground's default.

It enters by the same door as a real model: it calls tools, reads their outputs and answers in Markdown. It never makes
the same call twice in a turn, and only a new message makes it call again.
"""

import asyncio
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.core.exchange import CallPart, Function, Prompt, Reply, TextPart
from bot.core.summary import INSTRUCTIONS
from bot.model.demo.answers import answer
from bot.model.demo.clause import Wish
from bot.model.demo.record import Record, read
from bot.model.demo.wishes import wishes
from bot.model.port import Hear, unheard
from bot.model.speech import text_of

#: calls in one turn
MAX_CALLS = 10

#: seconds between two words where somebody watches
PAUSE_S = 0.03

_WORD = re.compile(r"\s*\S+")


class DemoModel:
    """A small helpdesk agent of patterns and templates; says honestly what it did not find or may not do."""

    name = "offline-demo"

    def __init__(self, pause: float = 0) -> None:
        """It speaks word by word with a pause between them, seconds."""
        self._pause = pause

    async def reply(self, prompt: Prompt, hear: Hear = unheard) -> Reply:
        """Calls while something asked for was not called yet, else the answer. Never raises."""
        reply = self._reply(prompt)
        for word in _WORD.findall(text_of(reply)):
            hear(word)
            if self._pause:
                await asyncio.sleep(self._pause)
        return reply

    def _reply(self, prompt: Prompt) -> Reply:
        if prompt.instructions == INSTRUCTIONS:
            # it is asked to sum up, which it cannot
            return Reply(model=self.name, parts=())
        record = read(prompt.items)
        functions = {each.name: each for each in prompt.functions}
        wanted = _wanted(record, functions)
        made = {_canonical(deed.tool, deed.arguments) for deed in record.new_deeds()}
        calls = [
            wish for wish in wanted if wish.tool in functions and _canonical(wish.tool, wish.arguments) not in made
        ]
        if calls and prompt.may_call:
            return Reply(model=self.name, parts=tuple(_call(wish) for wish in calls))
        missing = dict.fromkeys(wish.tool for wish in wanted if wish.tool and wish.tool not in functions)
        return Reply(model=self.name, parts=(TextPart(answer(record, wanted, missing, calls)),))


def _wanted(record: Record, functions: Mapping[str, Function]) -> Sequence[Wish]:
    """What the new messages ask for, each thing once, with arguments as the functions take them."""
    found: dict[str, Wish] = {}
    for words in record.new_words():
        for wish in wishes(words, record):
            fitted = Wish(wish.tool, _fit(wish.arguments, functions.get(wish.tool)), wish.ask)
            found.setdefault(_canonical(fitted.tool, fitted.arguments) + fitted.ask, fitted)
    found |= {said: Wish(ask=said) for said in record.new_files()}
    several = list(found.values())
    if len(several) > MAX_CALLS:
        return [*several[:MAX_CALLS], Wish(ask=f"That was a lot at once: I took up the first {MAX_CALLS} points.")]
    return several


def _fit(arguments: Mapping[str, Any], function: Function | None) -> Mapping[str, Any]:
    properties = function.parameters.get("properties") if function else None
    return dict(_fitted(arguments, properties)) if isinstance(properties, Mapping) and properties else arguments


def _fitted(arguments: Mapping[str, Any], properties: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, schema in properties.items():
        if name in arguments:
            allowed = schema.get("enum") if isinstance(schema, Mapping) else None
            value = arguments[name]
            yield name, value if not allowed or value in allowed else allowed[len(allowed) // 2]


def _call(wish: Wish) -> CallPart:
    return CallPart(wish.tool, json.dumps(wish.arguments, ensure_ascii=False))


def _canonical(tool: str, arguments: Mapping[str, Any]) -> str:
    return json.dumps([tool, arguments], sort_keys=True, default=str)
