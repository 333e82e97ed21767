"""Everything there is to judge by, read once it is calm: what people did, what Slack shows, what log and tables say."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from bot.playground.messages import Message
from bot.playground.seed import TEAM_ID
from bot.slack.card_words import NOT_STORED
from bot.store import deliveries, inbox
from bot.store import tables as bot_tables
from bot.store.database import Database
from tests.chaos.front import Place
from tests.chaos.people import Crowd, Press, Told
from tests.chaos.world import World
from tests.rig import spoken
from tools.backends import tables as backend_tables

#: how long it may take until everything is dealt with once it is calm, seconds
REST = 90.0

#: `wake_at` of a conversation that is worked on
AT_ONCE = 0.0


@dataclass(frozen=True)
class Line:
    """An item of a conversation's log, as the export shows it."""

    conversation: str
    seq: int
    kind: str
    content: dict[str, Any]


@dataclass(frozen=True)
class Record:
    """What there is at the end."""

    told: list[Told]
    presses: list[Press]
    posts: list[Message]
    #: thread and person of each press that was said not to have been stored, to that person alone
    not_stored: list[tuple[str, str]]
    #: conversation → its items, in their order
    log: dict[str, list[Line]]
    #: how often each key rang
    rings: dict[str, int]
    #: titles of tickets, one for each ticket
    tickets: list[str]
    #: keys of password resets that took effect
    resets: list[str]
    #: keys of access that was given
    grants: list[str]
    #: of each message (channel, ts): when Slack first offered it, and when it was taken
    offered: dict[Place, float]
    taken: dict[Place, float]
    #: what is still to be done
    unrest: list[str]
    #: deliveries that Slack refused for good
    refused: list[str]
    #: events that Slack gave up
    given_up: int
    #: threads that show the bot at work
    statuses: list[str]
    #: what `helpdesk audit verify` says where it finds fault
    faults: str

    def items(self, *kinds: str) -> Iterator[Line]:
        """The items of these kinds in all conversations."""
        return (line for lines in self.log.values() for line in lines if line.kind in kinds)

    def thread(self, told: Told) -> list[Message]:
        """What the bot wrote where this was said."""
        return [each for each in self.posts if (each.channel, each.root) == (told.channel, told.thread)]

    def shown(self, line: Line) -> bool:
        """The thread has the message that this item wants there."""
        wanted = f"{line.conversation}/{line.seq}/thread/0"
        return any(key_of(post) == wanted for post in self.posts)


def conversation_of(told: Told) -> str:
    """What the bot calls the thread."""
    return f"{TEAM_ID}:{told.channel}:{told.thread}"


def key_of(post: Message) -> str | None:
    """The key in the metadata of a message."""
    key = (post.metadata or {}).get("event_payload", {}).get("key")
    return None if key is None else str(key)


def words_of(post: Message) -> str:
    """All that a reader sees of the message, a card in full."""
    return f"{post.text}\n{json.dumps(post.blocks, ensure_ascii=False)}"


def said_in(post: Message) -> str:
    """An answer's words."""
    return spoken(post)


async def at_rest(world: World) -> list[str]:
    """What is still undone when it has been waited for; empty as soon as nothing is."""
    with _database(world) as database:
        loop = asyncio.get_running_loop()
        until, left = loop.time() + REST, ["nobody looked"]
        while loop.time() < until:
            try:
                left = await database.run(_unrest)
            except SQLAlchemyError as error:
                left = [f"the database does not answer: {type(error).__name__}"]
            left += [f"{len(world.slack.outbox.pending)} events on their way"] if world.slack.outbox.pending else []
            if not left:
                return []
            await asyncio.sleep(0.5)
    return left


async def collected(crowd: Crowd, unrest: list[str]) -> Record:
    """The record."""
    world = crowd.world
    code, exported = await world.command("audit", "export")
    assert code == 0, f"audit export ended with {code}; see {world.folder}/commands.log"
    verify, said = await world.command("audit", "verify")
    with _database(world) as database:
        tickets, resets, grants, refused = await database.run(_effects)
    return Record(
        told=list(crowd.told),
        presses=list(crowd.presses),
        posts=[each for each in _messages(world) if each.bot_id and not each.deleted and each.to is None],
        not_stored=[(each.root, each.to) for each in _messages(world) if each.to and each.text == NOT_STORED],
        log=_log(exported),
        rings=dict(world.bells.rings),
        tickets=tickets,
        resets=resets,
        grants=grants,
        offered=world.front.offered,
        taken=world.front.taken,
        unrest=unrest,
        refused=refused,
        given_up=len(world.slack.outbox.given_up),
        statuses=[place for place, status in world.slack.workspace.statuses.items() if status.get("text")],
        faults="" if verify == 0 else said or f"ended with {verify}; see {world.folder}/commands.log",
    )


def _messages(world: World) -> Iterator[Message]:
    return (each for inside in world.slack.workspace.messages.values() for each in inside.values())


def _log(exported: str) -> dict[str, list[Line]]:
    found = defaultdict(list)
    for each in map(json.loads, exported.splitlines()):
        found[each["conversation"]].append(Line(each["conversation"], each["seq"], each["kind"], each["content"]))
    return {conversation: sorted(lines, key=lambda line: line.seq) for conversation, lines in found.items()}


@contextmanager
def _database(world: World) -> Iterator[Database]:
    """The database of the world, read beside its processes."""
    database = Database(world.database_url, existing=True)
    try:
        yield database
    finally:
        database.close()


def _unrest(connection: Connection) -> list[str]:
    conversations, turns = bot_tables.conversations, bot_tables.turns
    left = [f"{each} has something to admit" for each in inbox.undone(connection)]
    left += [f"{each} has something to show" for each in deliveries.undone(connection)]
    at_work = select(conversations.c.id).where(conversations.c.wake_at == AT_ONCE)
    left += [f"{each} is at work" for each in connection.scalars(at_work)]
    running = select(turns.c.conversation).where(turns.c.running == 1)
    left += [f"{each} owes an answer" for each in connection.scalars(running)]
    return left


def _effects(connection: Connection) -> tuple[list[str], list[str], list[str], list[str]]:
    shown, changes, grants = bot_tables.deliveries, backend_tables.account_changes, backend_tables.access_grants
    tickets = connection.scalars(select(backend_tables.tickets.c.title)).all()
    resets = connection.scalars(select(changes.c.key).where(changes.c.change == "reset_link")).all()
    refused = connection.execute(
        select(shown.c.conversation, shown.c.seq, shown.c.target, shown.c.failed).where(shown.c.failed.is_not(None))
    )
    return (
        list(tickets),
        list(resets),
        list(connection.scalars(select(grants.c.key))),
        [f"{row.conversation}/{row.seq}/{row.target}: {row.failed}" for row in refused],
    )
