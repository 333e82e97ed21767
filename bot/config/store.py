"""Where everything is kept, and what it is encrypted and signed with."""

from pathlib import Path

from pydantic import SecretStr, ValidationInfo, field_validator

from bot.config.environment import Environment, SecretKey
from bot.store.keys import Key


class KeySettings(Environment):
    """What is encrypted and signed with."""

    #: any text of 32 characters or more; links, authenticators and tokens are encrypted, checkpoints signed with it
    helpdesk_secret_key: SecretKey
    #: while it is changed: what this one encrypted and signed is good, too
    helpdesk_secret_key_previous: SecretKey | None = None

    @field_validator("helpdesk_secret_key_previous")
    @classmethod
    def _other(cls, value: SecretStr | None, found: ValidationInfo) -> SecretStr | None:
        if value is not None and value == found.data.get("helpdesk_secret_key"):
            raise ValueError("takes another key than HELPDESK_SECRET_KEY, or none")
        return value

    @property
    def key(self) -> SecretStr:
        """HELPDESK_SECRET_KEY, which knows the other one where there is one."""
        key, other = self.helpdesk_secret_key, self.helpdesk_secret_key_previous
        return Key(key, other) if other else key


class DatabaseSettings(Environment):
    """Where the database is."""

    #: sqlite:///FILE.db, or postgresql://… where one machine is not enough; that may hold a password
    database_url: SecretStr = SecretStr("sqlite:///helpdesk.db")


class StoreSettings(DatabaseSettings, KeySettings):
    """Where everything is kept."""

    #: a file, best on another machine's disk, to which signed checkpoints of the log are appended every hour
    helpdesk_checkpoint_file: Path | None = None
