"""The API: whoever answers for a token may have put the words into a person's mouth, and decides nothing of it."""

from typing import Any

import pytest

from bot.core import items, words
from bot.core.known import TurnKnown
from bot.core.policy import Policy
from bot.core.status import status
from bot.core.steps import Append
from bot.slack.render import Renderer
from bot.store.deliveries import Shown
from tests.core.story import ALEX, DANA, OMAR, SAM_RECORD, Story
from tests.core.toolbox import MENU


def sent(owner: str) -> items.Sent:
    return items.Sent(token="portal", owner=owner, key="k", digest="d")


def by_api(owner: str = DANA, **facts: Any) -> Story:
    """Alex asked for a reset of Sam, with a token that Dana answers for."""
    story = Story(private=True)
    story.add(items.Opened(tenant="T1", channel=items.API, thread_ts="abc", private=True, token="portal"))
    turn = story.add(items.UserMessage(author=ALEX, text="reset Sam", ts="1.5", sent=sent(owner)))
    story.add(items.Facts(ref=turn, known=TurnKnown(record="U-123")))
    (call,) = story.calls(turn, ("reset", '{"user_id":"U-456"}'))
    story.know(call, **facts)
    return story


def the_card(story: Story) -> items.Request:
    (request,) = story.take()
    assert isinstance(request, items.Request)
    return request


def test_the_owner_of_the_token_is_no_approver_of_what_was_asked_with_it() -> None:
    story = by_api()
    request = the_card(story)
    number = story.thread.head
    assert DANA in request.excluded
    assert DANA not in request.approvers
    assert request.members[OMAR] == (OMAR,)
    story.click(number, DANA)
    assert story.refused() == words.barred(request, DANA)
    story.approve(number, OMAR)
    assert story.thread.asks[number].close


def test_a_second_owner_of_the_same_token_s_name_is_out_from_their_first_message_on() -> None:
    story = by_api()
    turn = story.thread.turns[3].seq
    story.add(items.UserMessage(author=ALEX, text="now", ts="1.6", joins=turn, sent=sent(OMAR)))
    (refusal,) = story.take()
    assert isinstance(refusal, items.Refused)
    assert refusal.reason == words.NOBODY_LEFT


def test_the_words_are_nobody_s_unless_the_owner_speaks_for_themselves() -> None:
    """What runs freely for oneself needs somebody else once another person could have written it."""
    for owner, tainted in ((DANA, True), (ALEX, False)):
        story = by_api(owner)
        (work,) = story.thread.works.values()
        assert bool(work.influences) is tainted


def test_where_people_may_approve_their_own_it_is_not_the_owner_s_own() -> None:
    policy = Policy(approvers=(ALEX, DANA, OMAR), allow_self_approval=True)
    facts = {"sources": {ALEX: (ALEX,), DANA: (DANA,), OMAR: (OMAR,)}}
    for owner, approvers in ((DANA, {ALEX, OMAR}), (ALEX, {ALEX, DANA, OMAR})):
        story = by_api(owner, **facts)
        (request,) = story.take(policy)
        assert isinstance(request, items.Request)
        assert {*request.approvers} == approvers


def test_slack_shows_no_status_of_it() -> None:
    assert status(by_api().thread) is None


def shown(story: Story, item: items.Item, approval_channel: str | None = None) -> list[Shown]:
    render = Renderer(MENU, approval_channel, "https://reset.example.com/{}".format, "https://x.slack.com/")
    story.add(item)
    return list(render(story.thread, story.entries[-1]))


@pytest.mark.parametrize(
    ("approval_channel", "places"),
    [(None, {f"user:{OMAR}", f"user:{ALEX}"}), ("C9", {"channel:C9", f"user:{ALEX}"})],
)
def test_the_card_goes_to_approvers_and_to_whom_it_was_asked_for_and_says_how_it_came(
    approval_channel: str | None, places: set[str]
) -> None:
    story = by_api()
    step = story.step()
    assert isinstance(step, Append)
    told = [
        each for each in shown(story, step.items[0], approval_channel) if each.target != f"user:{SAM_RECORD.slack_user}"
    ]
    assert {each.target for each in told} == places
    for each in told:
        assert f"*Asked by* <@{ALEX}> through the API, token *portal* of <@{DANA}>" in str(each.content)
        approves = "approval.approve" in str(each.content)
        assert approves is (each.target != f"user:{ALEX}")


def test_answers_and_ends_are_shown_nowhere_in_slack() -> None:
    story = by_api()
    output = items.ModelOutput(
        turn=3, seen=3, model="m", prompt="p", status="complete", parts=(items.Text(text="It waits."),)
    )
    assert shown(story, output) == []
    assert shown(story, items.Delayed(turn=3)) == []
    assert shown(story, items.TurnOver(turn=3, why="failed", text="Sorry.")) == []
