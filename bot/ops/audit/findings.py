"""What a verification found, and how it is told: one sentence about each conversation that is not as it was written."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TextIO

from pydantic import SecretStr

from bot.errors import ConfigError
from bot.ops.audit.chain import TIME, Chain, Fault, Pins, Stone, pin
from bot.ops.audit.plain import plain
from bot.store import checkpoints, tombstones
from bot.store.keys import Signer

#: of a conversation that nothing was purged of
UNPURGED = Stone()

#: lines about what is wrong
MAX_FAULTS = 100


@dataclass(slots=True)
class Findings:
    """What was looked at, and what is wrong with it."""

    pins: Pins = field(default_factory=dict)
    #: what tombstones are signed with; None: it is not known here
    key: Signer | None = None
    #: time of the newest checkpoint
    newest: datetime | None = None
    items: int = 0
    erased: int = 0
    #: conversations of which items were purged
    purged: int = 0
    #: tombstones and checkpoints that are good, and signed with another key than HELPDESK_SECRET_KEY
    other_stones: int = 0
    other_checkpoints: int = 0
    #: items that no checkpoint speaks of yet
    later: int = 0
    seen: set[str] = field(default_factory=set)
    #: what is wrong with the file of checkpoints
    file: str | None = None
    faults: list[Fault] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not self.faults and self.file is None

    def begin(self, conversation: str, stone: Stone = UNPURGED) -> Chain:
        """The chain of a conversation that is looked at now, behind what was purged of it."""
        self.seen.add(conversation)
        chain = Chain(conversation, self.pins.get(conversation, {}))
        chain.resume(stone, self.key)
        return chain

    def ended(self, chain: Chain) -> None:
        """Count a chain that was looked at."""
        self.items += chain.count
        self.erased += chain.erased
        self.purged += chain.purged_to > 0
        self.other_stones += chain.other
        self.later += max(chain.seq - max(chain.purged_to, *chain.pins, 0), 0)
        self.faults += [chain.fault] if chain.fault else []

    def over(self) -> None:
        """All was looked at: whole conversations must not be missing."""
        for conversation in sorted(self.pins.keys() - self.seen):
            chain = self.begin(conversation)
            chain.end()
            self.ended(chain)


@dataclass(frozen=True, slots=True)
class Pinned:
    """The file of checkpoints to compare with, if any, how old the newest may be; the key of it and of tombstones."""

    file: Path | None
    secret: SecretStr | None
    now: datetime
    max_age: timedelta | None = None


def begin(pinned: Pinned) -> Findings:
    """What the checkpoints say, up to the first that does not hold. Raises ConfigError."""
    findings = Findings(key=tombstones.signing_key(pinned.secret) if pinned.secret else None)
    if pinned.file is None or pinned.secret is None:
        return findings
    try:
        with pinned.file.open("rb") as lines:
            for checkpoint in checkpoints.read(lines, checkpoints.signing_key(pinned.secret)):
                findings.newest = checkpoint.at
                findings.other_checkpoints += checkpoint.other
                pin(findings.pins, checkpoint)
    except OSError as error:
        raise ConfigError(f"--checkpoint: {pinned.file} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        findings.file = f"{pinned.file}: {error}."
        return findings
    findings.file = _too_old(pinned, findings.newest)
    return findings


def _too_old(pinned: Pinned, newest: datetime | None) -> str | None:
    if newest is None:
        return f"{pinned.file}: there is no checkpoint in it."
    if pinned.max_age is None or pinned.now - newest <= pinned.max_age:
        return None
    return (
        f"{pinned.file}: its newest checkpoint is of {newest:{TIME}}, which is too old: an older file was put in its "
        "place, lines were cut off, or nobody writes checkpoints."
    )


def tell(findings: Findings, out: TextIO) -> bool:
    """Say what was found, in at most MAX_FAULTS lines and one; True if all is well."""
    if findings.good:
        print(_well(findings), file=out)
        return True
    wrong = [findings.file] if findings.file else []
    wrong += map(str, findings.faults[: MAX_FAULTS + 1])
    for line in wrong[:MAX_FAULTS]:
        print(plain(line), file=out)
    if len(wrong) > MAX_FAULTS:
        print("There is more; only the first of it is shown.", file=out)
    return False


def _well(findings: Findings) -> str:
    erased = f" ({findings.erased} erased)" if findings.erased else ""
    told = f"{findings.items} items{erased} in {len(findings.seen)} conversations{_purged(findings)}; chain whole; "
    told += _other(findings)
    if findings.newest is None:
        return told + "no checkpoint was given, so whoever can write the database could have written all of it anew"
    later = f"; items newer than it: {findings.later}" if findings.later else ""
    return f"{told}checkpoint of {findings.newest:{TIME}} holds{later}"


def _other(findings: Findings) -> str:
    counts = {"tombstones": findings.other_stones, "checkpoints": findings.other_checkpoints}
    told = " and ".join(f"{count} {what}" for what, count in counts.items() if count)
    return f"signed with an earlier key: {told}; " if told else ""


def _purged(findings: Findings) -> str:
    if not findings.purged:
        return ""
    if findings.key:
        return f" ({findings.purged} purged, by who had the key)"
    return f" ({findings.purged} purged, by whom only HELPDESK_SECRET_KEY can tell, which is not set here)"
