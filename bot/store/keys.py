"""A secret that is changed while all runs, and the other one that is good beside it (docs/secrets.md).

Promise: what is new is encrypted and signed with the one; what the other one encrypted or signed opens and holds, too.
"""

import hmac
from dataclasses import dataclass, field

from pydantic import SecretStr


class Key(SecretStr):
    """A secret that knows the other one."""

    def __init__(self, key: SecretStr, other: SecretStr) -> None:
        super().__init__(key.get_secret_value())
        self.other = other


def good(key: SecretStr) -> tuple[SecretStr, ...]:
    """The secrets that are good, the one for what is new before the other one."""
    return (key, key.other) if isinstance(key, Key) else (key,)


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs, and knows its signatures; printing it shows nothing."""

    _keys: tuple[bytes, ...] = field(repr=False)

    @classmethod
    def of(cls, key: SecretStr, purpose: bytes) -> "Signer":
        """The signer of a key; for another purpose it is another one."""
        return cls(tuple(hmac.digest(each.get_secret_value().encode(), purpose, "sha256") for each in good(key)))

    def sign(self, said: bytes) -> str:
        """The signature in hexadecimal."""
        return hmac.digest(self._keys[0], said, "sha256").hex()

    def signed(self, said: bytes, signature: str) -> bool:
        """One of the keys made the signature."""
        # all are compared, each in constant time, so that the time taken tells nothing
        same = [hmac.compare_digest(hmac.digest(each, said, "sha256").hex(), signature) for each in self._keys]
        return any(same)

    def renewed(self, said: bytes, signature: str) -> bool:
        """The key for what is new made it."""
        return hmac.compare_digest(self.sign(said), signature)
