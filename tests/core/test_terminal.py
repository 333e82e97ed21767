"""A command line: what only reads runs for nobody; the rest is asked for in somebody's name, unproven."""

from typing import Any

import pytest

from bot.core import items, words
from bot.core.fold import fold
from bot.core.policy import Policy, Rule
from bot.core.status import status
from bot.core.steps import Append, Resolve, Run, Wait
from bot.slack.render import Renderer
from bot.store import snapshots
from bot.store.deliveries import Shown
from tests.core.story import ALEX, ALEX_RECORD, DANA, OMAR, RESET, Story
from tests.core.toolbox import MENU

TERMINAL = items.Terminal(host="it-1", user="root")

#: calls, and whether the policy would let Alex have them without anybody in Slack
OWN = (
    ("look", '{"query":"wifi"}'),
    ("note_down", '{"text":"x"}'),
    ("unlock", '{"user_id":"U-123"}'),
)


def typed(tool: str, arguments: str, name: str | None = ALEX) -> tuple[Story, int]:
    """Somebody types a call; and its number."""
    story = Story()
    story.add(items.Opened(tenant="T1", channel=items.TERMINAL, thread_ts="abc", private=False))
    turn = story.add(items.Commanded(actor=name, terminal=TERMINAL))
    return story, story.add(items.Call(origin="terminal", turn=turn, tool=tool, arguments=arguments, requester=name))


def asked(tool: str, arguments: str, policy: Policy | None = None, **facts: Any) -> tuple[Story, items.Request]:
    story, call = typed(tool, arguments)
    own = {"requester": ALEX_RECORD, "subject": ALEX_RECORD}
    story.know(call, **(own | facts))
    (request,) = story.take(*([policy] if policy else []))
    assert isinstance(request, items.Request)
    return story, request


def test_what_only_reads_runs_at_once_for_nobody_and_once() -> None:
    story, call = typed("look", '{"query":"wifi"}', None)
    assert story.step() == Run((call,))
    story.ran(call)
    assert story.step() == Wait(None)


def test_a_call_of_nobody_that_a_rule_wants_approved_is_refused() -> None:
    policy = Policy(approvers=(DANA,), rules=(Rule(name="looks", tools=("look",), approvals=1),))
    story, call = typed("look", '{"query":"wifi"}', None)
    assert story.step(policy) == Resolve("call", call)
    story.know(call, requester=None, subject=None)
    assert story.refused(policy) == words.NOBODY_ASKS


@pytest.mark.parametrize(("tool", "arguments"), OWN)
def test_in_somebody_s_name_it_takes_an_approval_whatever_it_is(tool: str, arguments: str) -> None:
    story, request = asked(tool, arguments)
    number = story.thread.head
    assert (request.needs, request.terminal, request.requester) == (1, TERMINAL, ALEX)
    assert ALEX not in request.approvers
    story.click(number, ALEX)
    assert story.refused() == words.barred(request, ALEX)
    story.approve(number, OMAR)
    assert story.thread.asks[number].close
    assert story.step() == Resolve("start", request.call)


def test_no_rule_lowers_what_it_takes() -> None:
    lower = Rule(name="free", tools=("unlock", "reset"), relax=True)
    for tool in ("unlock", "reset"):
        _, request = asked(tool, '{"user_id":"U-123"}', Policy(approvers=(DANA, OMAR), rules=(lower,)))
        assert request.needs == 1


def test_a_rule_can_ask_for_more_because_it_is_a_command_line() -> None:
    seen: list[str] = []

    def there(given: Any) -> bool:
        seen.append(given["channel"]["id"])
        return bool(given["channel"]["id"] == "terminal")

    policy = Policy(
        approvers=(DANA, OMAR), rules=(Rule(name="two", tools=("note_down",), condition=there, approvals=2),)
    )
    _, request = asked("note_down", '{"text":"x"}', policy)
    assert (request.needs, {*seen}) == (2, {"terminal"})


@pytest.mark.parametrize("name", [ALEX, None])
def test_a_rule_sees_that_nobody_vouches_for_it(name: str | None) -> None:
    two = Rule(name="two", tools=("look",), condition=lambda seen: bool(seen["tainted"]), approvals=2)
    policy = Policy(approvers=(DANA, OMAR), rules=(two,))
    story, call = typed("look", '{"query":"wifi"}', name)
    story.know(call, requester=ALEX_RECORD if name else None, subject=None)
    (item,) = story.take(policy)
    assert isinstance(item, items.Request if name else items.Refused)
    assert not isinstance(item, items.Request) or item.needs == 2


def test_its_card_quotes_no_message_for_there_is_none() -> None:
    story, request = asked("reset", RESET)
    assert (request.words, request.words_ts, story.thread.turns[min(story.thread.turns)].first_ts) == ("", "", "")


def test_the_fold_survives_a_snapshot() -> None:
    story, _ = asked("reset", RESET)
    assert snapshots.load(snapshots.dump(story.thread)) == story.thread == fold(story.entries)


def shown(story: Story, item: items.Item, channel: str | None = None) -> list[Shown]:
    render = Renderer(MENU, channel, "https://reset.example.com/{}".format, "https://x.slack.com/")
    story.add(item)
    return list(render(story.thread, story.entries[-1]))


@pytest.mark.parametrize(
    ("channel", "places"),
    [(None, {f"user:{DANA}", f"user:{OMAR}", f"user:{ALEX}"}), ("C9", {"channel:C9", f"user:{ALEX}"})],
)
def test_the_card_says_where_it_was_typed_and_whoever_is_named_gets_a_copy(
    channel: str | None, places: set[str]
) -> None:
    story, call = typed("note_down", '{"text":"x"}')
    story.know(call, requester=ALEX_RECORD, subject=None)
    step = story.step()
    assert isinstance(step, Append)
    told = shown(story, step.items[0], channel)
    assert {each.target for each in told} == places
    for each in told:
        said = f"*Asked by* <@{ALEX}> from the command line of *it-1*, OS user *root*; nobody can say that it was them"
        assert said in str(each.content)
        assert ("approval.approve" in str(each.content)) is (each.target != f"user:{ALEX}")


def test_a_reminder_goes_to_those_who_got_the_card() -> None:
    story, _ = asked("reset", RESET)
    nudge = items.Nudge(request=story.thread.head, step="remind")
    targets = {each.target for each in shown(story, nudge)}
    assert {f"user:{DANA}", f"user:{OMAR}"} <= targets
    assert "thread" not in targets


def test_nothing_of_it_is_shown_in_a_thread_of_slack() -> None:
    story, call = typed("look", '{"query":"wifi"}', None)
    assert status(story.thread) is None
    story.start(call)
    unknown = items.ToolUnknown(call=call, tool="look")
    assert shown(story, unknown) == []
