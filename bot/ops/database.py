"""The schema, brought up to date by hand; a start does the same by itself."""

from sqlalchemy.exc import OperationalError

from bot.store import schema
from bot.store.address import away
from bot.store.database import Database


async def upgrade(database_url: str) -> str:
    """The revision the database is at now. Raises ConfigError where it does not let us in."""
    database = Database(database_url)
    try:
        await database.run(schema.upgrade)
    except OperationalError as error:
        raise away(database.name, error) from error
    else:
        return await database.run(schema.current) or schema.HEAD
    finally:
        database.close()
