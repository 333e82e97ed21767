"""The policy, or the menu, changes while a request waits: nothing starts on less than was asked, or is required now."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import items, words
from bot.core.decide import decide
from bot.core.known import Recent
from bot.core.policy import Circumstances, Forbidden, NeedsApproval, Policy, Rule
from bot.core.quorum import missing, widened
from bot.core.steps import Append, Resolve, Run
from tests.core.story import ALEX, ALEX_RECORD, DANA, GIVE, KIM, OMAR, POLICY, SAM_RECORD, Story
from tests.core.toolbox import MENU
from tools.spec import Risk, tool

MORE = GIVE.replace("8", "9")
ALONE = Policy(approvers=(ALEX, DANA), allow_self_approval=True)
FALLBACK = Policy(approvers=(ALEX,), fallback=("S9",))


def rule(**changes: object) -> Rule:
    """Something more that is asked of a reset."""
    return Rule(**({"name": "more", "tools": ("reset",)} | changes))  # type: ignore[arg-type]  # each value fits its key


TWO = Policy(approvers=(DANA, OMAR, KIM), rules=(rule(approvals=2),))


@pytest.mark.parametrize(
    "now",
    [
        Policy(approvers=(OMAR,)),
        Policy(approvers=(DANA, OMAR), rules=(rule(approvals=2),)),
        Policy(approvers=(DANA, OMAR), rules=(rule(sources=("S7",)),)),
        Policy(approvers=(DANA, OMAR), rules=(rule(step_up=True),)),
        Policy(approvers=(DANA, OMAR), rules=(rule(forbid="Not run: never."),)),
        Policy(),
    ],
)
def test_what_was_approved_under_a_looser_policy_does_not_start(now: Policy) -> None:
    story = Story()
    call, number = story.asked()
    story.approve(number)
    story.hold(call)
    step = story.step(now)
    assert isinstance(step, Append)
    assert isinstance(step.items[0], items.Refused) or step.items[0].renews == number  # type: ignore[union-attr]  # a Request


@pytest.mark.parametrize(
    "now", [Policy(approvers=(DANA, OMAR, KIM)), Policy(approvers=(DANA,), rules=(rule(relax=True),))]
)
def test_a_looser_policy_takes_nothing_off_what_was_asked(now: Policy) -> None:
    story = Story()
    call, number = story.asked(policy=TWO, sources={DANA: (DANA,), OMAR: (OMAR,), KIM: (KIM,)})
    story.approve(number, DANA, policy=now)
    assert not story.thread.works[call].approved
    story.approve(number, OMAR, policy=now)
    assert story.thread.works[call].approved


def test_what_was_asked_anew_asks_for_what_was_asked_before_as_well() -> None:
    story = Story()
    call, number = story.asked(policy=TWO, sources={DANA: (DANA,), OMAR: (OMAR,), KIM: (KIM,)})
    story.approve(number, DANA, policy=TWO)
    story.approve(number, OMAR, policy=TWO)
    story.hold(call, voters={DANA: (DANA,)})
    (anew,) = story.take(Policy(approvers=(DANA, OMAR, KIM)))
    assert isinstance(anew, items.Request)
    assert (anew.needs, anew.why) == (2, words.VOTER_LOST)


def test_what_was_asked_under_a_policy_for_one_person_is_asked_anew_under_a_stricter_one() -> None:
    story = Story()
    call, number = story.asked(policy=ALONE, sources={ALEX: (ALEX,), DANA: (DANA,)})
    story.approve(number, ALEX, policy=ALONE)
    strict = Policy(approvers=(ALEX, DANA))
    story.hold(call)
    (anew,) = story.take(strict)
    assert isinstance(anew, items.Request)
    assert ALEX in anew.excluded


def test_a_policy_for_one_person_lets_nobody_decide_their_own_request_that_was_asked_strictly() -> None:
    story = Story()
    _, number = story.asked()
    story.click(number, ALEX)
    assert "Somebody else has to" in story.refused(ALONE)


def test_an_edit_under_a_looser_policy_still_makes_its_editor_an_author() -> None:
    story = Story()
    _, number = story.given()
    loose = Policy(approvers=(DANA, OMAR), allow_self_approval=True)
    assert isinstance(story.edit(number, MORE, DANA, policy=loose), items.Request)
    story.click(number, DANA)
    assert story.refused(POLICY) == words.barred(story.thread.asks[number].request, DANA)


def test_a_fallback_that_the_policy_dropped_no_longer_counts() -> None:
    story = Story()
    call, number = story.asked(policy=FALLBACK, sources={ALEX: (ALEX,), "S9": (OMAR,)})
    story.approve(number, OMAR, policy=FALLBACK)
    story.hold(call)
    assert isinstance(story.step(FALLBACK), Run)
    assert not isinstance(story.step(Policy(approvers=(ALEX,))), Run)


def test_a_call_that_became_critical_is_asked_anew_even_if_two_approved_it() -> None:
    @tool(risk=Risk.CRITICAL, subject="user_id", idempotent=True)
    async def reset(user_id: str) -> str:
        """Reset."""
        return user_id

    story = Story()
    call, number = story.asked(policy=TWO, sources={DANA: (DANA,), OMAR: (OMAR,), KIM: (KIM,)})
    story.approve(number, DANA, policy=TWO)
    story.approve(number, OMAR, policy=TWO)
    story.hold(call)
    step = decide(story.thread, {**MENU, "reset": reset}, TWO, story.now)
    assert isinstance(step, Append), "a critical call takes codes of those who have an authenticator"


def now_is(story: Story) -> Circumstances:
    """A reset of Sam that Alex asks for."""
    return Circumstances(
        tool=MENU["reset"],
        arguments={"user_id": "U-456"},
        requester=ALEX_RECORD,
        subject=SAM_RECORD,
        resource=None,
        channel="C1",
        private=False,
        tainted=False,
        recent=Recent(),
        now=story.now,
    )


SOURCES = {DANA: (DANA,), OMAR: (OMAR,), KIM: (KIM,), ALEX: (ALEX,), "S9": (OMAR, KIM)}
POLICIES = st.builds(
    Policy,
    approvers=st.sampled_from([(DANA, OMAR), (OMAR, KIM), (DANA, OMAR, KIM), (ALEX, DANA), (ALEX,)]),
    fallback=st.sampled_from([(), ("S9",)]),
    rules=st.lists(
        st.builds(
            Rule,
            name=st.sampled_from("abc"),
            tools=st.just(("reset",)),
            approvals=st.integers(0, 3),
            sources=st.sampled_from([(), (DANA, OMAR), (OMAR, "S9")]),
            distinct=st.booleans(),
        ),
        max_size=2,
    ).map(tuple),
    allow_self_approval=st.booleans(),
)


@given(
    first=POLICIES, others=st.lists(POLICIES, min_size=1, max_size=6), voters=st.permutations([DANA, OMAR, KIM, ALEX])
)
def test_whatever_replica_decides_each_step_the_start_is_on_no_less(
    first: Policy, others: list[Policy], voters: list[str]
) -> None:
    # given: a request under the first policy, which somebody could decide
    story = Story()
    (call,) = story.calls(story.turn(), ("reset", '{"user_id":"U-456"}'))
    story.know(call, sources=SOURCES)
    if not isinstance(story.take(first)[0], items.Request):
        return
    number = story.thread.head
    asked = story.thread.asks[number]

    # when: everybody clicks, each click handled under another policy
    for turn, voter in enumerate(voters):
        policy = others[turn % len(others)]
        click = story.click(number, voter)
        if isinstance(story.step(policy), Resolve):
            story.vouch(click)
        story.take(policy)
    if not story.thread.works[call].approved:
        return
    story.hold(call)
    policy = others[-1]
    step = story.step(policy)

    # then: it starts only if the votes are enough for both
    if isinstance(step, Run):
        votes = story.thread.asks[number].voted
        assert len(votes) >= asked.request.needs
        assert not missing(asked.request.needs, asked.quorums, votes)
        need = policy.requires(now_is(story))
        assert not isinstance(need, Forbidden)
        if isinstance(need, NeedsApproval):
            assert not missing(need.approvals, widened(need.quorums, policy.fallback), votes)
        assert policy.allow_self_approval or ALEX not in votes
    else:
        assert isinstance(step, Append), "asked anew or refused"
