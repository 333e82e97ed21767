"""Which MCP servers there are."""

from pathlib import Path
from typing import Annotated

from bot.config.environment import Environment, file


class McpSettings(Environment):
    """Which MCP servers there are."""

    #: a JSON file that names them: {"mcpServers": {…}}; what of theirs is offered stands in mcp.lock beside it
    mcp_config: Annotated[Path, file('a JSON file, {"mcpServers": {…}}')] | None = None
