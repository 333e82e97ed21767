"""How long people wait: from when a message was sent, by Slack's clock, to the first sign, the first words, the answer.

Each is told once a turn, by the process that saw the turn begin; what is open when a process dies is not told. Of a
turn that asks people for an approval only the first sign is.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime

from bot.core import items
from bot.core.items import Entry
from bot.core.thread import Thread
from bot.metrics.instruments import WAITS, Instruments
from bot.store.deliveries import STATUS, Delivery
from bot.telemetry.ids import sent_at

#: conversations that are remembered, the one where nobody began anything for longest is forgotten first
MAX_TALKS = 5_000


@dataclass(slots=True)
class _Turn:
    """Somebody waits since then."""

    sent_at: datetime
    signed: bool = False
    spoken: bool = False
    #: it waits for people, so when it ends says nothing about us
    asks: bool = False
    #: nobody waits any more; what is told of it late, such as a sign that was under way, does not count
    over: bool = False


@dataclass(slots=True)
class _Talk:
    """Turns that wait or did last, and which turn each item answers that is to be shown, by seq."""

    turns: dict[int, _Turn] = field(default_factory=dict)
    answers: dict[int, int] = field(default_factory=dict)


class Waits:
    """Told by the log and by what is shown."""

    def __init__(self, make: Instruments) -> None:
        self._talks: OrderedDict[str, _Talk] = OrderedDict()
        self._sign = make.histogram(
            "helpdesk_first_sign_seconds",
            "From when a message that begins a turn was sent to when its author saw that somebody is at work.",
            buckets=WAITS,
        )
        self._words = make.histogram(
            "helpdesk_first_words_seconds",
            "The same to the first words of the answer, of turns that asked for no approval.",
            buckets=WAITS,
        )
        self._answer = make.histogram(
            "helpdesk_answer_seconds",
            "The same to the answer, or to word why there is none, of turns that asked for no approval.",
            buckets=WAITS,
        )

    def entry(self, conversation: str, thread: Thread, entry: Entry) -> None:
        """An item is in the log; whoever asks elsewhere waits for nothing that Slack shows."""
        if items.out_of_slack(conversation):
            return
        match entry.item:
            case items.UserMessage(joins=None) as message:
                self._turn(conversation, entry.seq, sent_at(message.ts, entry.at))
            case items.Request(call=call) | items.Joined(call=call) if call in thread.works:
                self._asks(conversation, thread.works[call].call.turn)
            case items.ModelOutput(turn=turn) as output if is_answer(output):
                self._answered(conversation, entry.seq, turn)
            case items.TurnOver(turn=turn, text=text) if text:
                self._answered(conversation, entry.seq, turn)
            case items.TurnOver(turn=turn) if conversation in self._talks:
                self._over(conversation, turn)

    def signed(self, thread: Thread, at: datetime) -> None:
        """Work on the newest turn is seen to begin; perhaps before its message is in the log."""
        turn = thread.latest
        if thread.opened and turn and not turn.model_calls and not turn.failures:
            sent = sent_at(turn.ts, turn.said_at or at)
            self._seen(self._turn(thread.opened.conversation, turn.seq, sent), at)

    def spoke(self, conversation: str, at: datetime) -> None:
        """A stream shows words."""
        talk = self._talks.get(conversation)
        turn = next((each for each in talk.turns.values() if not (each.spoken or each.over)), None) if talk else None
        if turn:
            self._heard(turn, at)

    def delivered(self, delivery: Delivery, at: datetime) -> None:
        """Slack shows it."""
        talk = self._talks.get(delivery.conversation)
        if talk is None:
            return
        number = talk.answers.get(delivery.seq)
        if number is not None and not delivery.target.startswith("channel:"):
            turn = talk.turns[number]
            self._heard(turn, at)
            if not turn.asks:
                self._answer.observe(_since(turn, at))
            self._over(delivery.conversation, number)
        elif delivery.target != STATUS or delivery.content.get("status") == "processing":
            for turn in talk.turns.values():
                self._seen(turn, at)

    def _turn(self, conversation: str, number: int, sent: datetime) -> _Turn:
        talk = self._talks.setdefault(conversation, _Talk())
        if number not in talk.turns:
            self._talks.move_to_end(conversation)
            talk.turns = {seq: turn for seq, turn in talk.turns.items() if not turn.over}
            talk.turns[number] = _Turn(sent)
        if len(self._talks) > MAX_TALKS:
            self._talks.popitem(last=False)
        return talk.turns[number]

    def _asks(self, conversation: str, number: int) -> None:
        talk = self._talks.get(conversation)
        if talk and number in talk.turns:
            talk.turns[number].asks = talk.turns[number].spoken = True

    def _answered(self, conversation: str, seq: int, turn: int) -> None:
        talk = self._talks.get(conversation)
        if talk and turn in talk.turns and not talk.turns[turn].over:
            talk.answers[seq] = turn

    def _over(self, conversation: str, number: int) -> None:
        talk = self._talks[conversation]
        if number in talk.turns:
            talk.turns[number].over = True
        talk.answers = {seq: turn for seq, turn in talk.answers.items() if turn != number}

    def _seen(self, turn: _Turn, at: datetime) -> None:
        if not (turn.signed or turn.over):
            turn.signed = True
            self._sign.observe(_since(turn, at))

    def _heard(self, turn: _Turn, at: datetime) -> None:
        self._seen(turn, at)
        if not turn.spoken:
            turn.spoken = True
            self._words.observe(_since(turn, at))


def is_answer(output: items.ModelOutput) -> bool:
    """It is the model's last word for now: it asks for nothing, and nobody cut it off."""
    return output.status != "stopped" and not any(isinstance(part, items.CallHere) for part in output.parts)


def _since(turn: _Turn, at: datetime) -> float:
    return max(0.0, (at - turn.sent_at).total_seconds())
