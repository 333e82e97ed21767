"""Tools of MCP servers, as they were accepted; each is `server.tool`.

Promise: what a server says about itself makes nothing less strict, and what it gives is never trusted.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from tools.backends.mcp import Definition, McpServers
from tools.schema import BadSchema, arguments_by
from tools.spec import Context, NotPossible, Risk, Tool, Untrusted

#: time limit for a call, the start of its server included, seconds
LIMIT_S = 60.0

#: characters of a description that models are shown
MAX_DESCRIPTION = 1_024

#: as the protocol wants them; names go into cards, logs and metrics
_NAME = re.compile(r"[a-zA-Z0-9_./-]{1,128}")

#: told to people of other companies, and to bots
COLLEAGUES_ONLY = "Tools of MCP servers are for colleagues only."

__all__ = ["BadSchema", "mcp_tool"]


def mcp_tool(server: str, pinned: Definition, risk: Risk) -> Tool:
    """The tool of the server; where `risk` is low, whoever accepted it says that it only reads. Raises BadSchema."""
    if not _NAME.fullmatch(pinned.name):
        raise BadSchema("has a name of other letters than tools may have")
    reads, name = risk is Risk.LOW, f"{server}.{pinned.name}"

    async def called(*, arguments: Mapping[str, Any], servers: McpServers, context: Context) -> Untrusted:
        if context.visitor:
            raise NotPossible(COLLEAGUES_ONLY)
        return Untrusted(await servers.call(server, pinned, arguments))

    return Tool(
        name=name,
        description=(pinned.description.strip() or pinned.title.strip() or name)[:MAX_DESCRIPTION],
        risk=risk,
        read_only=reads,
        idempotent=reads,
        timeout_s=LIMIT_S,
        arguments=arguments_by(name, pinned.schema, pinned.digest),
        needs=MappingProxyType({"servers": McpServers, "context": Context}),
        function=called,
        schema=MappingProxyType({"properties": {}, **{k: v for k, v in pinned.schema.items() if k != "$schema"}}),
        strict=False,
    )
