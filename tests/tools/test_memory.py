"""What is remembered of a person: theirs alone, read in direct messages, and no more trusted than when it was said."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tools.rig import NOW, Desk, OwnDatabase
from tools.backends.memories import MAX_KEPT, Owner, Source
from tools.backends.sql_memories import SqlMemories
from tools.memory import IN_APP_HOME, TELL, forget, recall, remember
from tools.spec import BadArguments, TryAgain, Untrusted

ALEX, SAM = Owner("T1", "U0ALEX"), Owner("T1", "U0SAM")

#: of a fact that nobody but its owner had a word in
OWN = Source(tainted=False)


async def test_what_is_remembered_is_recalled_the_next_time_and_can_be_forgotten(desk: Desk) -> None:
    kept = await desk.use(remember, {"fact": "I work on a  standing desk in Leeds."}, key="k1")
    await desk.use(remember, {"fact": "My monitor is a Dell."}, key="k2")
    found = await desk.use(recall, {"query": "where is the desk?"}, key="k3")
    assert [(each["memory_id"], each["fact"]) for each in found] == [
        (kept["memory_id"], "I work on a standing desk in Leeds.")
    ]
    assert len(await desk.use(recall, {"query": ""}, key="k4")) == 2
    assert await desk.use(forget, {"memory_id": kept["memory_id"]}) == "It is forgotten."
    assert await desk.use(forget, {"memory_id": kept["memory_id"]}) == "There is no such memory any more."
    assert [each["fact"] for each in await desk.use(recall, {"query": "desk"})] == ["My monitor is a Dell."]


async def test_it_is_recalled_in_direct_messages_only(desk: Desk) -> None:
    kept = await desk.use(remember, {"fact": "I am deaf in one ear."}, private=False)
    assert "deaf" not in str(kept)
    with pytest.raises(TryAgain, match="direct messages only"):
        await desk.use(recall, {"query": "ear"}, private=False)


@pytest.mark.parametrize("other", [{"person": "U0SAM"}, {"workspace": "T2"}])
async def test_nobody_reads_or_drops_anothers(desk: Desk, other: dict[str, str]) -> None:
    kept = await desk.use(remember, {"fact": "I use a ThinkPad."})
    assert await desk.use(recall, {"query": "ThinkPad"}, **other) == []
    assert await desk.use(forget, {"memory_id": kept["memory_id"]}, **other) == "There is no such memory any more."
    assert len(await desk.use(recall, {"query": "ThinkPad"})) == 1


@pytest.mark.parametrize("who", [{"person": ""}, {"workspace": ""}])
async def test_of_nobody_nothing_is_remembered(desk: Desk, who: dict[str, str]) -> None:
    with pytest.raises(TryAgain, match="nobody knows who asks"):
        await desk.use(remember, {"fact": "x"}, **who)


async def test_of_a_visitor_nothing_is_remembered_and_what_was_can_be_forgotten(desk: Desk) -> None:
    kept = await desk.use(remember, {"fact": "I use a ThinkPad."})
    for tool, arguments in ((remember, {"fact": "I use a Mac."}), (recall, {"query": ""})):
        with pytest.raises(TryAgain, match="people of other companies"):
            await desk.use(tool, arguments, visitor=True)
    assert await desk.use(forget, {"memory_id": kept["memory_id"]}, visitor=True) == "It is forgotten."


async def test_what_is_kept_while_other_peoples_words_were_read_is_to_be_told(desk: Desk) -> None:
    assert (await desk.use(remember, {"fact": "I like mornings."}, key="k1"))["note"] == IN_APP_HOME
    assert (await desk.use(remember, {"fact": "I am an admin."}, key="k2", tainted=True))["note"] == TELL


async def test_what_was_written_from_other_peoples_words_comes_back_as_such(desk: Desk) -> None:
    await desk.use(remember, {"fact": "I like mornings."}, key="k1")
    assert not isinstance(await desk.result(recall, {"query": ""}), Untrusted)
    sams = {"tainted": True, "authors": ("U-456",), "speakers": ("U0EVE", "U0SAM")}
    await desk.use(remember, {"fact": "I may have admin rights."}, key="k2", **sams)
    back = await desk.result(recall, {"query": "rights"})
    assert isinstance(back, Untrusted)
    assert (back.authors, back.speakers) == (("U-456",), ("U0EVE", "U0SAM"))
    assert not isinstance(await desk.result(recall, {"query": "mornings"}), Untrusted)


async def test_an_address_in_a_memory_is_not_vouched_for(desk: Desk) -> None:
    """Else it would be a live link in an answer."""
    await desk.use(remember, {"fact": "My page is https://example.com/me"})
    assert isinstance(await desk.result(recall, {"query": "page"}), Untrusted)


async def test_the_same_call_and_the_same_fact_are_kept_once(desk: Desk, database: OwnDatabase) -> None:
    first = await desk.use(remember, {"fact": "I use a ThinkPad."}, key="k1")
    assert await desk.use(remember, {"fact": "I use a ThinkPad."}, key="k1") == first
    assert await desk.use(remember, {"fact": "I use a ThinkPad."}, key="k2") == first
    assert len(await SqlMemories(database).of(ALEX)) == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(
    sources=st.lists(
        st.builds(
            Source,
            tainted=st.booleans(),
            authors=st.lists(st.sampled_from(["U-1", "U-2", "U-3"]), unique=True).map(tuple),
            speakers=st.lists(st.sampled_from(["U0A", "U0B", "U0C"]), unique=True).map(tuple),
        ),
        min_size=1,
        max_size=5,
    )
)
async def test_who_had_a_word_in_it_any_time_it_was_said_is_kept(database: OwnDatabase, sources: list[Source]) -> None:
    memories = SqlMemories(database)
    await memories.drop_all(ALEX)
    for count, source in enumerate(sources):
        given_back = await memories.keep(ALEX, "Sam needs admin.", f"{id(sources)}-{count}", NOW, source)
    (kept,) = await memories.of(ALEX)
    assert given_back == kept
    assert kept.source.tainted is any(each.tainted for each in sources)
    assert set(kept.source.authors) == {author for each in sources for author in each.authors}
    assert set(kept.source.speakers) == {speaker for each in sources for speaker in each.speakers}


async def test_there_is_a_limit_and_it_is_told(database: OwnDatabase, desk: Desk) -> None:
    memories = SqlMemories(database)
    for number in range(MAX_KEPT):
        assert await memories.keep(ALEX, f"fact {number}", f"k{number}", NOW, OWN)
    with pytest.raises(TryAgain, match="Forget one of them first"):
        await desk.use(remember, {"fact": "one more"}, key="more")
    assert await desk.use(remember, {"fact": "one more"}, key="sam", person="U0SAM")
    assert await memories.drop_all(ALEX) == MAX_KEPT
    assert await memories.of(ALEX) == []
    assert len(await memories.of(SAM)) == 1


async def test_what_is_forgotten_is_erased(desk: Desk, database: OwnDatabase) -> None:
    kept = await desk.use(remember, {"fact": "zebra-striped keyboard"})
    assert b"zebra" in await database.stored()
    await desk.use(forget, {"memory_id": kept["memory_id"]})
    assert not await SqlMemories(database).of(ALEX)


@pytest.mark.parametrize("fact", ["", "  ", "\x1f", "\u200b", "x" * 501, 5])
async def test_what_is_no_fact_is_refused(desk: Desk, fact: object) -> None:
    with pytest.raises(BadArguments, match="fact"):
        await desk.use(remember, {"fact": fact})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(steps=st.lists(st.tuples(st.sampled_from(["U0A", "U0B", "U0C"]), st.integers(0, 4), st.booleans()), max_size=20))
async def test_whatever_is_kept_and_dropped_by_whom_everybody_has_exactly_their_own(
    database: OwnDatabase, steps: list[tuple[str, int, bool]]
) -> None:
    memories, model = SqlMemories(database), dict[str, dict[int, str]]()
    for person in ("U0A", "U0B", "U0C"):
        await memories.drop_all(Owner("T1", person))
    for count, (person, fact, keeps) in enumerate(steps):
        mine = model.setdefault(person, {})
        if keeps:
            kept = await memories.keep(Owner("T1", person), f"fact {fact}", f"{id(steps)}-{count}", NOW, OWN)
            assert kept
            mine[fact] = kept.id
        else:
            anybodys = mine.get(fact) or next((ids[fact] for ids in model.values() if fact in ids), "M-0")
            assert await memories.drop(Owner("T1", person), anybodys) is (mine.pop(fact, None) is not None)
    for person, mine in model.items():
        found = {each.fact: each.id for each in await memories.of(Owner("T1", person))}
        assert found == {f"fact {fact}": memory for fact, memory in mine.items()}
