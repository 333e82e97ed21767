"""`helpdesk mcp …`: what MCP servers offer, and what of it was accepted (docs/mcp.md)."""

import asyncio
import json
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import TextIO

from bot.errors import ConfigError, HelpdeskError
from tools import TOOLS
from tools.backends import mcp_lock
from tools.backends.mcp import Definition
from tools.backends.mcp_client import Connections, connections
from tools.backends.mcp_config import McpFile
from tools.backends.mcp_lock import Accepted, Lock
from tools.mcp import BadSchema, mcp_tool
from tools.spec import Risk, ToolFailed
from tools.wire import by_wire_name

#: characters of a description in a list, and of a schema that is shown before it is accepted
MAX_LINE, MAX_SHOWN = 100, 4_000

#: of a tool, beside the server that offers it
ACCEPTED, NEW, CHANGED, GONE, UNFIT = "accepted", "new", "changed", "gone", "cannot be offered"

NOTHING = "There is nothing to accept."
NO_ANSWER = "Nobody can be asked here. Look at helpdesk mcp list, then: helpdesk mcp accept --yes"


@dataclass(frozen=True, slots=True)
class Seen:
    """A tool of a server beside what was accepted of it; `why` it cannot be offered."""

    server: str
    name: str
    now: Definition | None
    accepted: Accepted | None
    why: str = ""

    @property
    def full(self) -> str:
        """As the bot calls it."""
        return _plain(f"{self.server}.{self.name}")

    @property
    def state(self) -> str:
        """One word for it."""
        if self.now is None:
            return GONE
        if self.why:
            return UNFIT
        if self.accepted is None:
            return NEW
        return ACCEPTED if self.accepted.definition.digest == self.now.digest else CHANGED


async def listed(file: McpFile, out: TextIO) -> None:
    """Print what each server offers, and what of it was accepted. Raises ConfigError."""
    found, failed = await _looked(file, file.servers)
    for each in found:
        risk = f" ({each.accepted.risk})" if each.accepted else ""
        text = f": it {each.why}" if each.why else f". {_line(each.now.description if each.now else '')}"
        print(f"{each.full}: {each.state}{risk}{text}".rstrip(), file=out)
    for why in failed.values():
        print(why, file=out)


async def checked(file: McpFile, out: TextIO) -> bool:
    """Start each server and print what is wrong, a line each; True where nothing is. Raises ConfigError."""
    found, failed = await _looked(file, file.servers)
    wrong = {server: [why] for server, why in failed.items()}
    for server, tools in groupby(found, lambda each: each.server):
        wrong.setdefault(server, []).extend(
            f"{each.full} is {each.state}" for each in tools if each.state in (CHANGED, GONE)
        )
    for server in file.servers:
        print(f"{server}: {'; '.join(wrong.get(server, [])) or 'good'}", file=out)
    return not any(wrong.values())


async def accepted(
    file: McpFile, wanted: str | None, risk: Risk | None, sure: Callable[[str], bool] | None, out: TextIO
) -> None:
    """Accept what servers offer: all, those of a server, or one tool, each after `sure` said so of its description.

    What is gone from a server goes from the lock, too. Raises ConfigError, and HelpdeskError.
    """
    server, _, tool = (wanted or "").partition(".")
    if server and server not in file.servers:
        raise HelpdeskError(f"There is no MCP server {server}; there are {', '.join(file.servers) or 'none'}.")
    found, failed = await _looked(file, [server] if server else file.servers)
    meant = [each for each in found if tool in ("", each.name)]
    for why in failed.values():
        print(why, file=out)
    if tool and not meant:
        raise HelpdeskError(f"{server} has no tool {tool}.")
    lock = {**_lock(file)}
    for each in meant:
        _decide(each, lock, risk, sure, out)
    _write(file, lock)


def _decide(
    each: Seen,
    lock: dict[tuple[str, str], Accepted],
    risk: Risk | None,
    sure: Callable[[str], bool] | None,
    out: TextIO,
) -> None:
    key, was = (each.server, each.name), each.accepted
    if each.now is None or each.why:
        print(f"{each.full}: {each.state}{f', it {each.why}' if each.why else ''}", file=out)
        lock.pop(key, None)
        return
    new = Accepted(each.now, risk or (was.risk if was else Risk.HIGH))
    if new == was:
        return
    if sure is None or sure("\n".join(_shown(each, new))):
        lock[key] = new
        print(f"{each.full}: accepted ({new.risk})", file=out)


def _shown(each: Seen, new: Accepted) -> Iterator[str]:
    of = new.definition
    yield f"\n{each.full}, {each.state}; risk: {new.risk}"
    yield _plain(of.description) or "(no description)"
    yield _plain(json.dumps(of.schema, ensure_ascii=False)[:MAX_SHOWN])


def _write(file: McpFile, lock: Lock) -> None:
    try:
        by_wire_name([*(each.name for each in TOOLS), *(f"{server}.{name}" for server, name in lock)])
        if lock != _lock(file):
            mcp_lock.write(file.lock, lock)
    except ValueError as error:
        raise HelpdeskError(f"Nothing was changed: {error}.") from None
    except OSError as error:
        raise HelpdeskError(f"{file.lock} cannot be written: {error.strerror}") from None


def _lock(file: McpFile) -> Lock:
    try:
        return mcp_lock.read(file.lock)
    except mcp_lock.BadLock as error:
        raise ConfigError(f"{error}. Or remove the file and accept all of it anew.") from None


async def _looked(file: McpFile, servers: Iterable[str]) -> tuple[list[Seen], Mapping[str, str]]:
    """The tools of these servers, by name, and why servers say nothing. All are asked at once."""
    lock, failed, found = _lock(file), {}, list[Seen]()
    wanted = {name: file.servers[name] for name in servers}
    async with connections(wanted, time.monotonic, random.random) as opened:
        answers = await asyncio.gather(*(_offered(opened, name) for name in wanted))
    for name, answer in zip(wanted, answers, strict=True):
        if isinstance(answer, str):
            failed[name] = answer
            continue
        mine = {tool: each for (server, tool), each in lock.items() if server == name}
        for tool in sorted({*answer, *mine}):
            now = answer.get(tool)
            found.append(Seen(name, tool, now, mine.get(tool), _unfit(name, now) if now else ""))
    return found, failed


async def _offered(opened: Connections, name: str) -> Mapping[str, Definition] | str:
    try:
        return (await opened.of[name].listed())[1]
    except ToolFailed as error:
        return str(error)


def _unfit(server: str, tool: Definition) -> str:
    try:
        mcp_tool(server, tool, Risk.HIGH)
    except BadSchema as error:
        return str(error)
    return ""


def _line(text: str) -> str:
    flat = _plain(" ".join(text.split()))
    return flat if len(flat) <= MAX_LINE else f"{flat[:MAX_LINE]}…"


def _plain(text: str) -> str:
    """What a terminal only shows, whatever a server wrote."""
    return "".join(each if each.isprintable() or each == "\n" else "\N{REPLACEMENT CHARACTER}" for each in text)
