"""Servers of the Model Context Protocol (https://modelcontextprotocol.io) that offer tools."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Definition:
    """What a server says of a tool; somebody accepted exactly this, or nobody did."""

    name: str
    description: str
    schema: Mapping[str, Any]
    title: str = ""
    #: hints of the server about itself; nothing rests on them
    annotations: Mapping[str, Any] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """SHA-256, in hex, of all of it; the order of keys does not count."""
        return sha256(json.dumps(asdict(self), sort_keys=True, separators=(",", ":")).encode()).hexdigest()


class McpServers(Protocol):
    """The servers of the settings, each with one connection that all conversations share."""

    async def call(self, server: str, pinned: Definition, arguments: Mapping[str, Any]) -> object:
        """What the tool gives, if the server still offers it exactly as pinned.

        Raises ToolFailed where nothing was done, and OutcomeUnknown.
        """

    def withdrawn(self) -> frozenset[str]:
        """The tools that servers do not offer as they were accepted any more."""
