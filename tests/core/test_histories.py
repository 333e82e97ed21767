"""Random histories of people, clicks, edits, a whimsical model and dying workers keep what is promised.

What is checked is in promises.py, read from the log alone.
"""

import re
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.core import handover, items, outsiders
from bot.core.decide import decide
from bot.core.endings import ending
from bot.core.exchange import Opaque
from bot.core.fold import fold
from bot.core.known import CallKnown, ClickKnown, HumansKnown, StartKnown, TurnKnown
from bot.core.prompt import History, history
from bot.core.routing import ONE, Lineup, Offer
from bot.core.starts import START_FRESH
from bot.core.steps import Append, CallModel, Resolve, Run, Step, Summarise, Wait
from bot.core.summary import LEFT_OUT, shown
from bot.core.thread import Thread
from bot.store import snapshots
from tests.core import privacy, promises
from tests.core.crowd import ACTIONS, ASKED, AUTHORS, CALLS, EDITS, EVERYBODY, PEOPLE, POLICIES, Known, found, rarely
from tests.core.story import SAM, Story
from tests.core.toolbox import MENU

SEVERAL = Lineup((Offer("main"), Offer("mini", "small"), Offer("other")), ("main", "other"))


class Histories(RuleBasedStateMachine):
    """Whatever happens is done to a Story; `decide` alone chooses what is done about it."""

    def __init__(self) -> None:
        super().__init__()
        self.story = Story()
        self.policy = POLICIES["one list"]
        self.lineup = ONE
        #: calls in flight, and the input of the last request
        self.shown: tuple[Any, ...] = ()
        #: the same of each person's, were they from outside
        self.told: dict[str, tuple[Any, ...]] = {}
        #: of each request: its input, and that of the one before it, unless the past was rebased between them
        self.requests: list[tuple[tuple[Any, ...], tuple[Any, ...]]] = []
        #: what the model will ask for next
        self.wanted: list[tuple[str, str]] = []
        self.flying: tuple[int, ...] = ()
        self.kept = History()
        self.folds: list[tuple[int, Thread]] = []
        #: of each start, by its seq: the arguments that ran
        self.ran: dict[int, str] = {}
        self.checked = 0
        #: bytes that the model's input may have: so few that it begins anew again and again
        self.room = 1_200
        #: whose words were read, which nobody forgets
        self.taint: frozenset[str] = frozenset()

    @initialize(name=st.sampled_from(sorted(POLICIES)), lineup=st.sampled_from([ONE, SEVERAL]))
    def it_begins(self, name: str, lineup: Lineup) -> None:
        self.policy = POLICIES[name]
        self.lineup = lineup

    # ── what people do ──

    @rule(author=AUTHORS, data=st.data())
    def somebody_writes(self, author: str, data: st.DataObject) -> None:
        self.story.say(f"hello, says {author}", author)
        self._go(data)

    @rule(author=AUTHORS, wanted=st.lists(ASKED, min_size=1, max_size=2), data=st.data())
    def somebody_asks_for_something(self, author: str, wanted: list[tuple[str, str]], data: st.DataObject) -> None:
        self.story.say("please", author)
        self.wanted = wanted
        self._go(data, 30)

    @rule(actor=AUTHORS, data=st.data())
    def somebody_wants_it_to_stop(self, actor: str, data: st.DataObject) -> None:
        self._stop(actor)
        self._go(data)

    def _stop(self, actor: str) -> None:
        self.story.add(items.Stop(actor=actor, pressed_at=self.story.now))

    @precondition(lambda self: self._messages())
    @rule(data=st.data(), gone=st.booleans())
    def somebody_changes_or_deletes_what_they_wrote(self, data: st.DataObject, gone: bool) -> None:
        if rarely(data, 2):
            return
        seq = data.draw(st.sampled_from(self._messages()))
        if gone and self.story.delete_message(seq):
            self.kept, self.shown, self.told = History(), (), {}
        elif not gone:
            self.story.edit_message(seq, data.draw(st.sampled_from(["hello", "other words"])))
        self._go(data)

    def _messages(self) -> list[int]:
        said = [entry for entry in self.story.entries if isinstance(entry.item, items.UserMessage)]
        return [entry.seq for entry in said if isinstance(entry.item, items.UserMessage) and entry.item.ts][-5:]

    @precondition(lambda self: self.story.thread.asks)
    @rule(data=st.data(), actor=PEOPLE, action=ACTIONS)
    def somebody_clicks(self, data: st.DataObject, actor: str, action: str) -> None:
        number = data.draw(st.sampled_from([*self._open(), *self.story.thread.asks]))
        changes: dict[str, Any] = {"reason": "no", "arguments": data.draw(EDITS)} if action in ("deny", "edit") else {}
        if rarely(data, 4):
            changes["id"] = data.draw(st.sampled_from(self._ids(number)))
        if rarely(data, 10):
            changes["pressed_at"] = self.story.now + timedelta(hours=data.draw(st.sampled_from([-2, 23, 25])))
        if rarely(data, 20):
            changes["tenant"] = "T2"
        self.story.click(999 if rarely(data, 30) else number, actor, action, **changes)
        self._go(data)

    @precondition(lambda self: self._open())
    @rule(data=st.data(), people=st.permutations(EVERYBODY), count=st.integers(1, 6), edits=EDITS)
    def many_click(self, data: st.DataObject, people: list[str], count: int, edits: str) -> None:
        """Without this few histories would get to a start; one of them edits, mostly too late or out of place."""
        number = data.draw(st.sampled_from(self._open()))
        request = self.story.thread.asks[number].request
        if request.tool == "give" and data.draw(st.booleans()):
            editor = data.draw(st.sampled_from([*request.approvers, request.requester]))
            self.story.click(number, editor, "edit", arguments=edits)
            self._go(data)
        for actor in people[:count]:
            self.story.click(number, actor, **self._odd(data, request))
        self._go(data, 40)

    def _odd(self, data: st.DataObject, first: items.Request) -> dict[str, Any]:
        """What may be odd about a click: the card before one's eyes was there first, it is too late, from elsewhere."""
        late, elsewhere = {"pressed_at": first.expires_at}, {"tenant": "T2"}
        return data.draw(st.sampled_from([{}, {}, {}, {}, {"id": first.id}, {"id": first.id}, late, elsewhere]))

    @rule(data=st.data(), actor=PEOPLE, author=AUTHORS, turn=st.integers(1, 20))
    def somebody_wants_a_person(self, data: st.DataObject, actor: str, author: str, turn: int) -> None:
        shown = [entry for entry in self.story.entries if entry.seq >= self.story.thread.since]
        for item in handover.pressed(self.story.thread, shown, turn, author, actor):
            assert isinstance(item, items.Call)
            assert (item.requester or self.story.thread.turns[item.turn].author) == author
            wrote = set(re.findall("says (U0[A-Z]+)", item.arguments))
            assert wrote <= {author}, "these are somebody else's words"
            self.story.add(item)
        self._go(data)

    @precondition(lambda self: self._done())
    @rule(data=st.data())
    def somebody_takes_it_back(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(self._done()))
        request = self.story.thread.asks[number].request
        self.story.click(number, data.draw(st.sampled_from([SAM, request.requester, *request.approvers])), "undo")
        self._go(data)

    def _done(self) -> list[int]:
        return [number for number, ask in self.story.thread.asks.items() if ask.ended == "done"]

    def _open(self) -> list[int]:
        return [number for number, ask in self.story.thread.asks.items() if not ask.close]

    def _ids(self, number: int) -> list[str]:
        made = [(e.seq, e.item) for e in self.story.entries if isinstance(e.item, items.Request)]
        return [request.id for seq, request in made if number in (seq, request.number)]

    # ── what the world does ──

    @rule(hours=st.sampled_from([0, 0, 1, 1, 2, 8, 25]), seconds=st.sampled_from([3, 20]), data=st.data())
    def time_passes(self, hours: int, seconds: int, data: st.DataObject) -> None:
        self.story.pass_time(hours=hours, seconds=seconds)
        self._go(data)

    @rule(name=st.sampled_from(sorted(POLICIES)), data=st.data())
    def the_policy_is_replaced(self, name: str, data: st.DataObject) -> None:
        if rarely(data, 2):
            self.policy = POLICIES[name]

    @precondition(lambda self: any(work.due for work in self.story.thread.works.values()))
    @rule(record=st.sampled_from(["U-456", "U-999"]), data=st.data())
    def somebody_leaves(self, record: str, data: st.DataObject) -> None:
        self.story.add(items.PersonLeft(record=record))
        self._go(data)

    @precondition(lambda self: self._unknown())
    @rule(data=st.data())
    def the_truth_comes_late(self, data: st.DataObject) -> None:
        call = data.draw(st.sampled_from(self._unknown()))
        outcome: items.Outcome = data.draw(st.sampled_from(["done", "failed"]))
        tool = self.story.thread.unknown[call].call.tool
        self.story.add(items.ToolResult(call=call, tool=tool, outcome=outcome, output='"late"', late=True))
        self._go(data)

    def _unknown(self) -> list[int]:
        return [call for call, work in self.story.thread.unknown.items() if not work.learnt]

    @precondition(lambda self: self.flying)
    @rule(data=st.data())
    def what_runs_lands(self, data: st.DataObject) -> None:
        self._land(data)
        self._go(data)

    def _land(self, data: st.DataObject) -> None:
        if rarely(data, 8):
            self.story.add(items.Interrupted(calls=self.flying))
            self.flying = ()
            return
        for call in self.flying:
            work = self.story.thread.works[call]
            outcomes: tuple[items.Outcome, ...] = ("done", "done", "done", "wrong", "failed")
            if work.call.origin == "clock":
                outcomes = ("done", "passing")
            elif MENU[work.call.tool].on_failure.value == "retry" and work.attempts < 3:
                outcomes = (*outcomes, "passing", "passing")
            output = '{"ticket_id":"T-1001"}' if work.call.tool == handover.TOOL else '"ok"'
            self.story.result(call, data.draw(st.sampled_from(outcomes)), output)
        self.flying = ()

    # ── what the worker does ──

    def _go(self, data: st.DataObject, at_most: int | None = None) -> None:
        """The worker goes on until there is nothing to do, or not as far."""
        for _ in range(at_most or data.draw(st.sampled_from([30, 30, 30, 0, 1, 2, 5]))):
            self.folds.append((self.story.thread.head, self.story.thread))
            step = self._decided()
            if self.flying and isinstance(step, Run | CallModel | Wait):
                if rarely(data, 5):
                    return
                self._land(data)
                continue
            match step:
                case Append(new):
                    for item in new:
                        self.story.add(item)
                        if isinstance(item, items.Rebase):
                            self.shown, self.told = (), {}
                case Resolve(about, ref):
                    self.story.add(items.Facts(ref=ref, known=found(data, self.story.thread, about, ref)))
                case Run(calls):
                    self._start(calls)
                case CallModel():
                    self._model(data, step)
                case Summarise(_, since):
                    self._begin_anew(since, data.draw(st.booleans()))
                case Wait():
                    return

    def _decided(self) -> Step:
        step = decide(self.story.thread, MENU, self.policy, self.story.now, self._weigh, self.lineup)
        if isinstance(step, CallModel) and self.lineup is not ONE:
            assert step.model == self.story.thread.model, "who is asked is on record"
        if isinstance(step, Wait) and step.until:
            assert step.until > self.story.now, "a wait for what is over already never ends"
        return step

    def _weigh(self, turn: int, since: int) -> float:
        shown = [entry for entry in self.story.entries if entry.seq >= since]
        kept = self.kept if since == self.story.thread.since else History()
        return kept.size(shown, turn, self.story.thread.head) / self.room

    def _begin_anew(self, since: int, summed_up: bool) -> None:
        """The summary names what it is made of, and what its forerunner named."""
        thread = self.story.thread
        assert thread.since < since
        assert not any(work.seq < since and work.owed for work in thread.works.values()), "it is owed its outcome"
        assert not any(number < since and not ask.close for number, ask in thread.asks.items()), "it is open"
        made_of = [
            e for e in self.story.entries if thread.since <= e.seq < since and isinstance(e.item, items.UserMessage)
        ]
        named = [f"<{entry.seq}>" for entry in made_of if entry.item.ts]  # type: ignore[union-attr]
        forerunner = self.story.entries[thread.summary - 1].item if thread.summary else None
        earlier = forerunner.summary if isinstance(forerunner, items.Rebase) else ""
        self.story.add(self.story.rebase(since, f"{earlier} said: {named}" if summed_up else ""))
        self.shown, self.told = (), {}

    def _start(self, calls: tuple[int, ...]) -> None:
        for call in calls:
            work = self.story.thread.works[call]
            if self.policy.needs_facts(MENU[work.call.tool]):
                assert work.start_at
                assert self.story.now - work.start_at <= START_FRESH
                assert not work.start.frozen if work.start else False
            self.ran[self.story.start(call)] = work.arguments
            end = ending(work, MENU[work.call.tool], self.story.now)
            if end and not work.attempts:
                self.story.add(end)
        self.flying = calls

    def _model(self, data: st.DataObject, step: CallModel) -> None:
        if self.story.thread.borders and rarely(data, 4):
            self._begin_anew(data.draw(st.sampled_from(self.story.thread.borders)), data.draw(st.booleans()))
        seen = self.story.thread.head
        asked = history(self.story.entries, step.turn, seen)
        shown = [entry for entry in self.story.entries if entry.seq >= self.story.thread.since]
        assert history(shown, step.turn, seen) == asked, "what is left out is needed"
        assert self.kept.input(self.story.entries, step.turn, seen) == asked, "what is kept is what would be computed"
        assert asked[: len(self.shown)] == self.shown, "the past is rewritten"
        promises.paired(asked)
        joined = self._joined(self.story.thread.turns[step.turn].author)
        outside = {} if joined else self._outside(step.turn, seen)
        self.requests.append((self.shown, asked))
        self._summed_up(asked)
        assert all(each.model == step.model for each in asked if isinstance(each, Opaque)), "another model's reasoning"
        self.story.mind = step.model
        if rarely(data, 6):
            self.story.say("meanwhile", data.draw(AUTHORS))
        if rarely(data, 12):
            self._stop(self.story.thread.turns[step.turn].author)
            if data.draw(st.booleans()):
                self.shown, self.told = asked, self.told | outside
                self.story.cut_off(step.turn, seen)
            else:
                self.story.add(items.ModelFailed(turn=step.turn, why="stopped", retry_at=None))
            return
        if rarely(data, 10):
            why: items.FailureReason = data.draw(st.sampled_from(["unavailable", "empty"]))
            retry_at = self.story.now + timedelta(seconds=data.draw(st.sampled_from([2, 60])))
            if self.lineup is not ONE and rarely(data, 3):
                self.story.add(items.ModelFailed(turn=step.turn, why="rejected", retry_at=None))
            else:
                shut = data.draw(st.booleans())
                self.story.add(items.ModelFailed(turn=step.turn, why=why, retry_at=retry_at, asked=not shut))
            return
        self.shown, self.told = asked, self.told | outside
        wanted, self.wanted = self.wanted, []
        if not wanted and rarely(data, 3):
            wanted = data.draw(st.lists(CALLS, min_size=1, max_size=3))
        if wanted:
            self.story.calls(step.turn, *wanted, seen=seen, text=data.draw(st.sampled_from(["", "a word"])))
        else:
            self.story.answer(step.turn, seen=seen)

    def _joined(self, author: str) -> bool:
        """They share a request with somebody, which visitors never do."""
        joined = {entry.item.call for entry in self.story.entries if isinstance(entry.item, items.Joined)}
        return any(privacy.author_of(self.story.entries, call) == author for call in joined)

    def _outside(self, turn: int, seen: int) -> dict[str, tuple[Any, ...]]:
        """Were its author from outside: they are shown what they were told, whole, and nothing else of ours."""
        author = self.story.thread.turns[turn].author
        asked = history([*outsiders.told(self.story.entries, author)], turn, seen)
        promises.paired(asked)
        before = self.told.get(author, ())
        assert asked[: len(before)] == before, "the past is rewritten"
        privacy.own(asked, self.story.entries, author)
        return {author: asked}

    def _summed_up(self, asked: tuple[Any, ...]) -> None:
        """The last summary stands in front until something it is made of is deleted, and then it is in no log."""
        thread = self.story.thread
        if thread.since > 1:
            rebase = self.story.entries[thread.summary - 1].item if thread.summary else None
            assert asked[0] == (shown(rebase.summary) if isinstance(rebase, items.Rebase) else LEFT_OUT)
        gone = {f"<{e.item.ref}>" for e in self.story.entries if isinstance(e.item, items.Deleted)}
        for entry in self.story.entries:
            if isinstance(entry.item, items.Rebase):
                assert not any(each in entry.item.summary for each in gone), "a summary of what is deleted"

    # ── the promises ──

    @invariant()
    def the_promises_hold(self) -> None:
        if self.story.thread.head == self.checked:
            return
        self.checked = self.story.thread.head
        promises.kept(self.story.entries, self.ran)
        thread = self.story.thread
        taint = frozenset((*thread.influences, *thread.speakers, *thread.speaker_records))
        assert taint >= self.taint, "what was summed up is forgotten to be somebody's words"
        self.taint = taint

    def teardown(self) -> None:  # noqa: PLR0912 -- one case a step
        """When everybody is calm and the model answers, every turn comes to rest and every call has its output."""
        if self.flying:
            self.story.add(items.Interrupted(calls=self.flying))
            self.flying = ()
        for _ in range(1_000):
            match self._decided():
                case Append(new):
                    for item in new:
                        self.story.add(item)
                case Resolve(about, ref):
                    known: dict[str, Known] = {"turn": TurnKnown(record=None), "humans": HumansKnown()}
                    known |= {"click": ClickKnown(), "call": CallKnown()}
                    self.story.add(items.Facts(ref=ref, known={**known, "start": StartKnown(call=CallKnown())}[about]))
                case Run(calls):
                    self._start(calls)
                    for call in calls:
                        self.story.result(call)
                    self.flying = ()
                case Summarise(_, since):
                    self._begin_anew(since, True)
                case CallModel(turn, _):
                    promises.paired(history(self.story.entries, turn, self.story.thread.head))
                    self.story.answer(turn)
                case Wait(None):
                    break
                case Wait(until):
                    assert until
                    self.story.now = until
        else:
            raise AssertionError("the conversation never comes to rest")
        promises.kept(self.story.entries, self.ran)
        assert not any(turn.unseen for turn in self.story.thread.turns.values())
        assert not [work for work in self.story.thread.works.values() if not work.settled]
        assert all(ask.close for ask in self.story.thread.asks.values())
        assert not self.story.thread.handing, "somebody waits for a person whom nobody told"
        handed = {e.item.call for e in self.story.entries if isinstance(e.item, items.HandedOver)}
        pressed = {e.seq for e in self.story.entries if isinstance(e.item, items.Call) and e.item.origin == "command"}
        assert pressed <= handed, "whatever became of its call, a press of the button is told"
        for head, thread in self.folds[:: max(1, len(self.folds) // 5)]:
            kept = snapshots.load(snapshots.dump(thread))
            assert kept == thread, "a snapshot is the thread"
            assert fold(self.story.entries[head:], kept) == self.story.thread, "a fold may stop anywhere and go on"


Histories.TestCase.settings = settings(stateful_step_count=30, report_multiple_bugs=False)
TestHistories = Histories.TestCase
