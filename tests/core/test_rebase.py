"""Where the model's input begins: it is never more than the budget, as far as there are turns to leave out."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core import items
from bot.core.decide import decide
from bot.core.exchange import Function, Opaque, Picture, Said
from bot.core.prompt import History, history
from bot.core.rebase import FILLED
from bot.core.steps import CallModel, Resolve, Step, Summarise
from bot.core.weight import LEAST, MOST, Told, room, size_of, tokens_of
from tests.core.story import POLICY, Story
from tests.core.toolbox import MENU

#: bytes that the model's input may have
ROOM = 3_000


def weigh(story: Story, turn: int, since: int) -> float:
    shown = [entry for entry in story.entries if entry.seq >= since]
    return History().size(shown, turn, story.thread.head) / ROOM


def step(story: Story) -> Step:
    return decide(story.thread, MENU, POLICY, story.now, lambda turn, since: weigh(story, turn, since))


def asked(story: Story, turn: int) -> Step:
    """What is to be done once the model would be asked, after the input began anew as it should."""
    found = step(story)
    while isinstance(found, Summarise):
        assert found.since > story.thread.since
        story.add(story.rebase(found.since, "They talked."))
        found = step(story)
    assert isinstance(found, CallModel), found
    assert found.turn == turn
    return found


@given(st.lists(st.integers(0, 1_200), min_size=1, max_size=40))
@settings(max_examples=40)
def test_no_request_is_more_than_the_budget(sizes: list[int]) -> None:
    story = Story()
    for size in sizes:
        turn = story.turn("x" * size)
        assert asked(story, turn) == CallModel(turn, last=False)
        assert weigh(story, turn, story.thread.since) <= 1
        story.answer(turn, "y" * 200)


def test_half_of_the_budget_is_left_free_for_the_turns_to_come() -> None:
    story = Story()
    while not story.thread.since:
        turn = story.turn("x" * 100)
        asked(story, turn)
        full = weigh(story, turn, story.thread.since)
        story.answer(turn)
    assert full <= FILLED + 0.1


def test_what_a_turn_gathers_leaves_out_what_was_before_it_and_then_it_has_to_answer() -> None:
    story = Story()
    story.answer(story.turn("x" * 1_000))
    turn = story.turn("look it up")
    asked(story, turn)
    for size, last in ((1_800, False), (1_000, True)):
        (call,) = story.calls(turn, ("look", f'{{"query":"{size}"}}'))
        story.ran(call, "y" * size)
        assert asked(story, turn) == CallModel(turn, last=last)
    assert story.thread.since == turn


def test_one_message_that_is_more_than_all_is_asked_about_all_the_same() -> None:
    story = Story()
    turn = story.turn("x" * 10_000)
    assert asked(story, turn) == CallModel(turn, last=False)


def test_nothing_is_left_out_that_an_open_request_is_about() -> None:
    story = Story()
    _, number = story.asked()
    first = min(story.thread.turns)
    story.answer(first)
    for _ in range(10):
        turn = story.turn("x" * 1_000)
        assert asked(story, turn)
        story.answer(turn)
    assert story.thread.since == 0
    story.vouch(story.click(number, "U0DANA", "deny"))
    story.take()
    asked(story, first)
    story.answer(first)
    story.answer(story.turn("x"))
    turn = story.turn("x")
    assert isinstance(step(story), Summarise)
    asked(story, turn)
    assert weigh(story, turn, story.thread.since) <= 1


def test_a_rebase_waits_for_what_is_looked_up_first() -> None:
    story = Story()
    for _ in range(3):
        story.answer(story.turn("x" * 1_000))
    turn = story.say("x" * 1_000)
    assert step(story) == Resolve("turn", turn)


def test_while_the_model_is_away_nothing_is_summed_up_twice() -> None:
    story = Story()
    for _ in range(3):
        story.answer(story.turn("x" * 1_000))
    turn = story.turn("x" * 1_000)
    asked(story, turn)
    since = story.thread.since
    story.add(items.ModelFailed(turn=turn, why="unavailable", retry_at=story.now + timedelta(seconds=1)))
    story.pass_time(seconds=2)
    assert step(story) == CallModel(turn, last=False)
    assert story.thread.since == since


# ── what a request weighs ──


def test_what_the_provider_tells_is_believed_within_bounds() -> None:
    beside = room(1_000, "x" * 60, [])
    assert beside.fixed == 60
    assert beside.estimate(240, Told()) == 100
    assert beside.estimate(240, Told(540, 300)) == 150
    assert beside.estimate(240, Told(540, 1)) == 300 * LEAST
    assert beside.estimate(240, Told(540, 10**12)) == 300 * MOST
    assert beside.share(2_940, Told()) == 1


def test_of_what_a_model_wrote_three_bytes_are_taken_for_a_token() -> None:
    assert [tokens_of(text) for text in ("", "abc", "ä" * 3, "x" * 3_000)] == [0, 1, 2, 1_000]


def test_the_menu_is_in_every_request() -> None:
    menu = [Function("look", "Look it up.", {"type": "object"})]
    assert room(1_000, "", menu).fixed > len("lookLook it up.") + len('{"type": "object"}')


def test_a_picture_weighs_what_it_costs_and_not_its_bytes() -> None:
    bare = Picture(name="a", mimetype="image/png", sha256="0")
    assert size_of([bare]) == size_of([Picture(name="a", mimetype="image/png", sha256="0", body=b"x" * 10**6)])
    assert size_of([bare]) / 3 > 1_500
    assert size_of([Said("ä")]) == size_of([Said("a")]) + 1
    assert size_of([Opaque("m", {"sealed": "x" * 1_000})]) > 1_000


def test_the_tokens_of_a_request_before_the_last_rebase_do_not_count() -> None:
    story, kept = Story(), History()
    for tokens in (500, 900):
        turn = story.turn("x" * 600)
        output = items.ModelOutput(
            turn=turn,
            seen=story.thread.head,
            model="m",
            prompt="p",
            status="complete",
            parts=(items.Text(text="y"),),
            tokens_in=tokens,
        )
        before = size_of(history(story.entries, turn, story.thread.head))
        story.add(output)
    kept.size(story.entries, turn, story.thread.head)
    assert kept.told == Told(before, 900)
    story.add(story.rebase(turn, "They talked."))
    kept.size(story.entries, turn, story.thread.head)
    assert kept.told == Told()
