"""Where everything is kept, and what it is encrypted and signed with."""

from pathlib import Path

from pydantic import SecretStr

from bot.config.environment import Environment, SecretKey


class KeySettings(Environment):
    """What is encrypted and signed with."""

    #: any text of 32 characters or more; links, authenticators and tokens are encrypted, checkpoints signed with it
    helpdesk_secret_key: SecretKey


class DatabaseSettings(Environment):
    """Where the database is."""

    #: sqlite:///FILE.db, or postgresql://… where one machine is not enough; that may hold a password
    database_url: SecretStr = SecretStr("sqlite:///helpdesk.db")


class StoreSettings(DatabaseSettings, KeySettings):
    """Where everything is kept."""

    #: a file, best on another machine's disk, to which signed checkpoints of the log are appended every hour
    helpdesk_checkpoint_file: Path | None = None
