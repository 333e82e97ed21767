"""The house: one approver stops everything, two different ones let it go on."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bot.core import items, words
from bot.core.known import ClickKnown
from bot.core.steps import Append, Resolve, Wait
from tests.core.story import DANA, EVE, KIM, OMAR, Story

RECORDS = {DANA: "U-1", OMAR: "U-2", KIM: "U-1", EVE: None}


def switch(story: Story, action: str, actor: str | None = DANA, *, approver: bool = True) -> items.Item:
    """Somebody's switch and what came of it; Kim is a second account of Dana."""
    seq = story.add(items.Switch.model_validate({"action": action, "actor": actor, "channel": "D1"}))
    if actor is not None:
        assert story.step() == Resolve("switch", seq)
        sources = (actor,) if approver else ()
        story.add(items.Facts(ref=seq, known=ClickKnown(sources=sources, record=RECORDS[actor])))
    (item,) = story.take()
    return item


def reason(item: items.Item) -> str:
    assert isinstance(item, items.SwitchRefused)
    return item.reason


def test_one_approver_freezes_and_two_different_ones_go_on() -> None:
    story = Story()
    switch(story, "freeze", DANA)
    assert story.thread.frozen
    switch(story, "unfreeze", DANA)
    assert story.thread.frozen
    assert reason(switch(story, "unfreeze", DANA)) == words.SOMEBODY_ELSE
    switch(story, "unfreeze", OMAR)
    assert not story.thread.frozen
    assert story.step() == Wait(None)


def test_the_command_line_freezes_and_does_not_go_on_alone() -> None:
    story = Story()
    switch(story, "freeze", None)
    assert story.thread.frozen
    for _ in range(3):
        switch(story, "unfreeze", None)
        assert story.thread.frozen


def test_whoever_is_no_approver_switches_nothing() -> None:
    story = Story()
    assert reason(switch(story, "freeze", EVE, approver=False)) == words.NO_SWITCH
    assert not story.thread.frozen
    switch(story, "freeze", DANA)
    assert reason(switch(story, "unfreeze", EVE, approver=False)) == words.NO_SWITCH


def test_a_freeze_takes_back_what_one_had_said_about_going_on() -> None:
    story = Story()
    switch(story, "freeze", DANA)
    switch(story, "unfreeze", DANA)
    switch(story, "freeze", OMAR)
    switch(story, "unfreeze", OMAR)
    assert story.thread.frozen


def test_what_stands_still_is_told_and_what_goes_too() -> None:
    story = Story()
    assert reason(switch(story, "unfreeze")) == words.NOT_FROZEN
    switch(story, "freeze")
    assert reason(switch(story, "freeze", OMAR)) == words.FROZEN_ALREADY


def test_one_human_with_two_accounts_does_not_unfreeze_alone() -> None:
    story = Story()
    switch(story, "freeze", DANA)
    switch(story, "unfreeze", DANA)
    switch(story, "unfreeze", KIM)
    assert story.thread.frozen


class House(RuleBasedStateMachine):
    """Switches in any order; what the log says about them is read without the code under test."""

    def __init__(self) -> None:
        super().__init__()
        self.story = Story()

    @rule(action=st.sampled_from(["freeze", "unfreeze"]), actor=st.sampled_from([DANA, OMAR, EVE, None]))
    def somebody_switches(self, action: str, actor: str | None) -> None:
        self.story.add(items.Switch.model_validate({"action": action, "actor": actor}))

    @rule(approver=st.booleans(), refusal=st.sampled_from([None, None, "no"]))
    def the_worker_steps(self, approver: bool, refusal: str | None) -> None:
        match self.story.step():
            case Append(new):
                for item in new:
                    self.story.add(item)
            case Resolve("switch", ref):
                known = ClickKnown(refusal=refusal, sources=("S1",) if approver else ())
                self.story.add(items.Facts(ref=ref, known=known))
            case step:
                assert step == Wait(None)

    @invariant()
    def it_goes_on_only_after_two_different_said_so_since_the_last_freeze(self) -> None:
        log = {entry.seq: entry.item for entry in self.story.entries}
        wanted: set[str | None] = set()
        frozen = False
        for item in log.values():
            if not isinstance(item, items.Switched):
                continue
            asked = log[item.switch]
            assert isinstance(asked, items.Switch)
            if asked.actor is not None:
                (known,) = [i.known for i in log.values() if isinstance(i, items.Facts) and i.ref == item.switch]
                assert isinstance(known, ClickKnown)
                assert known.sources
                assert not known.refusal
            wanted = set() if asked.action == "freeze" else wanted | {asked.actor}
            if frozen and not item.frozen:
                assert len(wanted) == 2
                wanted = set()
            frozen = item.frozen
        assert self.story.thread.frozen == frozen

    @invariant()
    def each_switch_is_answered_once(self) -> None:
        answered = [
            e.item.switch for e in self.story.entries if isinstance(e.item, items.Switched | items.SwitchRefused)
        ]
        assert len(answered) == len(set(answered))


House.TestCase.settings = settings(stateful_step_count=40)
TestHouse = House.TestCase
