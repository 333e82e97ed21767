"""One-time secrets at rest: encrypted before the tool acts, opened only where they are handed to their reader.

The keys are derived from HELPDESK_SECRET_KEY, so any text of enough characters will do.
"""

import base64
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import SecretStr
from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert

from bot.store.keys import good
from bot.store.tables import sealed

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

#: a secret nobody was given is deleted after this many seconds
KEPT = 24 * 3600


@dataclass(frozen=True, slots=True)
class Seal:
    """Encrypts and decrypts; printing it shows nothing."""

    _keys: tuple[bytes, ...] = field(repr=False)

    @classmethod
    def of(cls, key: SecretStr, purpose: str = "sealed 1") -> "Seal":
        """The seal of a key; for another purpose it is another one."""
        begin = f"helpdesk {purpose}".encode()
        derived = (hashlib.sha256(begin + each.get_secret_value().encode()).digest() for each in good(key))
        return cls(tuple(base64.urlsafe_b64encode(each) for each in derived))

    def put(self, connection: Connection, conversation: str, call: int, fresh: SecretStr, now: float) -> None:
        """Keep the secret of the call."""
        ciphertext = self.encrypted(fresh)
        row = insert(sealed).values(conversation=conversation, call=call, ciphertext=ciphertext, expires_at=now + KEPT)
        connection.execute(row.on_conflict_do_nothing())

    def get(self, connection: Connection, conversation: str, call: int) -> SecretStr | None:
        """The secret of the call; None if it was handed over, expired, never was, or was sealed with another key."""
        here = (sealed.c.conversation == conversation) & (sealed.c.call == call)
        ciphertext = connection.scalar(select(sealed.c.ciphertext).where(here))
        return self.decrypted(ciphertext) if ciphertext else None

    def encrypted(self, text: SecretStr) -> bytes:
        """The text as it may be kept."""
        return self._cipher().encrypt(text.get_secret_value().encode())

    def decrypted(self, ciphertext: bytes) -> SecretStr | None:
        """The text; None where none of the keys sealed it, or it was changed."""
        from cryptography.fernet import InvalidToken  # noqa: PLC0415 -- as below

        try:
            return SecretStr(self._cipher().decrypt(ciphertext).decode())
        except InvalidToken:
            return None

    def renewed(self, ciphertext: bytes) -> bytes | None:
        """The same, sealed with the key for what is new; itself where it is that already, None: no key opens it."""
        from cryptography.fernet import InvalidToken  # noqa: PLC0415 -- as below

        if Seal(self._keys[:1]).decrypted(ciphertext):
            return ciphertext
        try:
            return self._cipher().rotate(ciphertext)
        except InvalidToken:
            return None

    def _cipher(self) -> "MultiFernet":
        from cryptography.fernet import Fernet, MultiFernet  # noqa: PLC0415 -- 7 MB that most processes never need

        return MultiFernet(map(Fernet, self._keys))


def drop(connection: Connection, conversation: str, call: int) -> None:
    """Its reader has it."""
    connection.execute(delete(sealed).where(sealed.c.conversation == conversation, sealed.c.call == call))


def drop_expired(connection: Connection, now: float) -> None:
    """Nobody was given it in time."""
    connection.execute(delete(sealed).where(sealed.c.expires_at < now))
