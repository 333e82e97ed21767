"""The knowledge base, brought into step with a folder while the bot runs; what did not change is not written."""

from pathlib import Path
from typing import TextIO

from bot.errors import ConfigError
from bot.ops.bar import Bar
from bot.ops.beside import noted, opened
from bot.store.database import Alone
from tools.backends.article_folder import BadArticleError, sync_articles
from tools.backends.sql_knowledge import SqlKnowledge

DONE = "{0.added} added, {0.updated} changed, {0.removed} removed, {0.unchanged} as they were."


NO_FOLDER = "Which folder? Name it behind the command, or in KB_DIR."


async def sync(
    database_url: str,
    folder: Path | None,
    known: tuple[Path | None, tuple[str, ...]],
    base_url: str,
    out: TextIO,
    progress: TextIO,
) -> None:
    """Make the knowledge base hold the articles of the folder, or of the `known` one, parts of which are reviewed.

    Raises ConfigError before anything changes where an article cannot be read.
    """
    usual, reviewed = known
    wanted = folder or usual
    if wanted is None:
        raise ConfigError(NO_FOLDER)
    # nobody vouched for another folder
    vouched = reviewed if usual and wanted.resolve() == usual.resolve() else ()
    async with opened(database_url) as database:
        try:
            synced = await sync_articles(wanted, SqlKnowledge(Alone(database)), base_url, vouched, Bar(progress).at)
        except BadArticleError as error:
            raise ConfigError(f"There are articles that cannot be read, so nothing was changed.\n{error}") from None
    noted("knowledge base in step", folder=str(wanted), added=str(synced.added), removed=str(synced.removed))
    print(DONE.format(synced), file=out)
