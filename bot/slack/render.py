"""What the log wants Slack to show: a pure function of an entry and the thread it leads to."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bot.core import items, made, sources, words
from bot.core.files import FileRead
from bot.core.fold import NOTHING
from bot.core.items import Entry
from bot.core.known import SlackUser
from bot.core.thread import Thread, Work
from bot.slack import announce, blocks, handover, solved
from bot.slack.announce import HouseChange
from bot.slack.cases import Cases
from bot.slack.copies import Copies
from bot.slack.listed import opened
from bot.slack.shared import elsewhere
from bot.slack.solved import Answer
from bot.slack.words import looked_up, not_read
from bot.store.deliveries import Shown
from tools.spec import Risk, Tool

#: the seq of what a house begins with: the policy of the very first start, which is news to nobody
FIRST = 2

#: failures after which people are told that something does not end; it is attempted again all the same
TELL_UNENDED = 3


@dataclass(frozen=True, slots=True)
class Renderer:
    """Knows where cards go and how tools are described."""

    tools: Mapping[str, Tool]
    approval_channel: str | None
    #: makes the one-time link from the place its secret will take
    reset_link: Callable[[str], str]
    #: such as https://example.slack.com/, where links to messages begin; empty: there are none
    workspace_url: str = ""
    #: where people in IT are told how things are
    alert_channel: str | None = None

    @property
    def _copies(self) -> Copies:
        return Copies(Cases(self.tools, self.workspace_url), self.approval_channel)

    def __call__(self, thread: Thread, entry: Entry) -> Iterator[Shown]:
        """What the entry wants shown; `thread` is the fold with the entry."""
        found = self._shown(thread, entry)
        place = thread.opened
        if place and not items.in_slack(place.channel):
            # whoever asked elsewhere is answered there; cards, links and alerts go where they go anyway
            return (shown for shown in found if shown.target != "thread")
        return elsewhere(thread, entry, found, self.workspace_url) if place and place.shared else found

    def _shown(self, thread: Thread, entry: Entry) -> Iterator[Shown]:
        match entry.item:
            case items.ModelOutput() as output:
                yield from _answer(thread, entry.seq, output)
            case items.TurnOver(text=text) if text:
                yield Shown(entry.seq, "thread", blocks.note(text))
            case items.Delayed(why=why):
                yield Shown(entry.seq, "thread", blocks.aside(words.BUSY if why == "turns" else words.MODEL_DOWN))
            case (
                items.ClickRefused(channel=str(channel), actor=actor, reason=reason)
                | items.StopRefused(channel=str(channel), actor=actor, reason=reason)
            ) if channel:
                yield Shown(entry.seq, f"only:{channel}:{actor}", blocks.note(reason))
            case items.SwitchRefused() | items.Switched() | items.PolicyChanged() | items.RolledOut() as item:
                yield from self._of_house(entry.seq, item)
            case items.Alert() as found if self.alert_channel:
                yield Shown(entry.seq, f"channel:{self.alert_channel}", blocks.note(announce.alert(found)))
            case items.HandedOver() as item:
                yield from handover.shown(thread, entry.seq, item, self.workspace_url)
            case items.Attached(files=files):
                yield from _unread(entry.seq, files)
            case (
                items.Request() | items.Joined() | items.Nudge() | items.Decision() | items.Close() | items.Deleted()
            ) as item:
                yield from self._copies.shown(thread, entry.seq, item)
            case item:
                yield from self._of_call(thread, entry.seq, item)

    def _of_house(self, seq: int, item: items.SwitchRefused | HouseChange) -> Iterator[Shown]:
        match item:
            case items.SwitchRefused(channel=channel, actor=actor, reason=reason):
                if channel and actor:
                    yield Shown(seq, f"only:{channel}:{actor}", blocks.note(reason))
            case change if self.approval_channel and not (isinstance(change, items.PolicyChanged) and seq == FIRST):
                yield Shown(seq, f"channel:{self.approval_channel}", blocks.note(announce.house(change)))

    # ── calls ──

    def _of_call(self, thread: Thread, seq: int, item: items.Item) -> Iterator[Shown]:
        match item:
            case items.LinkLost():
                yield Shown(seq, "thread", blocks.note(words.LINK_LOST))
            case items.ToolResult(call=call, outcome="passing", output=output):
                work = thread.works[call]
                if work.call.origin == "clock" and work.attempts == TELL_UNENDED:
                    yield from self._everywhere(seq, announce.not_ended(thread, work, output))
            case items.ToolResult(call=call, late=True) as result:
                yield from self._learnt(thread, seq, thread.unknown[call], result)
            case items.ToolResult(call=call) as result:
                yield from self._settled(thread, thread.works[call])
                yield from self._finished(thread, seq, thread.works[call], result)
            case items.ToolUnknown(call=call):
                yield from self._settled(thread, thread.works[call])
                yield Shown(seq, "thread", blocks.note(announce.unknown(thread.works[call])))
            case items.Refused(call=call, reason=reason):
                yield from self._settled(thread, thread.works[call])
                if thread.works[call].call.origin == "clock":
                    yield from self._everywhere(seq, announce.not_ended(thread, thread.works[call], reason, last=True))

    def _learnt(self, thread: Thread, seq: int, work: Work, result: items.ToolResult) -> Iterator[Shown]:
        yield from self._settled(thread, work)
        yield Shown(seq, "thread", blocks.note(announce.learnt(work, result)))
        if result.outcome == "done" and result.tool in self.tools and self.tools[result.tool].sealed:
            yield from self._sealed(thread, seq, work)

    def _everywhere(self, seq: int, text: str) -> Iterator[Shown]:
        yield Shown(seq, "thread", blocks.note(text))
        if self.approval_channel:
            yield Shown(seq, f"channel:{self.approval_channel}", blocks.note(text))

    def _settled(self, thread: Thread, work: Work) -> Iterator[Shown]:
        """The cards of the call, and of the call that it took back."""
        if work.request is not None and work.request in thread.asks:
            yield from self._copies.cards(thread, work.request)
        of = work.call.of
        yield from (
            shown
            for number, ask in thread.asks.items()
            if of is not None and ask.request.call == of and ask.renewed_by is None
            for shown in self._copies.cards(thread, number)
        )

    def _finished(self, thread: Thread, seq: int, work: Work, result: items.ToolResult) -> Iterator[Shown]:
        tool = self.tools.get(result.tool)
        if tool is None:
            return
        done = result.outcome == "done"
        if work.call.origin == "clock" and done and result.output == NOTHING:
            return
        if work.call.origin == "clock":
            text = announce.ended(thread, work) if done else announce.not_ended(thread, work, result.output, last=True)
            yield Shown(seq, "thread", blocks.aside(text))
        elif work.call.turn in thread.turns and thread.turns[work.call.turn].stopped and not tool.read_only:
            yield Shown(seq, "thread", blocks.aside(announce.after_stop(work, result)))
        elif done and not work.request and tool.risk is not Risk.LOW and work.known and work.known.subject:
            yield Shown(seq, "thread", blocks.aside(announce.ran(thread, work, tool, work.known.subject)))
        if done and tool.sealed:
            yield from self._sealed(thread, seq, work)

    def _sealed(self, thread: Thread, seq: int, work: Work) -> Iterator[Shown]:
        subject, asker = work.known and work.known.subject, _asker(thread, work)
        if subject and subject.slack_user and asker:
            text = announce.sealed(asker, self.reset_link(blocks.SECRET))
            content = {"text": "Your one-time link", "blocks": [blocks.section(text)], "sealed": work.seq}
            yield Shown(seq, f"user:{subject.slack_user}", content)
            manager = work.known and work.known.manager
            if manager and manager not in (asker, subject.slack_user):
                yield Shown(seq, f"user:{manager}", blocks.note(announce.sealed_of_report(asker, subject)))


def _answer(thread: Thread, seq: int, output: items.ModelOutput) -> Iterator[Shown]:
    contents = blocks.answer(_text(output), frozenset(thread.links))
    if solved.is_final(output) and (read := sources.uncited(thread.turns[output.turn].sources, output.text)):
        contents[-1]["blocks"].append(blocks.context(looked_up(read, frozenset(thread.links))))
    if solved.is_final(output) and (new := made.unnamed(thread.turns[output.turn].tickets, output.text)):
        contents[-1]["blocks"].append(blocks.context(opened(new)))
    if thread.opened and solved.is_final(output) and not thread.handed_over:
        contents[-1]["blocks"] += solved.foot(Answer(thread.opened.conversation, output.turn))
    yield from (Shown(seq, "thread", content, part) for part, content in enumerate(contents))


def _unread(seq: int, files: tuple[FileRead, ...]) -> Iterator[Shown]:
    if lines := [*not_read(files)]:
        yield Shown(seq, "thread", blocks.notes(lines))


def _asker(thread: Thread, work: Work) -> SlackUser | None:
    """Who asked for the call, as long as its turn or its request is remembered."""
    if work.call.turn in thread.turns:
        return thread.author(work)
    ask = thread.asks.get(work.request or 0)
    return ask.request.requester if ask else None


def _text(output: items.ModelOutput) -> str:
    ending = {"incomplete": "\n\n_(My answer was cut off here.)_", "stopped": "\n\n_(Stopped.)_"}
    return output.text + ending.get(output.status, "") if output.text else ""
