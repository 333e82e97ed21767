"""Checkpoints made by hand."""

from datetime import datetime
from pathlib import Path
from typing import TextIO

from pydantic import SecretStr

from bot.ops.audit.chain import TIME
from bot.ops.beside import opened
from bot.store import checkpoint_file, checkpoints


async def checkpoint(database_url: str, secret: SecretStr, file: Path | None, now: datetime, out: TextIO) -> None:
    """Append one to the file; without a file print one that begins a file of its own.

    Raises ConfigError and HelpdeskError.
    """
    async with opened(database_url) as database:
        if file is None:
            heads = await checkpoint_file.read_heads(database)
            lines = checkpoints.lines(checkpoints.signing_key(secret), None, heads, now)
            out.writelines(line.decode() for line in lines)
            return
        made = await checkpoint_file.write(database, file, secret, now)
        print(f"Checkpoint {made.number} of {made.at:{TIME}} is in {file}.", file=out)
