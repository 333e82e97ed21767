"""Is the log what was written? Every conversation is walked from its first item, and compared with checkpoints.

Promise: a change of any record is found, and what the bot appends meanwhile is none. docs/audit.md says against whom.
"""

from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import Connection

from bot.errors import ConfigError
from bot.ops.audit.chain import TWICE, Chain, Fault, Record
from bot.ops.audit.export import read as exported_records
from bot.ops.audit.findings import Findings, Pinned, begin, tell
from bot.ops.audit.reading import BATCH, COLUMNS, reading
from bot.store.database import Database

# the first row is the last of the batch before, with what its conversation's row says now; the cast is for ids that
# are no text, which cannot be asked for otherwise
_BATCH = f"""
SELECT {COLUMNS}, conversations.head, conversations.head_hash
FROM log LEFT JOIN conversations ON conversations.id = log.conversation
WHERE (log.conversation, log.seq) >= (CAST(? AS TEXT), ?) AND typeof(log.conversation) = 'text'
    AND typeof(log.seq) = 'integer'
ORDER BY log.conversation, log.seq LIMIT {BATCH}
"""  # noqa: S608 -- our own words
_ODD = """
SELECT CAST(conversation AS TEXT), seq FROM log
WHERE typeof(conversation) <> 'text' OR typeof(seq) <> 'integer' LIMIT 101
"""
_EMPTY = """
SELECT CAST(id AS TEXT) FROM conversations
WHERE NOT EXISTS (SELECT 1 FROM log WHERE log.conversation = conversations.id) LIMIT 101
"""


async def verified(database_url: str, exported: Path | None, pinned: Pinned, out: TextIO) -> bool:
    """Whether the database, or the exported file, is what was written; said to `out`.

    Raises ConfigError, and HelpdeskError where the database cannot be read.
    """
    findings = begin(pinned)
    if exported is not None:
        walk_export(exported, findings)
        return tell(findings, out)
    async with reading(database_url) as database:
        await walk(database, findings)
    return tell(findings, out)


async def walk(database: Database, findings: Findings) -> None:
    """Look at every item, in batches; each conversation is done when the one behind it is seen."""
    chain: Chain | None = None
    place: tuple[Any, int] = ("", -(2**63))
    end: tuple[object, object] = (None, None)
    while True:
        rows = await database.run(lambda connection, place=place: _batch(connection, place))  # type: ignore[misc]
        for *columns, head, head_hash in rows:
            record = Record(*columns)
            if chain is None or record.conversation != chain.conversation:
                _close(findings, chain, end)
                chain = findings.begin(record.conversation)
            elif (record.conversation, record.seq) == place:
                end = (head, head_hash)
                continue
            chain.follow(record)
            place, end = (record.conversation, record.seq), (head, head_hash)
        if len(rows) < BATCH:
            break
    _close(findings, chain, end)
    await database.run(lambda connection: _strange(connection, findings))
    findings.over()


def walk_export(file: Path, findings: Findings) -> None:
    """Look at every line of an exported file. Raises ConfigError."""
    chains: dict[str, Chain] = {}
    early: dict[str, dict[int, Record]] = {}
    try:
        with file.open(encoding="utf-8", errors="surrogateescape") as lines:
            for record, what in exported_records(lines):
                chain = chains.get(record.conversation) or findings.begin(record.conversation)
                chains[record.conversation] = chain
                if what:
                    chain.fault = chain.fault or Fault(record.conversation, record.seq, what)
                _in_order(chain, record, early.setdefault(record.conversation, {}))
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
    key = conversation.encode("utf-8", "surrogateescape")
    return list(connection.exec_driver_sql(_BATCH, (key, seq)))


def _close(findings: Findings, chain: Chain | None, end: tuple[object, object]) -> None:
    if chain:
        chain.end_at(*end)
        findings.ended(chain)


def _strange(connection: Connection, findings: Findings) -> None:
    """Records and conversations that no walk comes by."""
    faulty = {fault.conversation for fault in findings.faults}
    missing = findings.pins.keys() - findings.seen
    odd = [Fault(each, seq, "its place in the log is none") for each, seq in connection.exec_driver_sql(_ODD)]
    empty = [Fault(each, None, "it has no items, only a row") for (each,) in connection.exec_driver_sql(_EMPTY)]
    for fault in odd + empty:
        if fault.conversation not in faulty | missing:
            findings.faults.append(fault)
            faulty.add(fault.conversation)
