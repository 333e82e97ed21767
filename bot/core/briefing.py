"""What a colleague in IT reads who takes over from the AI: what somebody wrote, what was tried, and what it answered.

Promise: of all that people wrote, only that person's own words are in it, each message in one line, the very first or
a marked one, so that nobody can write what looks like the rest; and it is not more than a tool takes. The answer may
repeat what the AI had read, so the call counts as influenced by that.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.core import items
from bot.core.change import cut
from bot.core.items import Entry
from bot.core.known import SlackUser

#: where the person wrote nothing that can be read, or it is not remembered
WORDLESS = "(no words)"

#: messages beside the first, which says what it is about: the newest ones
NEWEST = 3

#: calls that are named, the newest ones
CALLS = 8

#: characters of a message, of a tool's name, of all that was called, and of the answer
WORDS, NAME, TRIES, ANSWER = 250, 40, 400, 400

NEXT = "They wrote next:"
TRIED = "The AI called:"
ANSWERED = "It answered last, and nobody checked that:"

_OUTCOMES = {"done": "done", "wrong": "it was called wrongly", "passing": "it failed", "failed": "it failed"}
_VERDICTS = {"approved": "approved", "void": "nobody could approve it"}


@dataclass(slots=True)
class _Read:
    """What the entries hold of one author."""

    author: SlackUser
    #: by message, the turn it belongs to and what it says
    said: dict[int, tuple[int, str]] = field(default_factory=dict)
    turns: set[int] = field(default_factory=set)
    #: by call, the tool and what came of it
    calls: dict[int, tuple[str, str]] = field(default_factory=dict)
    #: by request, the calls that wait for it
    requests: dict[int, list[int]] = field(default_factory=dict)
    answer: str = ""

    def read(self, seq: int, item: items.Item) -> None:
        match item:
            case items.UserMessage(author=author, text=text) if author == self.author:
                turn = item.joins or seq
                self.turns.add(turn)
                if item.ts:  # else it is erased
                    self.said[seq] = turn, text
            case items.Edited(ref=ref, text=text) if ref in self.said and item.ts:
                self.said[ref] = item.turn, text
            case items.Deleted(ref=int(ref)):
                self.said.pop(ref, None)
            case items.TurnOver(turn=turn, why="refused"):
                self.said = {seq: each for seq, each in self.said.items() if each[0] != turn}
            case items.ModelOutput(turn=turn) if turn in self.turns and item.text:
                self.answer = item.text
            case _:
                self._read_call(seq, item)

    def _read_call(self, seq: int, item: items.Item) -> None:
        match item:
            case items.Call(origin="model", turn=turn) if turn in self.turns:
                self.calls[seq] = _line(item.tool, NAME), "not done yet"
            case items.Request(call=call, number=number):
                self._asked(call, number or seq)
            case items.Joined(call=call, request=request):
                self._asked(call, request)
            case items.Close(request=request, verdict=verdict):
                for call in self.requests.get(request, []):
                    self._came(call, _VERDICTS.get(verdict, verdict))
            case items.ToolResult(call=call, outcome=outcome):
                self._came(call, _OUTCOMES[outcome])
            case items.ToolUnknown(call=call):
                self._came(call, "nobody knows whether it was done")
            case items.Refused(call=call):
                self._came(call, "not allowed")

    def _asked(self, call: int, request: int) -> None:
        self.requests.setdefault(request, []).append(call)
        self._came(call, "waits for an approval")

    def _came(self, call: int, outcome: str) -> None:
        if call in self.calls:
            self.calls[call] = self.calls[call][0], outcome


def briefing(entries: Iterable[Entry], author: SlackUser) -> str:
    """The words of `author` in the entries, what the AI called for them and what came of it, and its last answer."""
    found = _Read(author)
    for entry in entries:
        found.read(entry.seq, entry.item)
    said = [line for _, text in found.said.values() if (line := _line(text, WORDS))]
    first, newest = (said[0] if said else WORDLESS), said[1:][-NEWEST:]
    calls = [f"{tool} ({outcome})" for tool, outcome in found.calls.values()][-CALLS:]
    parts = [
        "\n".join([NEXT, *(f"- {line}" for line in newest)]) if newest else "",
        f"{TRIED} {cut(', '.join(dict.fromkeys(calls)), TRIES)}" if calls else "",
        f"{ANSWERED}\n{cut(found.answer, ANSWER)}" if found.answer else "",
    ]
    return "\n\n".join([first, *filter(None, parts)])


def _line(text: str, most: int) -> str:
    return cut(" ".join(text.split()), most)
