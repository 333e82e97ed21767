"""What came of a call from the command line, read in the log as it grows."""

from dataclasses import dataclass

from sqlalchemy import Connection

from bot.core import items, results, words
from bot.core.items import Entry
from bot.store import log, sent

#: approvers that are named
MAX_NAMED = 10

UNKNOWN = "It was interrupted, and nobody can say whether it took effect. It is not repeated; please check by hand."


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the call ended; `text`: what the model would be shown, or where that is not good, why."""

    good: bool
    text: str


class Watch:
    """Follows a conversation that one command began."""

    def __init__(self, conversation: str) -> None:
        self._conversation = conversation
        self._head = 0
        self._call = 0
        self.outcome: Outcome | None = None

    @property
    def begun(self) -> bool:
        """A bot has taken it up."""
        return self._head > 0

    def on(self, connection: Connection) -> str:
        """What is to be told of what is new; empty: nothing."""
        head, _ = sent.head(connection, self._conversation)
        if head <= self._head:
            return ""
        new = log.read(connection, self._conversation, after=self._head)
        self._head = head
        return " ".join(told for entry in new if (told := self._entry(entry)))

    def _entry(self, entry: Entry) -> str:
        match entry.item:
            case items.Call(origin="terminal"):
                self._call = entry.seq
            case items.Request(call=self._call) as request:
                return _waits(request, entry.seq)
            case items.Close(verdict=verdict) as close if verdict != "approved" and not self.outcome:
                by = f" by {close.by}" if close.by else ""
                why = f": {close.reason}" if close.reason else ""
                self.outcome = Outcome(good=False, text=f"Request {close.request} was {verdict}{by}{why}. Not run.")
            case items.ToolResult(call=self._call, outcome=outcome) as result if outcome != "passing":
                good = outcome == "done"
                self.outcome = Outcome(good, results.shown(result) if good else words.for_people(result.output))
            case items.ToolUnknown(call=self._call):
                self.outcome = Outcome(good=False, text=UNKNOWN)
            case items.Refused(call=self._call, reason=reason):
                self.outcome = Outcome(good=False, text=words.for_people(reason))
        return ""


def _waits(request: items.Request, seq: int) -> str:
    asked = request.approvers
    who = ", ".join(asked[:MAX_NAMED]) + (f" and {len(asked) - MAX_NAMED} more" if len(asked) > MAX_NAMED else "")
    votes = f"{request.needs} approval{'s' * (request.needs > 1)}"
    until = f"{request.expires_at:%d %b %H:%M} UTC"
    return f"Request {request.number or seq} waits for {votes} in Slack, by {who}; it ends on {until}."
