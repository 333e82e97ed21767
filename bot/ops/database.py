"""The schema, brought up to date by hand; a start does the same by itself."""

from bot.store import schema
from bot.store.database import Database


async def upgrade(database_url: str) -> str:
    """The revision the database is at now."""
    database = Database(database_url)
    try:
        await database.run(schema.upgrade)
        return schema.HEAD
    finally:
        database.close()
