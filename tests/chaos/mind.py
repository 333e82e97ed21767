"""The model of the chaos: what it replies follows from the request alone, whoever asks and however often.

A wish is one message: a verb, what it needs, and a word of its own at the end, as in "reset U-456 k12". The word comes
back in the answer, `k12 = done`; of what people are asked about first `k12 = asked`, and then `k12 later = done`.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.core.exchange import Answered, Called, CallPart, Output, Prompt, PromptItem, Reply, Said, TextPart
from bot.core.results import mapping
from bot.core.summary import LEFT_OUT
from bot.model.port import Hear, unheard

#: a word of its own, at the end of a message
WORD = re.compile(r"\bk\d+[a-z]?$")

#: verbs of what people are asked about
ASKED = ("alarm", "reset", "access")

#: what is said to a wish, at first and when people have decided
NOW, LATER = "=", "later ="

#: the status of a call that waits for people, as the bot tells it
WAITING = "waiting_for_approval"

Arguments = Mapping[str, object]


@dataclass
class Wish:
    """A message, and what came of it so far."""

    word: str
    said: list[str]
    call: str | None = None
    output: str | None = None
    #: number of the approval request that it waits for, and how that ended, where it was shown as waiting
    request: int | None = None
    later: str | None = None
    told: set[str] = field(default_factory=set)

    @property
    def tool(self) -> str | None:
        """What has to be called for it."""
        return next((name for name, (verb, _) in _TOOLS.items() if verb == self.said[0]), None)

    @property
    def asks(self) -> bool:
        """People are asked about it."""
        return self.said[0] in ASKED

    @property
    def outcome(self) -> str | None:
        """What came of it in the end."""
        return self.later if self.output == WAITING else self.output


def _ticket(wish: Wish) -> Arguments:
    return {"title": f"Ticket {wish.word}", "description": "It is broken.", "priority": "normal"}


def _access(wish: Wish) -> Arguments:
    _, person, group, hours = wish.said[:4]
    return {"user_id": person, "group": group, "duration_hours": int(hours), "reason": f"for {wish.word}"}


#: tool → the verb that asks for it, and its arguments
_TOOLS: Mapping[str, tuple[str, Callable[[Wish], Arguments]]] = {
    "search_kb": ("search", lambda wish: {"query": f"wifi does not connect {wish.word}"}),
    "create_ticket": ("ticket", _ticket),
    "ring_bell": ("bell", lambda wish: {"word": wish.word}),
    "sound_alarm": ("alarm", lambda wish: {"word": wish.word}),
    "reset_password": ("reset", lambda wish: {"user_id": wish.said[1]}),
    "grant_access": ("access", _access),
}


class Mind:
    """The Model."""

    name = "chaos"

    async def reply(self, prompt: Prompt, hear: Hear = unheard) -> Reply:
        """See the module's promise."""
        if not prompt.functions:
            return Reply(model=self.name, parts=())  # it sums nothing up
        wishes = understood(prompt.items)
        calls = {wish.word: call for wish in wishes if (call := _call(wish, wishes))} if prompt.may_call else {}
        lines = [*_now(wishes, calls), *(f"{wish.word} {LATER} {wish.outcome}" for wish in wishes if _owes(wish))]
        if not (lines or calls):
            lines = ["Nothing is new."]
        text = [TextPart("\n\n".join(lines))] if lines else []
        for part in text:
            hear(part.text)
        return Reply(model=self.name, parts=(*text, *calls.values()))


def understood(shown: Sequence[PromptItem]) -> list[Wish]:
    """The wishes in a prompt, oldest first."""
    wishes: list[Wish] = []
    asked: dict[str, int] = {}
    for item in shown:
        match item:
            case Said(text) if item != LEFT_OUT:
                words = text.rpartition("\n")[2].split()
                wishes.append(Wish(words[-1], words))
            case Answered(text):
                for wish in wishes:
                    wish.told.update(mark for mark in (NOW, LATER) if f"{wish.word} {mark} " in text)
            case Called(call_id, "request_status", arguments):
                asked[call_id] = json.loads(arguments)["request"]
            case Called(call_id, name):
                next(wish for wish in wishes if wish.call is None and _wants(wish, name)).call = call_id
            case Output(call_id, text):
                _came(wishes, asked, call_id, text)
    return wishes


def _wants(wish: Wish, tool: str) -> bool:
    return wish.tool == tool or (tool == "withdraw_request" and wish.said[0] == "never")


def _came(wishes: list[Wish], asked: dict[str, int], call_id: str, text: str) -> None:
    told = mapping(text)
    for wish in wishes:
        if wish.call == call_id:
            wish.output = str(told.get("status", "done"))
            number = told.get("request")
            wish.request = number if wish.output == WAITING and isinstance(number, int) else None
        elif call_id in asked and wish.request == asked[call_id]:
            wish.later = str(told.get("status"))


def _call(wish: Wish, wishes: list[Wish]) -> CallPart | None:
    if wish.call is not None or NOW in wish.told:
        return None
    if wish.said[0] == "never":
        waiting = [each.request for each in wishes if each.request is not None and each.later is None]
        return CallPart("withdraw_request", json.dumps({"request": waiting[0]})) if waiting else None
    return CallPart(wish.tool, json.dumps(_TOOLS[wish.tool][1](wish))) if wish.tool else None


def _now(wishes: list[Wish], calls: Mapping[str, CallPart]) -> Iterator[str]:
    """First answers, in the order of the messages: none before one whose call is still to be made."""
    for wish in (each for each in wishes if NOW not in each.told):
        if wish.asks:
            yield f"{wish.word} {NOW} asked"
        elif wish.word in calls:
            return
        else:
            yield f"{wish.word} {NOW} {wish.output or 'heard'}"


def _owes(wish: Wish) -> bool:
    return wish.asks and wish.outcome is not None and LATER not in wish.told
