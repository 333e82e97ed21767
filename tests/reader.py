"""Somebody who types what a page for people says, in an installation of their own.

What this machine must not do, or what others run, is read by the program's own parser. A command that is neither fails.
"""

import argparse
import asyncio
import itertools
import os
import re
import shlex
import shutil
import subprocess
from asyncio.subprocess import Process
from collections.abc import Callable

from bot.__main__ import _parser
from tests.ops import beside
from tests.told import ROOT, VARIABLES, Told
from tests.world import World

#: in the place of what a page leaves to its reader
FILLED = {
    '"…"': '"what is 6*7?"',
    "import FILE.csv": "import people.csv",
    "--export FILE": "--export trail.jsonl",
    "--checkpoint FILE": "--checkpoint checkpoints.jsonl",
    "--out FILE": "--out checkpoints.jsonl",
    "check FILE": "check policy.yml",
    "sync DIR": "sync articles",
    "eval DIR": "eval my-cases",
    "files.read_text_file": "files.echo",
    "U0ALEX 2819c223-…": "U0ALEX U-123",
    "show CONVERSATION": "show $CONVERSATION",
    "--conversation CONVERSATION": "--conversation $CONVERSATION",
    "tokens revoke ID": "tokens revoke $SPARE",
    "call NAME ARGS": 'call calculator \'{"expression": "6*7"}\'',
    'call desk_hours \'{"office": "London"}\'': 'call calculator \'{"expression": "6*7"}\'',
    "describe NAME": "describe calculator",
    "describe desk_hours": "describe calculator",
    "127.0.0.1:3000": "127.0.0.1:$PORT",
}

#: what is said besides, where a page lets people be asked, or waits for a bot, or plays many cases
ADDED = {
    "mcp accept": "--yes",
    "privacy erase": "--yes",
    "freeze": "--wait 0",
    "unfreeze": "--wait 0",
    "eval": "my-cases",
}

#: what others run, by how it begins
ELSEWHERE = {
    "helpdesk run": "tests/test_process.py",
    "helpdesk web": "tests/test_processes.py",
    "helpdesk worker": "tests/test_processes.py",
    "helpdesk demo": "tests/playground, tests/test_process.py",
    "helpdesk tools call jira.": "tests/test_command_line_calls.py, tests/tools/test_mcp.py",
    "python -m tests.reference": "tests/test_reference.py",
    ".venv/bin/python -m pytest": "tests/test_readme.py",
}

#: what takes a running bot, and what takes none
WITH_BOT, WITHOUT_BOT = ("curl ", "helpdesk privacy erase U"), ("helpdesk db restored", "pg_restore ")

#: where what is to be exported stands in what was printed before
EXPORTED = {"TOKEN": r"^Token: (\S+)$", "CONVERSATION": r'"conversation_id": ?"([^"]+)"'}

#: a placeholder that nothing was put in the place of
LEFT = re.compile(r"…|(?<![\w$-])[A-Z]{2,}(?![\w=:-])")


class Reader:
    """Somebody who types what a page says, in a folder of their own."""

    def __init__(self, world: World, setenv: Callable[[str, str], None]) -> None:
        """`setenv` sets a variable for as long as they are there."""
        self._world, self._setenv = world, setenv
        #: in the place of what a page leaves to its reader
        self.filled = dict(FILLED)
        #: what was printed, and programs that are not on this machine
        self.printed: list[str] = []
        self.absent: set[str] = set()
        self._bot: Process | None = None
        self._runs: dict[str, Callable[[str], str]] = {
            **dict.fromkeys(("helpdesk", ".venv/bin/helpdesk"), self._helpdesk),
            "make": _made,
            "docker": _contained,
            "pip": _installed,
            "export": self._exported,
        }

    async def types(self, told: Told) -> None:
        """Run it; it ends well."""
        line = told.line
        for left, put in self.filled.items():
            line = line.replace(left, put)
        if line.startswith(WITH_BOT) and not self._bot:
            self._bot = await self._world.run()
        if line.startswith(WITHOUT_BOT) and self._bot:
            self._bot.terminate()
            await self._bot.wait()
            self._bot = None
        for part in re.sub(rf"^{VARIABLES}|\s+# .*", "", line).split(" && "):
            for each in _alternatives(part):
                self.printed.append(await asyncio.to_thread(self._run, each, told.whole))

    def _run(self, part: str, whole: bool) -> str:
        if any(part.startswith(each) for each in ELSEWHERE):
            return _read(part) if "helpdesk " in part else ""
        if not whole and (named := _mentioned(part)):
            return named
        program = part.split(maxsplit=1)[0]
        if program not in self._runs and not shutil.which(program):
            self.absent.add(program)
            return ""
        return self._runs.get(program, self._shell)(part)

    def _helpdesk(self, part: str) -> str:
        assert not LEFT.search(re.sub("'.*'|\".*\"", "", part)), f"{part}: what is left to the reader? See FILLED"
        words = shlex.split(os.path.expandvars(part))[1:]
        for begin, more in ADDED.items():
            if words[: len(begin.split())] == begin.split() and more.split()[0] not in words:
                words += more.split()
        told = beside.command(*words)
        assert told.code == 0, f"{part}: {told.out}{told.err}"
        return told.out

    def _exported(self, part: str) -> str:
        name, _, value = part.removeprefix("export ").partition("=")
        if value == "…":
            (value,) = re.findall(EXPORTED[name], "\n".join(self.printed), re.MULTILINE)[-1:]
        self._setenv(name, os.path.expandvars(value))
        return ""

    def _shell(self, part: str) -> str:
        ended = subprocess.run(
            ["bash", "-euc", part], input="hunter2\n" * 2, capture_output=True, text=True, check=False,
            start_new_session=True, timeout=60,
        )  # fmt: skip
        assert ended.returncode == 0, f"{part}: {ended.stdout}{ended.stderr}"
        assert '"error"' not in ended.stdout, f"{part}: {ended.stdout}"
        return ended.stdout


def _mentioned(part: str) -> str:
    """What the help of a command says that is named without its arguments; nothing where it is whole."""
    parser, words = _parser(), shlex.split(part)[1:]
    for word in words:
        groups = [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]
        if not groups or word not in groups[0].choices:
            return ""
        parser = groups[0].choices[word]
    needs = any(each.required for each in parser._actions)
    return parser.format_help() if needs and part.startswith("helpdesk ") else ""


def _alternatives(part: str) -> list[str]:
    """`a b|c` is `a b` and `a c`."""
    before, _, last = part.rpartition(" ")
    return [f"{before} {each}" for each in last.split("|")] if re.fullmatch(r"\w+(\|\w+)+", last) else [part]


def _read(part: str) -> str:
    """The program's parser takes it."""
    _parser().parse_args(shlex.split(part[part.index("helpdesk ") :])[1:])
    return ""


def _made(part: str) -> str:
    """There is such a target, and what it would run."""
    target = part.split()[1:]
    return subprocess.run(["make", "-n", "-C", ROOT, *target], check=True, capture_output=True, text=True).stdout


def _installed(part: str) -> str:
    """What is to be installed is here."""
    words = shlex.split(part)
    named = [words[at + 1] for at, word in enumerate(words) if word == "-r"]
    assert all((ROOT / each).is_file() for each in named)
    (extra,) = re.findall(r"helpdesk-agent\[(\w+)\]", part) or ["dev"]
    assert f"\n{extra} = [" in (ROOT / "pyproject.toml").read_text()
    return ""


def _contained(part: str) -> str:
    """What a container is told to do the program does; the files that are named are here."""
    words = shlex.split(part)
    assert all((ROOT / words[at + 1]).is_file() for at, word in enumerate(words) if word == "-f")
    if "run" in words:
        _, *told = itertools.dropwhile(lambda word: word not in ("helpdesk", "worker"), words)
        _parser().parse_args(told or ["run"])
    return ""
