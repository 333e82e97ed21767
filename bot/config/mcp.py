"""Which MCP servers there are."""

from pathlib import Path

from pydantic import field_validator

from bot.config.environment import Environment


class McpSettings(Environment):
    """Which MCP servers there are."""

    #: a JSON file that names them: {"mcpServers": {…}}; what of theirs is offered stands in mcp.lock beside it
    mcp_config: Path | None = None

    @field_validator("mcp_config")
    @classmethod
    def _mcp_file(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError('takes a JSON file, {"mcpServers": {…}}; there is none at that place')
        return value
