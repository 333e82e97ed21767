"""What the assistant knows of a person from one conversation to the next, because they want it to.

Promise: it is about the person who asks and nobody else; read in direct messages alone; and what was written while
other people's words were read is nobody's own word when it comes back; the model is to tell that it was kept, and App
Home marks it.
"""

from typing import Annotated, TypedDict

from pydantic import Field

from tools.backends.memories import MAX_KEPT, Memories, Memory, Owner, Source
from tools.backends.words import telling_words, words
from tools.spec import VISIBLE, Context, OnFailure, Risk, TryAgain, Untrusted, tool

#: memories that one look gives
MAX_RECALLED = 10

IN_APP_HOME = "The person sees and deletes it in App Home."
#: where other people's words were read before, so that whoever did not ask for it sees that it was kept
TELL = (
    "It was kept after other people's words had been read, so it counts as theirs. The person is to be told that it "
    f"was kept, and under which number. {IN_APP_HOME}"
)

Fact = Annotated[str, Field(pattern=VISIBLE, max_length=500, description="One fact about the person, in a sentence")]
MemoryId = Annotated[str, Field(pattern="^M-[0-9]{1,9}$", description="Number of the memory, such as M-12")]


class Remembered(TypedDict):
    """One memory, as the model reads it."""

    memory_id: str
    fact: str
    #: ISO 8601, UTC
    since: str


class Kept(TypedDict):
    """That it is kept; what it says is read where nobody else reads along."""

    memory_id: str
    note: str


@tool(risk=Risk.LOW, idempotent=True, undo="Forget it again.", trusted=True, on_failure=OnFailure.RETRY)
async def remember(fact: Fact, *, memories: Memories, context: Context) -> Kept:
    """Remember a fact about the person you talk to for later conversations: only where they ask you to.

    Never a password, a code, or anything about other people. They see and delete what is remembered in App Home.
    Tell them what the note says.
    """
    source = Source(tainted=context.tainted, authors=context.authors, speakers=context.speakers)
    kept = await memories.keep(_ours(context), " ".join(fact.split()), context.key, context.now, source)
    if kept is None:
        raise TryAgain(f"{MAX_KEPT} things are remembered already, which is the limit. Forget one of them first.")
    return {"memory_id": kept.id, "note": TELL if context.tainted else IN_APP_HOME}


@tool(risk=Risk.LOW, read_only=True, trusted=True, on_failure=OnFailure.RETRY)
async def recall(
    query: Annotated[str, Field(max_length=200, description="What it is about, in a few words; empty: everything")],
    *,
    memories: Memories,
    context: Context,
) -> Untrusted | list[Remembered]:
    """Look up what the person you talk to wanted you to remember. It works in direct messages only."""
    if not context.private:
        raise TryAgain("What is remembered is shown in direct messages only. Answer without it.")
    found = _telling(await memories.of(_ours(context)), query)[:MAX_RECALLED]
    shown: list[Remembered] = [{"memory_id": m.id, "fact": m.fact, "since": m.at.isoformat()} for m in found]
    # an address is only ever a link where a system gave it, not a memory
    doubtful = [each.source for each in found if each.source.tainted or "://" in each.fact]
    if not doubtful:
        return shown
    authors = {author for source in doubtful for author in source.authors}
    speakers = {speaker for source in doubtful for speaker in source.speakers}
    return Untrusted(shown, tuple(sorted(authors)), tuple(sorted(speakers)))


@tool(risk=Risk.LOW, idempotent=True, undo="Ask to remember it again.", trusted=True, on_failure=OnFailure.RETRY)
async def forget(memory_id: MemoryId, *, memories: Memories, context: Context) -> str:
    """Forget something that was remembered about the person you talk to; recall gives its number."""
    if await memories.drop(_owner(context), memory_id):
        return "It is forgotten."
    return "There is no such memory any more."


def _ours(context: Context) -> Owner:
    """Whose memories are kept and read: only of people who have an App Home with us to see them in."""
    if context.visitor:
        raise TryAgain("Nothing is remembered of people of other companies, nor of bots. Answer without it.")
    return _owner(context)


def _owner(context: Context) -> Owner:
    if not (context.workspace and context.person):
        raise TryAgain("Nothing can be remembered here, because nobody knows who asks.")
    return Owner(context.workspace, context.person)


def _telling(found: list[Memory], query: str) -> list[Memory]:
    """Those with words of the query, the most of them first; all where the query has none, or no memory has any."""
    wanted = set(telling_words(query))
    scored = [(len(wanted.intersection(words(each.fact))), each) for each in found]
    if not any(score for score, _ in scored):
        return found
    return [each for score, each in sorted(scored, key=lambda pair: -pair[0]) if score]
