"""The systems behind the tools: the knowledge base, the directory, the ticket system, MCP servers."""

import asyncio
import io
from collections.abc import AsyncIterator

from bot.config import Settings
from bot.doctor.findings import Finding, good, warning, wrong
from bot.errors import ConfigError
from bot.ops import mcp
from bot.systems import directory_of, mcp_file, queues_of, request_tracker_of
from tools.backends.article_folder import BadArticleError, read_folder
from tools.spec import ToolFailed

KNOWLEDGE, DIRECTORY, TICKETS, MCP = "knowledge base", "directory", "tickets", "MCP servers"

#: of nobody anywhere (RFC 2606)
NOBODY = "nobody@helpdesk.invalid"


async def knowledge(settings: Settings) -> AsyncIterator[Finding]:
    """Whether the articles can be read."""
    if settings.kb_dir is None:
        fix = "Set KB_DIR to a folder of your own articles (docs/knowledge.md)."
        yield warning(KNOWLEDGE, "Only the shipped articles are known.", "They know nothing of your company.", fix)
        return
    try:
        found = await asyncio.to_thread(read_folder, settings.kb_dir, "", settings.helpdesk_kb_reviewed)
    except BadArticleError as error:
        yield wrong(KNOWLEDGE, str(error), "The bot does not start with these.", "Mend the articles in KB_DIR.")
        return
    yield good(KNOWLEDGE, f"{settings.kb_dir} has {len(found)} articles.")
    if not settings.helpdesk_kb_reviewed:
        why = "Whoever reads an article with the bot's help needs an approval more often."
        fix = "Name the folders that somebody reviews in HELPDESK_KB_REVIEWED (docs/knowledge.md)."
        yield warning(KNOWLEDGE, "All articles are taken for anybody's text.", why, fix)


async def directory(settings: Settings) -> AsyncIterator[Finding]:
    """Whether a directory elsewhere answers."""
    why = "Without it nobody is known, so whatever touches people is refused."
    try:
        async with directory_of(settings) as found:
            if found is None:
                return
            await found.find_by_email(NOBODY)
    except (ConfigError, ToolFailed) as error:
        yield wrong(DIRECTORY, str(error), why, "Check its address, and as whom it is asked (docs/directory.md).")
        return
    yield good(DIRECTORY, "The directory answers.")


async def tickets(settings: Settings) -> AsyncIterator[Finding]:
    """Whether a Request Tracker answers, and lets us make tickets where they belong."""
    why = "Without it tickets are neither made nor read, and nobody is handed over to a person."
    try:
        async with request_tracker_of(settings) as server:
            if server is None:
                return
            for named in dict.fromkeys(queues_of(settings).values()):
                queue = await server.queue(named)
                if queue is None or not queue.takes_tickets:
                    fix = "Check its name, and the rights of the bot's account in it (docs/tickets.md)."
                    yield wrong(TICKETS, f"No tickets can be made in the queue {named}.", why, fix)
                else:
                    yield good(TICKETS, f"Tickets can be made in the queue {named}.")
    except ToolFailed as error:
        yield wrong(TICKETS, str(error), why, "Check HELPDESK_RT_URL and HELPDESK_RT_TOKEN (docs/tickets.md).")


async def mcp_servers(settings: Settings) -> AsyncIterator[Finding]:
    """Whether each starts and offers what was accepted."""
    try:
        file = mcp_file(settings)
        if file is None:
            return
        said = io.StringIO()
        whole = await mcp.checked(file, said)
    except ConfigError as error:
        yield wrong(MCP, str(error), "The bot does not start so.", "Mend the file that MCP_CONFIG names (docs/mcp.md).")
        return
    told = "; ".join(said.getvalue().splitlines())
    if whole:
        yield good(MCP, told)
    else:
        why = "What is not as it was accepted is not offered."
        yield warning(MCP, told, why, "Look at: helpdesk mcp list, then: helpdesk mcp accept")
