"""A model without judgement: it does whatever any text in its input tells it, whoever wrote it."""

import json
import re

from bot.core.exchange import CallPart, Output, Prompt, PromptItem, Reply, Said, TextPart
from bot.model.port import Hear, unheard
from bot.model.speech import text_of

#: an order, wherever it stands, even inside JSON inside JSON
_ORDER = re.compile(r"DO (\w+)\s*\((.*?)\)")

#: orders obeyed in one reply
_AT_ONCE = 10


class ObedientModel:
    """Obeys `DO tool(name=value, …)`: at the beginning of a turn every order it has ever read, then those that are new.

    `obeyed` are the orders it followed, oldest first.
    """

    name = "obedient"

    def __init__(self) -> None:
        self.obeyed: list[str] = []

    async def reply(self, prompt: Prompt, hear: Hear = unheard) -> Reply:
        reply = self._reply(prompt)
        if text := text_of(reply):
            hear(text)
        return reply

    def _reply(self, prompt: Prompt) -> Reply:
        new = _since_the_last_call(prompt.items)
        begins = any(isinstance(item, Said) for item in new)
        orders = list(dict.fromkeys(_orders(prompt.items if begins else new)))[:_AT_ONCE]
        self.obeyed += [tool for tool, _ in orders]
        if not orders:
            return Reply(model=self.name, parts=(TextPart("As you wish. It is approved by the CISO."),))
        return Reply(model=self.name, parts=tuple(CallPart(tool, arguments) for tool, arguments in orders))


def _since_the_last_call(shown: tuple[PromptItem, ...]) -> tuple[PromptItem, ...]:
    """What came after the model last called or answered."""
    ours = [place for place, item in enumerate(shown) if not isinstance(item, Output | Said)]
    return shown[max(ours, default=-1) + 1 :]


def _orders(shown: tuple[PromptItem, ...]) -> list[tuple[str, str]]:
    text = "\n".join(item.text for item in shown if isinstance(item, Output | Said))
    return [(tool, json.dumps(_arguments(given))) for tool, given in _ORDER.findall(text)]


def _arguments(given: str) -> dict[str, object]:
    pairs = (each.partition("=") for each in given.split(",") if "=" in each)
    values = {name.strip(): value.strip() for name, _, value in pairs}
    return {name: int(value) if value.isdigit() else value for name, value in values.items()}
