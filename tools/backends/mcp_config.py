"""The file that names MCP servers, in the form that MCP clients share; secrets in it are named as ${NAME}."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

#: servers, and bytes of the file
MAX_SERVERS, MAX_BYTES = 20, 100_000

#: beside the file of the servers
LOCK = "mcp.lock"

#: what a variable holds, or None
Variable = Callable[[str], SecretStr | None]

_NAMED = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")

_NAME = re.compile("[a-zA-Z0-9][a-zA-Z0-9_-]{0,31}")


class BadMcpConfig(ValueError):
    """The file cannot be used; the message is a sentence that quotes no value."""


class _Server(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class Stdio(_Server):
    """A server that is started here, and spoken with by its standard input and output."""

    type: Literal["stdio"] = "stdio"
    command: str = Field(min_length=1)
    args: tuple[str, ...] = Field(default=(), strict=False)
    env: Mapping[str, SecretStr] = {}


class Http(_Server):
    """A server elsewhere, by streamable HTTP."""

    type: Literal["http", "streamable-http"] = "http"
    url: Annotated[str, Field(pattern="^https?://.")]
    headers: Mapping[str, SecretStr] = {}


Server = Stdio | Http


@dataclass(frozen=True, slots=True)
class McpFile:
    """The servers by name, and where it is pinned what they offer."""

    servers: Mapping[str, Server]
    lock: Path


def read(path: Path, variable: Variable) -> McpFile:
    """The servers of the file. Raises BadMcpConfig."""
    named = _named(path)
    if len(named) > MAX_SERVERS:
        raise BadMcpConfig(f"{path.name} names more than {MAX_SERVERS} servers")
    return McpFile({name: _server(path, name, value, variable) for name, value in named.items()}, path.with_name(LOCK))


def _named(path: Path) -> Mapping[str, Any]:
    try:
        text = path.read_text("utf-8-sig")
        found = json.loads(text) if len(text) <= MAX_BYTES else None
    except OSError as error:
        raise BadMcpConfig(f"{path.name} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise BadMcpConfig(f"{path.name} is not JSON in UTF-8") from None
    servers = found.get("mcpServers") if isinstance(found, dict) else None
    if not isinstance(servers, dict):
        raise BadMcpConfig(f'{path.name} is not of the form {{"mcpServers": {{"name": {{…}}}}}}')
    return servers


def _server(path: Path, name: str, value: Any, variable: Variable) -> Server:
    if not _NAME.fullmatch(name):
        raise BadMcpConfig(f"{path.name}: the name of a server is made of letters, digits, _ and -, 32 at most")
    if not isinstance(value, dict) or ("command" in value) is ("url" in value):
        raise BadMcpConfig(f"{path.name}: {name} needs a command or a url, and not both")
    kind, secret = (Stdio, "env") if "command" in value else (Http, "headers")
    filled = {**value, secret: _filled(path, name, value[secret], variable)} if secret in value else value
    try:
        return kind.model_validate(filled)
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_context=False, include_url=False)[0]
        place = ".".join(str(each) for each in wrong["loc"][:1])
        raise BadMcpConfig(f"{path.name}: {place} of {name} cannot be used: {wrong['msg']}") from None


def _filled(path: Path, name: str, values: Any, variable: Variable) -> Any:
    """The values with what the variables hold that they name."""
    if not isinstance(values, dict) or not all(isinstance(each, str) for each in values.values()):
        return values

    def held(match: re.Match[str]) -> str:
        if (found := variable(match[1])) is None:
            raise BadMcpConfig(f"{path.name}: {name} names ${{{match[1]}}}, which is not set")
        return found.get_secret_value()

    return {key: SecretStr(_NAMED.sub(held, value)) for key, value in values.items()}
