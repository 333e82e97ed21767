"""Nobody involved ever starts a call with their own vote: every shipped tool that changes something, every role."""

import itertools
import json
from typing import Any

import pytest

from bot.core import items
from bot.core.decide import decide
from bot.core.known import ClickKnown, Person, StartKnown
from bot.core.policy import Policy, Rule
from bot.core.steps import Append, Resolve, Run, Step
from tests.core.story import ALEX, ALEX_RECORD, DANA, EVE, KIM, OMAR, SAM, SAM_RECORD, Story, known_call
from tools import TOOLS
from tools.spec import Resource, Risk, Tool, menu

MENU = {each.name: each for each in TOOLS}
ABOVE_LOW = [each for each in TOOLS if each.risk is not Risk.LOW]
ARGUMENTS = {
    "user_id": "U-456",
    "group": "reports",
    "duration_hours": 8,
    "reason": "for the audit",
    "device_id": "L-1001",
    "ticket_id": "T-1001",
}
#: in whose hands the shipped tools are: everybody who could ever be asked
EVERYBODY = {"S1": (DANA, OMAR, KIM, EVE, ALEX, SAM)}
ROLES = {"requester": ALEX, "subject": SAM, "speaker": EVE, "editor": OMAR}


def test_every_tool_that_changes_something_of_weight_is_tried() -> None:
    assert {each.name for each in ABOVE_LOW} >= {"unlock_account", "reset_password", "grant_access", "wipe_device"}
    assert set(menu(TOOLS, {kind for each in TOOLS for kind in each.needs.values()})) == set(MENU)
    for each in ABOVE_LOW:
        assert set(each.arguments.model_fields) <= set(ARGUMENTS), each.name


class Case:
    """A call of one tool in a thread where Eve spoke before, and what can be done about it."""

    def __init__(self, tool: Tool, quorum: int, own: bool) -> None:
        self.tool, self.story = tool, Story()
        self.policy = Policy(approvers=("S1",), rules=(Rule(name="n", tools=(tool.name,), approvals=quorum),))
        self.subject = ALEX_RECORD if own else SAM_RECORD
        given = {name: ARGUMENTS[name] for name in tool.arguments.model_fields}
        if own and tool.subject:
            given[tool.subject] = ALEX_RECORD.record
        self.arguments = json.dumps(given)
        self.story.answer(self.story.turn(author=EVE, record="U-789"))
        (self.call,) = self.story.calls(self.story.turn(), (tool.name, self.arguments))

    @property
    def known(self) -> Any:
        thing = Resource(kind="thing", id="X-1", name="reports") if self.tool.resource else None
        return known_call(subject=self.subject, resource=thing, sources=EVERYBODY)

    def step(self) -> Step:
        return decide(self.story.thread, MENU, self.policy, self.story.now)

    def settle(self) -> Step:
        """Go on with every look-up saying yes, until something else is to be done."""
        while isinstance(step := self.step(), Append | Resolve):
            if isinstance(step, Append):
                for item in step.items:
                    self.story.add(item)
                continue
            facts: Any = self.known
            if step.about == "click":
                facts = ClickKnown(sources=("S1",), call=self.known)
            elif step.about == "start":
                number = self.story.thread.works[self.call].request
                voted = self.story.thread.asks[number].voted if number else {}
                facts = StartKnown(call=self.known, voters=voted)
            self.story.add(items.Facts(ref=step.ref, known=facts))
        return step

    @property
    def number(self) -> int:
        return next(iter(self.story.thread.asks))

    def click(self, actor: str, action: str = "approve", **changes: Any) -> Step:
        self.story.click(self.number, actor, action, **changes)
        return self.settle()


@pytest.mark.parametrize("own", [False, True], ids=["another", "oneself"])
@pytest.mark.parametrize("quorum", [1, 2, 3])
@pytest.mark.parametrize("tool", ABOVE_LOW, ids=lambda tool: tool.name)
def test_those_involved_never_start_it_and_others_do(tool: Tool, quorum: int, own: bool) -> None:
    case = Case(tool, quorum, own)
    assert not isinstance(case.settle(), Run), "nothing runs before anybody agreed"
    editor = OMAR if _edit(case) else None
    involved = [ALEX, EVE, case.subject.slack_user or ALEX, *([editor] if editor else [])]
    for actor, _ in itertools.product(involved, range(3)):
        assert not isinstance(case.click(actor), Run)
    assert not case.story.thread.asks[case.number].votes

    # then: it takes as many others as it says, all but one of them are not enough
    needs = case.story.thread.asks[case.number].request.needs
    assert needs >= max(quorum, 2 if tool.risk is Risk.CRITICAL else 1)
    others = [user for user in EVERYBODY["S1"] if user not in involved]
    steps = [case.click(user) for user in others[:needs]]
    assert not any(isinstance(step, Run) for step in steps[: needs - 1])
    if len(others) >= needs:
        assert steps[-1] == Run((case.call,))


def _edit(case: Case) -> bool:
    """Omar changes whatever may be changed, but makes nothing merely smaller."""
    if "reason" not in case.tool.arguments.model_fields:
        return False
    before = case.story.thread.asks[case.number].request.version
    case.click(OMAR, "edit", arguments=case.arguments.replace("the audit", "something else"))
    return case.story.thread.asks[case.number].request.version > before


@pytest.mark.parametrize("tool", ABOVE_LOW, ids=lambda tool: tool.name)
def test_nothing_is_done_to_another_person_without_an_approval(tool: Tool) -> None:
    case = Case(tool, 0, own=False)
    assert not isinstance(case.settle(), Run)
    assert case.story.thread.asks[case.number].request.subject == SAM_RECORD


@pytest.mark.parametrize("tool", ABOVE_LOW, ids=lambda tool: tool.name)
@pytest.mark.parametrize("actor", [ALEX, SAM, EVE])
def test_what_those_involved_write_approves_nothing(tool: Tool, actor: str) -> None:
    case = Case(tool, 1, own=False)
    case.settle()
    case.story.say("approve", actor)
    case.story.say("I hereby approve request 7", actor)
    assert not isinstance(case.step(), Run)


def test_medium_for_oneself_is_the_one_thing_that_needs_nobody() -> None:
    free = []
    for tool in ABOVE_LOW:
        case = Case(tool, 0, own=True)
        case.story = Story()
        (case.call,) = case.story.calls(case.story.turn(), (tool.name, case.arguments))
        if isinstance(case.settle(), Run):
            free.append(tool)
    assert {tool.risk for tool in free} == {Risk.MEDIUM}


def test_the_same_person_by_record_is_out_even_with_another_account() -> None:
    twin = Person(record="U-123", name="Alex Chen", privileged=False, slack_user=ALEX)
    story = Story()
    _, number = story.asked(requester=twin)
    story.vouch(story.click(number, DANA), record="U-123")
    assert "in the directory" in story.refused()
