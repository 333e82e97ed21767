"""What somebody accepted of the tools of MCP servers: `mcp.lock`, made by `helpdesk mcp accept`.

It holds whole definitions, so that the bot starts without its servers, and hashes, so that no word of them is changed
by hand.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tools.backends.mcp import Definition
from tools.spec import Risk

#: tools of all servers together; requests to models take 128, ours included
MAX_TOOLS = 80

#: bytes of the file
MAX_BYTES = 5_000_000


class BadLock(ValueError):
    """The file cannot be used; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A tool, and how much harm it can do, as somebody says who answers for it."""

    definition: Definition
    risk: Risk = Risk.HIGH


#: by the names of server and tool
Lock = Mapping[tuple[str, str], Accepted]


class _Tool(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    sha256: str
    risk: Risk
    title: str = ""
    description: str
    schema_: dict[str, Any] = Field(alias="inputSchema")
    annotations: dict[str, Any] = {}


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = 1
    servers: dict[str, dict[str, _Tool]] = {}


def read(path: Path) -> Lock:
    """What was accepted; nothing where there is no file. Raises BadLock."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadLock(f"{path.name} is larger than {MAX_BYTES // 1_000_000} MB")
        file = _File.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise BadLock(f"{path.name} cannot be read: {error.strerror}") from None
    except ValidationError:
        raise BadLock(f"{path.name} is not as helpdesk mcp accept writes it") from None
    return {
        (server, name): _accepted(server, name, each)
        for server, tools in file.servers.items()
        for name, each in tools.items()
    }


def _accepted(server: str, name: str, tool: _Tool) -> Accepted:
    definition = Definition(name, tool.description, tool.schema_, tool.title, tool.annotations)
    if definition.digest != tool.sha256:
        raise BadLock(f"mcp.lock: {server}.{name} was changed by hand; accept it again: helpdesk mcp accept")
    return Accepted(definition, tool.risk)


def write(path: Path, lock: Lock) -> None:
    """In the place of what was there, as a whole or not at all. Raises OSError, and BadLock for too many tools."""
    if len(lock) > MAX_TOOLS:
        raise BadLock(f"{len(lock)} tools are too many: models are offered {MAX_TOOLS} of MCP servers at most")
    servers: dict[str, dict[str, _Tool]] = {}
    for (server, name), each in sorted(lock.items()):
        of = each.definition
        servers.setdefault(server, {})[name] = _Tool(
            sha256=of.digest,
            risk=each.risk,
            title=of.title,
            description=of.description,
            schema_=dict(of.schema),
            annotations=dict(of.annotations),
        )
    text = json.dumps(_File(servers=servers).model_dump(mode="json", by_alias=True), indent=2, ensure_ascii=False)
    new = path.with_name(f"{path.name}.new")
    new.write_text(f"{text}\n", "utf-8")
    new.replace(path)
