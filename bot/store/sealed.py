"""One-time secrets at rest: encrypted before the tool acts, opened only where they are handed to their reader.

The key is derived from HELPDESK_SECRET_KEY, so any text of enough characters will do.
"""

import base64
import hashlib
from dataclasses import dataclass

from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from bot.store.tables import sealed

#: a secret nobody was given is deleted after this many seconds
KEPT = 24 * 3600


@dataclass(frozen=True, slots=True)
class Seal:
    """Encrypts and decrypts; printing it shows nothing."""

    _fernet: Fernet

    @classmethod
    def of(cls, key: SecretStr) -> "Seal":
        derived = hashlib.sha256(b"helpdesk sealed 1" + key.get_secret_value().encode()).digest()
        return cls(Fernet(base64.urlsafe_b64encode(derived)))

    def put(self, connection: Connection, conversation: str, call: int, fresh: SecretStr, now: float) -> None:
        """Keep the secret of the call."""
        ciphertext = self._fernet.encrypt(fresh.get_secret_value().encode())
        row = insert(sealed).values(conversation=conversation, call=call, ciphertext=ciphertext, expires_at=now + KEPT)
        connection.execute(row.on_conflict_do_nothing())

    def get(self, connection: Connection, conversation: str, call: int) -> SecretStr | None:
        """The secret of the call; None if it was handed over, expired, or never was."""
        here = (sealed.c.conversation == conversation) & (sealed.c.call == call)
        ciphertext = connection.scalar(select(sealed.c.ciphertext).where(here))
        return SecretStr(self._fernet.decrypt(ciphertext).decode()) if ciphertext else None


def drop(connection: Connection, conversation: str, call: int) -> None:
    """Its reader has it."""
    connection.execute(delete(sealed).where(sealed.c.conversation == conversation, sealed.c.call == call))


def drop_expired(connection: Connection, now: float) -> None:
    """Nobody was given it in time."""
    connection.execute(delete(sealed).where(sealed.c.expires_at < now))
