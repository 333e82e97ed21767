"""Is the log what was written? Every conversation is walked from its first item, and compared with checkpoints.

Promise: a change of any record is found, and what the bot appends meanwhile is none. docs/audit.md says against whom.
"""

from collections import defaultdict
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import Connection, text

from bot.errors import ConfigError
from bot.ops.audit.chain import TWICE, Chain, Fault, Record, Stone
from bot.ops.audit.export import Purged, exported
from bot.ops.audit.findings import MAX_FAULTS, Findings, Pinned, begin, tell
from bot.ops.audit.reading import BATCH, COLUMNS, ROW, reading
from bot.store.reader import Reader
from bot.store.tombstones import hash_of

# the first row is the last of the batch before
_BATCH = f"""
SELECT {COLUMNS}, {ROW}
FROM log LEFT JOIN conversations ON conversations.id = log.conversation
WHERE (log.conversation, log.seq) >= (CAST(:conversation AS TEXT), :seq) {{only}}
ORDER BY log.conversation, log.seq LIMIT {BATCH}
"""  # noqa: S608 -- our own words
#: SQLite keeps anything in any column; what is no place in the log is told by the other statement
BATCHES = {
    "sqlite": text(_BATCH.format(only="AND typeof(log.conversation) = 'text' AND typeof(log.seq) = 'integer'")),
    "postgresql": text(_BATCH.format(only="")),
}
_ODD = text("""
SELECT CAST(conversation AS TEXT), seq FROM log
WHERE typeof(conversation) <> 'text' OR typeof(seq) <> 'integer' LIMIT 101
""")
_EMPTY = text(f"""
SELECT CAST(conversations.id AS TEXT), {ROW} FROM conversations
WHERE NOT EXISTS (SELECT 1 FROM log WHERE log.conversation = conversations.id)
""")  # noqa: S608 -- our own words


async def verified(database_url: str, export: Path | None, pinned: Pinned, out: TextIO) -> bool:
    """Whether the database, or the exported file, is what was written; said to `out`.

    Raises ConfigError, and HelpdeskError where the database cannot be read.
    """
    findings = begin(pinned)
    if export is not None:
        walk_export(export, findings)
        return tell(findings, out)
    async with reading(database_url) as reader:
        await walk(reader, findings)
    return tell(findings, out)


async def walk(reader: Reader, findings: Findings) -> None:
    """Look at every item, in batches; each conversation is done when the one behind it is seen."""
    chain: Chain | None = None
    place: tuple[Any, int] = ("", -(2**63))
    row = Stone()
    while True:
        rows = await reader.run(partial(_batch, place=place))
        for found in rows:
            record, stone = Record(*found[: len(Record._fields)]), Stone(*found[len(Record._fields) :])
            if chain is None or record.conversation != chain.conversation:
                _close(findings, chain, row)
                chain = findings.begin(record.conversation, stone)
            elif (record.conversation, record.seq) == place:
                continue
            chain.follow(record)
            place, row = (record.conversation, record.seq), stone
        if len(rows) < BATCH:
            break
    _close(findings, chain, row)
    await reader.run(lambda connection: _strange(connection, findings))
    findings.over()


def walk_export(file: Path, findings: Findings) -> None:
    """Look at every line of an exported file. Raises ConfigError."""
    chains: dict[str, Chain] = {}
    early: defaultdict[str, dict[int, Record]] = defaultdict(dict)
    try:
        with file.open(encoding="utf-8", errors="surrogateescape") as lines:
            for said, what in exported(lines):
                chain = _chain_of(said, chains, findings)
                if what:
                    chain.fault = chain.fault or Fault(chain.conversation, said.seq, what)
                if isinstance(said, Record):
                    _in_order(chain, said, early[chain.conversation])
    except OSError as error:
        raise ConfigError(f"--export: {file} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        findings.faults.append(Fault(str(file), None, str(error)))
    for conversation, chain in chains.items():
        for record in sorted(early[conversation].values(), key=lambda each: int(each.seq)):
            chain.follow(record)
        chain.end()
        findings.ended(chain)
    findings.over()


def _chain_of(said: Record | Purged, chains: dict[str, Chain], findings: Findings) -> Chain:
    if isinstance(said, Purged):
        chains[said.conversation] = findings.begin(said.conversation, Stone(None, None, said.seq, said.tombstone))
    elif said.conversation not in chains:
        chains[said.conversation] = findings.begin(said.conversation)
    return chains[said.conversation]


def _in_order(chain: Chain, record: Record, early: dict[int, Record]) -> None:
    """Follow it in the order of numbers: where a clock was set back, lines stand in another."""
    if record.seq in early:
        chain.fault = chain.fault or Fault(chain.conversation, record.seq, TWICE)
    elif record.seq > chain.seq + 1:
        early[record.seq] = record
        return
    chain.follow(record)
    while chain.seq + 1 in early:
        chain.follow(early.pop(chain.seq + 1))


def _batch(connection: Connection, place: tuple[Any, int]) -> list[Any]:
    conversation, seq = place
    # SQLite may hold ids that are no text, which cannot be asked for otherwise
    key = conversation.encode("utf-8", "surrogateescape") if connection.dialect.name == "sqlite" else conversation
    return list(connection.execute(BATCHES[connection.dialect.name], {"conversation": key, "seq": seq}))


def _close(findings: Findings, chain: Chain | None, row: Stone) -> None:
    if chain:
        chain.end_at(row)
        findings.ended(chain)


def _strange(connection: Connection, findings: Findings) -> None:
    """Records and conversations that no walk comes by."""
    faulty = {fault.conversation for fault in findings.faults}
    missing = findings.pins.keys() - findings.seen
    odd = connection.execute(_ODD) if connection.dialect.name == "sqlite" else ()
    strange = [Fault(each, seq, "its place in the log is none") for each, seq in odd]
    for conversation, *said in connection.execute(_EMPTY, execution_options={"stream_results": True}):
        if hash_of(Stone(*said).tombstone):
            _close(findings, findings.begin(conversation, Stone(*said)), Stone(*said))
        elif len(strange) <= MAX_FAULTS:
            strange.append(Fault(conversation, None, "it has no items, only a row"))
    for fault in strange:
        if fault.conversation not in faulty | missing:
            findings.faults.append(fault)
            faulty.add(fault.conversation)
