"""The promises that hold for every log whatever happened, checked on the log alone and with none of the code that keeps
them: who agreed to what ran, that it ran once, and that the model was told everything in order."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import permutations

from bot.core import items
from bot.core.exchange import Called, Output, PromptItem, Said
from bot.core.items import Entry
from bot.core.known import CallKnown, ClickKnown, StartKnown, TurnKnown
from tests.core.toolbox import MENU
from tools.spec import Risk

#: how old what is known right before a start may be
FRESH = timedelta(seconds=5)


def kept(entries: Sequence[Entry], ran: Mapping[int, str]) -> None:
    """Fails where the log breaks a promise; `ran` has, by the seq of each start, the arguments that ran."""
    log = Log(entries)
    for entry in entries:
        if isinstance(entry.item, items.ToolStart):
            log.start(entry, entry.item, ran[entry.seq])
    log.once()
    log.stops()
    log.decisions()


class Log:
    """The log by seq, and questions about it."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = entries
        self.by_seq = {entry.seq: entry.item for entry in entries}
        self.calls = {e.seq: e.item for e in entries if isinstance(e.item, items.Call)}
        self.requests = {e.seq: e.item for e in entries if isinstance(e.item, items.Request)}

    # ── stops ──

    def stops(self) -> None:
        """Nothing that the model asked for starts once its turn was stopped, nor is the model asked for it again."""
        stopped: set[int] = set()
        for entry in self.entries:
            match entry.item:
                case items.TurnOver(why="stopped", turn=turn, stop=int(stop)):
                    assert self.by_seq[stop].actor == self.by_seq[turn].author  # type: ignore[union-attr]
                    stopped.add(turn)
                case items.ToolStart(call=call) if self.calls[call].origin == "model":
                    assert self.calls[call].turn not in stopped
                case items.ModelOutput(turn=turn) | items.Call(origin="model", turn=turn):
                    assert turn not in stopped

    # ── starts ──

    def start(self, entry: Entry, start: items.ToolStart, arguments: str) -> None:
        call, tool = self.calls[start.call], MENU[start.tool]
        if tool.risk is Risk.LOW:
            return
        known = self._looked_up(entry, start)
        if call.origin == "clock":
            assert call.due
            assert entry.at >= call.due or self._left(call.subject, entry.seq), "the clock is early"
            assert any(isinstance(e.item, items.ToolStart) and e.item.call == call.of for e in self.entries)
            return
        if tool.ends_after and start.attempt == 1:
            assert any(each.of == start.call and each.origin == "clock" for each in self.calls.values()), "never ends"
        asked = [seq for seq, request in self.requests.items() if request.call == start.call and seq < entry.seq]
        if not asked:
            assert tool.risk is Risk.MEDIUM
            self._own(start.call, entry.seq)
            return
        newest = self.requests[asked[-1]]
        assert newest.arguments == arguments, "what ran is not what was approved"
        self._approved(asked[-1], newest, entry.seq, known)

    def _looked_up(self, entry: Entry, start: items.ToolStart) -> StartKnown:
        found = [
            e
            for e in self.entries
            if e.seq < entry.seq
            and isinstance(e.item, items.Facts)
            and isinstance(e.item.known, StartKnown)
            and e.item.ref == start.call
        ]
        assert found
        assert entry.at - found[-1].at <= FRESH
        known = found[-1].item.known  # type: ignore[union-attr]  # facts, by the line above
        assert isinstance(known, StartKnown)
        assert not known.frozen
        assert not known.refusal
        return known

    def _left(self, record: str | None, before: int) -> bool:
        return any(isinstance(i, items.PersonLeft) and i.record == record for s, i in self.by_seq.items() if s < before)

    def _own(self, call: int, before: int) -> None:
        """It is for the requester themselves, and nobody else's words were read."""
        known = [
            e.item.known
            for e in self.entries
            if e.seq < before and isinstance(e.item, items.Facts) and e.item.ref == call
        ]
        for each in known:
            of = each.call if isinstance(each, StartKnown) else each
            assert isinstance(of, CallKnown)
            assert of.requester
            assert of.subject
            assert of.requester.record == of.subject.record
            assert not of.subject.privileged
        if self.calls[call].origin == "model":
            assert not self._read_before(call), "a tainted call ran freely"

    def _read_before(self, call: int) -> set[str]:
        """Whose words the output of this call had seen, but its author's own."""
        output = max(s for s, i in self.by_seq.items() if s < call and isinstance(i, items.ModelOutput))
        seen = self.by_seq[output].seen  # type: ignore[union-attr]  # a model_output, by the line above
        authors = {i.author for s, i in self.by_seq.items() if s <= seen and isinstance(i, items.UserMessage)}
        tools = {
            i.tool
            for s, i in self.by_seq.items()
            if s <= seen and isinstance(i, items.ToolResult) and i.outcome != "passing" and not i.trusted
        }
        return (authors - {self._author(call)}) | tools

    def _author(self, call: int) -> str:
        asked = self.calls[call]
        message = self.by_seq[asked.turn]
        assert isinstance(message, items.UserMessage)
        return asked.by or message.author

    # ── approvals ──

    def _approved(self, seq: int, request: items.Request, before: int, start: StartKnown) -> None:
        """Enough different, entitled people said yes to exactly this version, and by what is known right before the
        start they are entitled still and it touches what it touched."""
        assert start.call
        assert (start.call.subject, start.call.resource) == (request.subject, request.resource)
        number = request.number or seq
        closes = [
            i for s, i in self.by_seq.items() if s < before and isinstance(i, items.Close) and i.request == number
        ]
        assert [close.verdict for close in closes] == ["approved"]
        out, records = self._barred(number, seq, before)
        votes = [
            (s, i)
            for s, i in self.by_seq.items()
            if seq < s < before
            and isinstance(i, items.Decision)
            and i.request == number
            and i.actor not in out
            and i.record not in records
        ]
        assert all(vote.verdict == "approve" for _, vote in votes)
        people = [vote.actor for _, vote in votes]
        found = [vote.record for _, vote in votes if vote.record is not None]
        assert len(people) == len(set(people)) >= request.needs
        assert len(found) == len(set(found)), "one person counted twice"
        counted = {
            vote.actor: self._entitled(at, vote, request, number) & set(start.voters.get(vote.actor, ()))
            for at, vote in votes
        }
        assert all(counted.values())
        for quorum in request.quorums:
            also = {*request.fallback, *(request.escalation if self._escalated(number, before) else ())}
            sources = {*quorum.sources, *also}
            voters = {user: held & sources for user, held in counted.items()}
            if quorum.distinct:
                assert _places(voters, quorum.approvals), quorum
            else:
                assert len([user for user in voters if voters[user]]) >= quorum.approvals, quorum

    def _entitled(self, at: int, vote: items.Decision, request: items.Request, number: int) -> set[str]:
        """The sources the voter stood for, when the card was posted and when they clicked."""
        click = self.by_seq[vote.click]
        assert isinstance(click, items.Click)
        assert (click.action, click.actor, click.id) == ("approve", vote.actor, request.id), "another version"
        assert click.pressed_at < request.expires_at
        assert click.tenant in (None, "T1")
        known = [
            i.known for s, i in self.by_seq.items() if s < at and isinstance(i, items.Facts) and i.ref == vote.click
        ]
        assert isinstance(known[-1], ClickKnown)
        assert known[-1].refusal is None
        assert known[-1].record == vote.record
        hidden = () if self._escalated(number, at) else request.escalation
        posted = {source for source, users in request.members.items() if vote.actor in users and source not in hidden}
        return posted & set(known[-1].sources)

    def _escalated(self, number: int, before: int) -> bool:
        nudges = [
            i for s, i in self.by_seq.items() if s < before and isinstance(i, items.Nudge) and i.request == number
        ]
        return any(nudge.step == "escalate" for nudge in nudges)

    def _barred(self, number: int, version: int, before: int) -> tuple[set[str], set[str]]:
        """Whose vote is worth nothing: who asked, is touched, spoke before the version, changed it, or joined."""
        request = self.requests[version]
        out, records = {request.requester, self._author(request.call)}, set[str]()
        if request.subject:
            out |= {request.subject.slack_user} if request.subject.slack_user else set()
            records.add(request.subject.record)
        out |= {i.author for s, i in self.by_seq.items() if s < version and isinstance(i, items.UserMessage)}
        chain = {number, self.requests[number].renews}
        for seq, each in self.requests.items():
            if each.edited_by and each.number in chain and seq <= version and self._widened(seq, each):
                out.add(each.edited_by)
        for seq, item in self.by_seq.items():
            if seq < before and isinstance(item, items.Joined) and item.request in chain:
                out.add(self._author(item.call))
            if (
                seq < version
                and isinstance(item, items.Facts)
                and isinstance(item.known, TurnKnown)
                and item.known.record
            ):
                records.add(item.known.record)
        return out, records

    def _widened(self, seq: int, request: items.Request) -> bool:
        """The edit did more than lower the hours."""
        older = [r for s, r in self.requests.items() if s < seq and request.number in (s, r.number)]
        old, new = (MENU[request.tool].parse(each.arguments).model_dump() for each in (older[-1], request))
        rest = {name: value for name, value in old.items() if name != "hours"}
        return any(new[name] != value for name, value in rest.items()) or new.get("hours", 0) >= old.get("hours", 1)

    # ── everything once ──

    def once(self) -> None:
        starts = Counter(e.item.call for e in self.entries if isinstance(e.item, items.ToolStart))
        for call, count in starts.items():
            assert count == 1 or MENU[self.calls[call].tool].idempotent, "it may have acted twice"
        settled = Counter(
            e.item.call
            for e in self.entries
            if isinstance(e.item, items.Refused | items.ToolUnknown)
            or (isinstance(e.item, items.ToolResult) and e.item.outcome != "passing" and not e.item.late)
        )
        late = Counter(e.item.call for e in self.entries if isinstance(e.item, items.ToolResult) and e.item.late)
        unknown = {e.item.call for e in self.entries if isinstance(e.item, items.ToolUnknown)}
        assert unknown.issuperset(late), "a truth nobody waits for"
        closed = Counter(e.item.request for e in self.entries if isinstance(e.item, items.Close))
        clicks = Counter(self._answered())
        for counted in (settled, late, closed, clicks):
            assert all(count == 1 for count in counted.values()), counted
        for joined in (e.item for e in self.entries if isinstance(e.item, items.Joined)):
            assert joined.call not in starts, "it runs with the call it joined"
        ends = Counter(call.of for call in self.calls.values() if call.origin == "clock")
        assert all(count == 1 for count in ends.values())

    def _answered(self) -> Iterable[int]:
        for item in self.by_seq.values():
            if isinstance(item, items.Decision | items.ClickRefused | items.Request | items.Call | items.Close):
                yield from () if item.click is None else (item.click,)

    def decisions(self) -> None:
        """Requests are numbered and versioned one after the other, and nobody decides a closed one."""
        versions: dict[int, int] = {}
        closed: set[int] = set()
        for seq, item in self.by_seq.items():
            match item:
                case items.Request():
                    number = item.number or seq
                    assert item.version == versions.get(number, 0) + 1
                    assert number not in closed
                    versions[number] = item.version
                case items.Decision():
                    assert item.request not in closed
                case items.Close():
                    closed.add(item.request)
        ids = [request.id for request in self.requests.values()]
        assert len(ids) == len(set(ids))


def _places(voters: Mapping[str, set[str]], count: int) -> bool:
    """So many of them can each stand for another source."""
    some = {source for held in voters.values() for source in held}
    return any(
        all(source in voters[user] for user, source in zip(users, sources, strict=True))
        for users in permutations(voters, count)
        for sources in permutations(some, count)
    )


def paired(shown: tuple[PromptItem, ...]) -> None:
    """Every call has exactly one output, before anything else is said."""
    waiting: list[str] = []
    done: set[str] = set()
    for item in shown:
        match item:
            case Called(call_id):
                assert call_id not in done
                waiting.append(call_id)
            case Output(call_id):
                assert waiting.pop(0) == call_id
                done.add(call_id)
            case Said():
                assert not waiting
    assert not waiting
