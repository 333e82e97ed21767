"""The schema, brought up to date by hand; a start does the same by itself."""

from sqlalchemy.exc import DBAPIError

from bot.store import schema
from bot.store.address import unusable
from bot.store.database import Database


async def upgrade(database_url: str) -> str:
    """The revision the database is at now. Raises ConfigError, and HelpdeskError where it is damaged."""
    database = Database(database_url)
    try:
        await database.run(schema.upgrade)
    except DBAPIError as error:
        raise unusable(database.name, error) from error
    else:
        return await database.run(schema.current) or schema.HEAD
    finally:
        database.close()
