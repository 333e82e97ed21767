"""What the log wants Slack to show: a pure function of an entry and the thread it leads to."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bot.core import items, words
from bot.core.fold import Thread, Work
from bot.core.items import Entry
from bot.slack import blocks
from bot.slack.card import card
from bot.slack.text import label, plain
from bot.store.deliveries import Shown
from tools.spec import Risk, Tool

#: failures of the model in a row after which people are told
TELL_AFTER = 3

#: characters of a failure told on a card; the model is told all of it
MAX_REASON = 250

#: approvers who get a card by direct message
MAX_CARDS = 10


@dataclass(frozen=True, slots=True)
class Renderer:
    """Knows where cards go and how tools are described."""

    tools: Mapping[str, Tool]
    approval_channel: str | None
    #: makes the one-time link from the place its secret will take
    reset_link: Callable[[str], str]

    def __call__(self, thread: Thread, entry: Entry) -> Iterator[Shown]:
        """What the entry wants shown; `thread` is the fold with the entry."""
        match entry.item:
            case items.ModelOutput() as output:
                for part, content in enumerate(blocks.answer(_text(output))):
                    yield Shown(entry.seq, "thread", content, part)
            case items.TurnOver(text=text):
                yield Shown(entry.seq, "thread", blocks.note(text))
            case items.ModelFailed(turn=turn, why="unavailable") if thread.turns[turn].failures == TELL_AFTER:
                yield Shown(entry.seq, "thread", blocks.aside(words.MODEL_DOWN))
            case items.ClickRefused(channel=str(channel), actor=actor, reason=reason):
                yield Shown(entry.seq, f"only:{channel}:{actor}", blocks.note(reason))
            case items.LinkLost():
                yield Shown(entry.seq, "thread", blocks.note(words.LINK_LOST))
            case item:
                yield from self._of_calls(thread, entry.seq, item)

    def _of_calls(self, thread: Thread, seq: int, item: items.Item) -> Iterator[Shown]:
        match item:
            case items.Request():
                yield from self._cards(thread, seq, None)
            case items.Decision(request=number) | items.Close(request=number):
                yield from self._cards(thread, number, None)
            case items.ToolResult(outcome=outcome) as result if outcome != "passing":
                yield from self._finished(thread, seq, thread.works[result.call], result)
            case items.ToolUnknown(call=call):
                yield from self._unknown(thread, seq, thread.works[call])
            case items.Refused(call=call, reason=reason) if asked := thread.works[call].request:
                yield from self._cards(thread, asked, plain(_brief(reason)))

    def _cards(self, thread: Thread, number: int, outcome: str | None) -> Iterator[Shown]:
        ask = thread.asks[number]
        work, tool = thread.works[ask.request.call], self.tools.get(ask.request.tool)
        for target, may_decide in self._places(thread, ask.request):
            shown = card(number, ask, work.call.arguments, tool, may_decide=may_decide, outcome=outcome)
            yield Shown(number, target, shown)

    def _places(self, thread: Thread, request: items.Request) -> Iterator[tuple[str, bool]]:
        assert thread.opened
        yield "thread", not thread.opened.private
        if self.approval_channel:
            yield f"channel:{self.approval_channel}", True
        elif thread.opened.private:
            yield from ((f"user:{user}", True) for user in request.approvers[:MAX_CARDS])

    def _finished(self, thread: Thread, seq: int, work: Work, result: items.ToolResult) -> Iterator[Shown]:
        tool = self.tools[result.tool]
        done = result.outcome == "done"
        if work.request:
            outcome = ":white_check_mark: Done" if done else f":x: Did not work: {plain(_brief(result.output))}"
            yield from self._cards(thread, work.request, f"{outcome}.")
        elif done and tool.risk is not Risk.LOW and work.known and work.known.subject:
            name = label(work.known.subject.name)
            yield Shown(
                seq, "thread", blocks.aside(f"Ran `{tool.name}` for {name}, who asked for it ({tool.risk.value} risk).")
            )
        if done and tool.sealed:
            yield from self._sealed(thread, seq, work)

    def _sealed(self, thread: Thread, seq: int, work: Work) -> Iterator[Shown]:
        subject = work.known and work.known.subject
        if subject and subject.slack_user:
            asked = thread.turns[work.call.turn].author
            link = self.reset_link(blocks.SECRET)
            text = (
                f"<@{asked}> asked for a new password for you, and IT approved it.\n"
                f"*<{link}|Set a new password>* within 15 minutes. Nobody else got this link.\n"
                "If you did not expect this, do not use it and tell IT."
            )
            content = {"text": "Your one-time link", "blocks": [blocks.section(text)], "sealed": work.seq}
            yield Shown(seq, f"user:{subject.slack_user}", content)

    def _unknown(self, thread: Thread, seq: int, work: Work) -> Iterator[Shown]:
        text = "nobody can say whether it took effect. It is not repeated; please check by hand."
        if work.request:
            yield from self._cards(thread, work.request, f":warning: Interrupted: {text}")
        yield Shown(seq, "thread", blocks.note(f":warning: `{work.call.tool}` was interrupted and {text}"))


def _brief(reason: str) -> str:
    return reason if len(reason) <= MAX_REASON else reason[: MAX_REASON - 1] + "…"


def _text(output: items.ModelOutput) -> str:
    cut_off = "\n\n_(My answer was cut off here.)_" if output.status == "incomplete" and output.text else ""
    return output.text + cut_off
