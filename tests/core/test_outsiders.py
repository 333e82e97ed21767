"""In a thread that other companies read the model is shown nothing, for a visitor, that others were told privately."""

from bot.core import items
from bot.core.exchange import Answered, Called, PromptItem, Said
from bot.core.known import TurnKnown
from bot.core.outsiders import outside, told
from bot.core.policy import Policy, Rule
from bot.core.prompt import History, history
from bot.core.summary import LEFT_OUT
from tests.core import privacy, promises
from tests.core.story import ALEX, ALEX_RECORD, DANA, EVE, GIVE, KIM, REPORTS, Story

LOOKED = ("look", '{"query":"salary of Sam"}')


def visit(story: Story, text: str = "hello", author: str = EVE) -> int:
    """A visitor writes; the turn."""
    seq = story.say(text, author)
    story.add(items.Facts(ref=seq, known=TurnKnown(record=None, visitor=True)))
    return seq


def shown(story: Story, turn: int) -> tuple[PromptItem, ...]:
    """What the model is shown for the turn of a visitor."""
    author = story.thread.turns[turn].author
    assert outside(story.thread, story.thread.turns[turn])
    found = history([*told(story.entries, author)], turn, story.thread.head)
    promises.paired(found)
    privacy.own(found, story.entries, author)
    return found


def test_what_a_colleague_was_told_is_left_out_and_what_stands_in_the_thread_is_not() -> None:
    story = Story(shared=True)
    turn = story.turn("what does Sam get?")
    (call,) = story.calls(turn, LOOKED)
    story.ran(call, '"90,000"')
    story.answer(turn, "Sam gets 90,000.")
    found = shown(story, visit(story, "and who are you?"))
    assert found == (
        Said(f"[from Slack user {ALEX}]\nwhat does Sam get?"),
        Said(f"[from Slack user {EVE}]\nand who are you?"),
    )


def test_a_result_that_comes_while_the_visitor_is_answered_waits_for_whose_it_is() -> None:
    story = Story(shared=True)
    call, number = story.asked()
    visited = visit(story)
    (own,) = story.calls(visited, ("look", '{"query":"a"}'))
    story.approve(number)
    story.hold(call)
    story.start(call)
    story.result(call, output='"a link was sent"')
    story.ran(own, '"found"')
    assert "link" not in str(shown(story, visited))
    story.answer(visited)
    again = story.turn("and?")
    assert "a link was sent" in str(history(story.entries, again, story.thread.head))


def test_the_visitors_own_past_grows_byte_for_byte_and_another_one_sees_none_of_it() -> None:
    story, last = Story(shared=True), tuple[PromptItem, ...]()
    for text in ("one", "two", "three"):
        story.answer(story.turn(f"{text}?"), f"secret {text}")
        turn = visit(story, text)
        found = shown(story, turn)
        assert found[: len(last)] == last
        story.answer(turn, f"told {text}")
        last = found
    last = shown(story, visit(story, "four"))
    assert [each.text for each in last if isinstance(each, Answered)] == ["told one", "told two", "told three"]
    assert not [each for each in shown(story, visit(story, author=DANA)) if isinstance(each, Answered)]


def test_what_is_read_for_a_visitor_says_nothing_of_how_long_the_colleagues_input_is() -> None:
    """Its tokens are those of a smaller view."""
    story, history = Story(shared=True), History()
    turn = story.turn("what does Sam get?")
    (call,) = story.calls(turn, LOOKED)
    story.ran(call, f'"{"9" * 7_000}"')
    story.answer(turn, tokens_in=3_000)
    history.size(story.entries, story.turn("more?"), story.thread.head)
    before = history.told
    assert before.tokens == 3_000
    story.answer(visit(story), tokens_in=100)
    history.size(story.entries, story.turn("and?"), story.thread.head)
    assert history.told == before


def test_what_is_summed_up_for_colleagues_is_only_left_out_for_a_visitor() -> None:
    story = Story(shared=True)
    for text in ("one", "two"):
        story.answer(story.turn(text))
    story.add(story.rebase(story.thread.borders[-1], "Alex was told what Sam gets."))
    assert shown(story, visit(story))[0] == LEFT_OUT


def test_a_visitor_is_shown_what_became_of_messages_as_everybody_is() -> None:
    story = Story(shared=True)
    first = story.turn("my wifi is down")
    story.answer(first)
    story.edit_message(first, "my VPN is down")
    story.answer(story.turn("hello?"))
    found = shown(story, visit(story))
    assert Said(f"[Slack user {ALEX} edited an earlier message to]\nmy VPN is down") in found


def test_who_joined_a_colleagues_request_is_nothing_to_a_visitor() -> None:
    story = Story(shared=True)
    story.given()
    story.answer(min(story.thread.turns))
    (call,) = story.calls(story.turn(author=KIM), ("give", GIVE))
    story.know(call, resource=REPORTS)
    (joined,) = story.take()
    assert isinstance(joined, items.Joined)
    assert not [each for each in shown(story, visit(story)) if isinstance(each, Called)]


def test_of_a_hand_over_only_whose_it_is_knows() -> None:
    story = Story(shared=True)
    turn = story.turn("my wifi is down")
    story.answer(turn)
    call = story.add(items.Call(origin="command", turn=turn, tool="escalate_to_human", arguments="{}", by=ALEX))
    story.add(items.HandedOver(call=call, by=ALEX, ticket="T-1", to=("channel:C1",)))
    assert not [each for each in shown(story, visit(story)) if isinstance(each, Called)]


def test_a_visitors_call_is_never_answered_with_what_a_colleague_asked_for() -> None:
    """A rule may ask for an approval of what is of low risk, too."""
    story, policy = Story(shared=True), Policy(approvers=(DANA,), rules=(Rule(name="r", tools=("look",), approvals=1),))
    story.asked(*LOOKED, policy=policy, subject=None, sources={DANA: (DANA,)})
    turn = visit(story)
    (call,) = story.calls(turn, LOOKED)
    story.know(call, subject=None, requester=None, sources={DANA: (DANA,)})
    (item,) = story.take(policy)
    assert isinstance(item, items.Request)


def test_where_only_colleagues_read_a_visiting_bot_sees_the_thread_as_it_is() -> None:
    story = Story()
    turn = visit(story)
    assert not outside(story.thread, story.thread.turns[turn])


def test_who_a_colleague_is_in_the_directory_is_not_told_either() -> None:
    story = Story(shared=True)
    story.answer(story.turn("hello"))
    assert ALEX_RECORD.record not in str(shown(story, visit(story)))
