"""Bad input to any command: a sentence that says what is wrong, exit code 2 for what was typed or set, and no trace.

Every argument of every command that the parser knows is given what it does not take. An exit code of 1 is for what is
fine and did not work: nothing is there by that name, a database is damaged, a proof failed.
"""

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from bot.__main__ import _parser
from bot.config import Settings
from bot.store import house, schema
from tests.ops.beside import Desk, Told, command
from tests.world import ROOT

KEY = "k" * 32

#: what is right of each command that takes something; one of these is made wrong
RIGHT = {
    "chat": ["hello"],
    "db": ["upgrade"],
    "eval": ["cases"],
    "kb sync": ["folder"],
    "freeze": ["--wait=0", "--tenant=T1"],
    "mcp accept": ["--yes"],
    "people import": ["people.csv"],
    "people link": ["U0ALEX", "U-123"],
    "people unlink": ["U0ALEX"],
    "policy check": ["policy.yml"],
    "policy explain": ["reset_password", '{"user_id": "U-456"}'],
    "privacy erase": ["U-123", "--yes", "--wait=0"],
    "privacy export": ["U-123"],
    "prompts activate": ["terse"],
    "purge": ["--older-than=90d"],
    "tokens create": ["portal", "--owner=U0DANA", "--acts-for=U0ALEX"],
    "tokens revoke": ["x"],
    "tools call": ["calculator", '{"expression": "6*7"}', "--tenant=T1"],
    "tools describe": ["calculator"],
    "totp enroll": ["U0DANA"],
    "totp reset": ["U0DANA"],
    "unfreeze": ["--wait=0", "--tenant=T1"],
}

#: addresses of databases that none of ours is at, and what is said of each
DATABASES = {
    "nonsense": "DATABASE_URL is not an address of a database",
    "mysql://db/x": "mysql is not supported",
    "sqlite:///gone.db": "there is no gone.db",
    "sqlite:///folder": "unable to open database file",
    "sqlite:///text.db": "file is not a database",
    "sqlite:///empty.db": "Run: helpdesk db upgrade",
    "sqlite:///future.db": "it was made by a newer version",
    "postgresql://127.0.0.1:1/x": "Connection refused",
}

#: that `helpdesk db upgrade` makes a database of
MADE = ("sqlite:///gone.db", "sqlite:///empty.db")

#: no file that anything could be read from
FILES = ("gone", "folder", "no/such/folder/file", "text.db/file")

#: by command and argument, where it is something to begin with: a folder or a file that is made, a folder that is read
MAKES = {
    *(("demo", "folder", each) for each in FILES[:3]),
    ("kb sync", "folder", "folder"),
    *(("eval", each, "gone") for each in ("report", "junit")),
}

#: for what is no free text
WORDS = ("-1", "9" * 30, "1e999", "nan", "\u0663d", "nobody at all", "{}", "x" * 100_000)

#: what nobody expects to be told
TRACES = re.compile(r"Traceback|This is a bug|\w(Error|Exception|Refused)\b|\.py\b")


def leaves(parser: argparse.ArgumentParser, name: str = "") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every command by its name."""
    groups = [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]
    if not groups:
        yield name, parser
    for word, under in (pair for group in groups for pair in group.choices.items()):
        yield from leaves(under, f"{name} {word}".strip())


COMMANDS = dict(leaves(_parser()))

#: every argument that takes a value
TAKEN = [
    (name, action)
    for name, parser in COMMANDS.items()
    for action in parser._actions
    if action.nargs != 0 and name not in ("run", "web", "worker")
]


def arguments(where: Callable[[argparse.Action], bool]) -> pytest.MarkDecorator:
    """A test for each argument of which this is so."""
    chosen = [(name, action) for name, action in TAKEN if where(action)]
    return pytest.mark.parametrize(("name", "action"), chosen, ids=[f"{name} {each.dest}" for name, each in chosen])


def of_a_kind(action: argparse.Action) -> bool:
    """It is not free text, no file and no database."""
    return action.choices is not None or (action.type not in (Path, None) and action.dest != "database_url")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database, and with files that are none of ours."""
    folder = tmp_path_factory.mktemp("prepared")
    for name in ("helpdesk", "future"):
        desk = Desk(f"sqlite:///{folder / name}.db")
        if name == "future":
            desk.look(_of_a_newer_version)
        desk.database.close()
    (folder / "folder").mkdir()
    (folder / "cases").mkdir()
    (folder / "empty.db").touch()
    (folder / "text.db").write_bytes(b"no database, whatever its name says: " * 30 + b"\xff\x00")
    (folder / "people.csv").write_text("id,name,email\nU-123,Alex Chen,alex@example.com\n")
    return folder


@pytest.fixture
def here(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy of that folder, and the key alone in the environment."""
    shutil.copytree(prepared, tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("HELPDESK_SECRET_KEY", KEY)


def _of_a_newer_version(connection: Connection) -> None:
    connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    house.note(connection, schema.WORKS_WITH, "9999")


def said_well(told: Told, *codes: int) -> str:
    """What it said; it is for people, and the exit code is one of these."""
    assert told.code in codes, told
    assert not TRACES.search(told.err), told.err
    assert told.code == 0 or told.err.strip() or told.out.strip()
    return told.err


def given(name: str, action: argparse.Action, value: str) -> Told:
    """The command with one argument changed."""
    words, parser = [*RIGHT.get(name, [])], COMMANDS[name]
    if action.option_strings:
        return command(*name.split(), *words, f"{action.option_strings[-1]}={value}")
    positional = [each for each in parser._actions if not each.option_strings]
    values = [each for each in words if not each.startswith("--")]
    values += [""] * (positional.index(action) + 1 - len(values))
    values[positional.index(action)] = value
    return command(*name.split(), *(each for each in words if each.startswith("--")), "--", *values)


@pytest.mark.usefixtures("here")
@arguments(lambda _: True)
def test_what_is_empty_or_no_text_is_taken_by_no_argument(name: str, action: argparse.Action) -> None:
    for value, what in (("", "an argument is empty"), ("\udcff", "no text in UTF-8")):
        told = given(name, action, value)
        assert told.out == ""
        assert what in said_well(told, 2)


@pytest.mark.usefixtures("here")
@arguments(lambda action: action.dest == "database_url")
def test_a_database_that_is_none_is_told_with_what_to_do(name: str, action: argparse.Action) -> None:
    for address, what in DATABASES.items():
        if (name, address) not in {("db", each) for each in MADE}:
            assert what in said_well(given(name, action, address), 2), address


@pytest.mark.usefixtures("here")
@arguments(lambda action: action.type is Path)
def test_a_file_that_cannot_be_read_or_written_is_named(name: str, action: argparse.Action) -> None:
    for file in FILES:
        if (name, action.dest, file) not in MAKES:
            assert file in said_well(given(name, action, file), 2)


@pytest.mark.usefixtures("here")
@arguments(of_a_kind)
def test_what_is_of_another_kind_is_told_with_its_argument(name: str, action: argparse.Action) -> None:
    refused = 0
    for value in WORDS:
        told = given(name, action, value)
        said_well(told, 0, 1, 2)
        if told.code == 2:
            refused += 1
            assert told.err.splitlines()[-1].startswith(f"helpdesk {name}: error: argument "), told.err[-300:]
    assert refused >= 5


@pytest.mark.usefixtures("here")
@arguments(lambda action: action.type is None)
def test_whatever_is_written_in_an_argument_the_answer_is_a_sentence(name: str, action: argparse.Action) -> None:
    for value in (*WORDS, "a\nb", "\x1b[2J", "'; DROP TABLE log; --", "%", "../../etc/passwd"):
        if name != "chat" and action.dest != "out":
            said_well(given(name, action, value), 0, 1, 2)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in ("demo", "chat", "policy check", "eval")])
def test_without_its_settings_a_command_says_which_it_needs(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HELPDESK_SECRET_KEY")
    monkeypatch.setenv("DATABASE_URL", "nonsense")
    for setting in ("MCP_CONFIG", "POLICY_FILE", "HELPDESK_PROMPTS", "KB_DIR"):
        monkeypatch.setenv(setting, "gone")
    told = command(*name.split(), *RIGHT.get(name, []))
    said_well(told, 1 if name == "doctor" else 2)
    assert re.search(r"[A-Z]+_[A-Z_]+|gone", told.err + told.out)


def in_a_shell(line: str) -> subprocess.CompletedProcess[str]:
    """The line, typed into a shell; `helpdesk` is ours."""
    ours = f'helpdesk() {{ {shlex.quote(sys.executable)} -m bot "$@"; }}; {line}'
    here = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(["bash", "-c", ours], capture_output=True, text=True, check=False, env=here, timeout=120)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("line", "code", "what"),
    [
        ("helpdesk privacy erase U-123 <&-", 2, "Nobody can be asked here"),
        ("helpdesk tools call calculator - --tenant T1 <&-", 2, "There is no standard input to read."),
        ("LC_ALL=C.UTF-8 helpdesk tools call calculator - --tenant T1 < text.db", 2, "Standard input is no text"),
        ("helpdesk usage > /dev/full", 1, "cannot be written: No space left on device."),
        ("helpdesk tools list > /dev/full", 1, "cannot be written: No space left on device."),
        ("helpdesk usage >&-", 0, ""),
        ("set -o pipefail; helpdesk tools list | true", 0, ""),
        ("COLUMNS=1 helpdesk usage --since x", 2, "no length of time"),
        ("helpdesk demo --folder text.db", 2, "--folder: text.db cannot be used"),
    ],
)
def test_a_shell_that_gives_or_takes_nothing_is_told_so(line: str, code: int, what: str) -> None:
    ended = in_a_shell(line)
    assert what in said_well(Told(ended.returncode, ended.stdout, ended.stderr), code).replace("\n", " ") or not what
    assert "Exception ignored" not in ended.stderr


@pytest.mark.usefixtures("here")
def test_debug_before_the_command_shows_where_it_came_from() -> None:
    words = ("policy", "explain", "no_such_tool", "{}")
    plain, shown = command(*words), command("--debug", *words)
    said_well(plain, 2)
    assert shown.err.endswith(plain.err)
    assert re.search(r'File ".*bot/ops/policy.py", line \d+, in explain', shown.err)
    assert "bot.errors.ConfigError: " in shown.err
