"""What is logged: whole lines of JSON with what belongs together, and nothing that people wrote unless redacted."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from bot.telemetry.logs import MAX_ENTRIES, MAX_READ, MAX_TEXT, Guard, configure_logs
from bot.telemetry.names import known
from bot.telemetry.redact import Redactor
from tests.logs import log_as_before
from tests.world import ROOT
from tools.spec import ToolFailed

#: nobody else's, and a word that is nothing
PLANTED = ("zebra@example.com", "+49 170 5556677", "xoxb-" + "0" * 24, "hunter2", "4111 1111 1111 1111", "Sam Patel")
WORD = "zebrafish"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Standard error."""
    made = io.StringIO()
    monkeypatch.setattr(sys, "stderr", made)
    return made


@pytest.fixture
def redactor(written: io.StringIO) -> Iterator[Redactor]:  # noqa: ARG001 -- it is there before logs are set up
    """Logs as they are set up for a process, and taken down again."""
    with log_as_before():
        yield configure_logs("DEBUG")


def lines(text: str) -> list[dict[str, Any]]:
    """Each line, which is JSON."""
    return [json.loads(line) for line in text.splitlines()]


def test_the_last_guard_is_for_libraries_too(redactor: Redactor, written: io.StringIO) -> None:
    redactor.know(["Dana Lee"])
    logging.getLogger("somebody").warning("%s of %s", "a@b.example", "Dana Lee")
    logging.getLogger("somebody").debug("body: zebrafish")
    structlog.get_logger("x").info("said", why=ValueError("a@b.example"), conversation="T1:C1:1732118400.123456")
    library, ours = lines(written.getvalue())
    assert library["event"] == "[email] of [name]"
    assert ours["why"] == "ValueError('[email]')"
    assert ours["conversation"] == "T1:C1:1732118400.123456"


def test_where_it_broke_is_told_and_not_what_with(redactor: Redactor, written: io.StringIO) -> None:
    try:
        int("zebrafish")
    except ValueError:
        structlog.get_logger("x").exception("it broke")
        logging.getLogger("somebody").exception("it broke")
    for line in lines(written.getvalue()):
        assert line["error"] == "ValueError"
        assert "zebrafish" not in str(line)
        assert str(redactor) not in str(line)


def test_what_is_long_deep_or_secret_by_its_name_is_cut() -> None:
    guard = Guard(Redactor())
    deep: dict[str, Any] = {}
    inner = deep
    for _ in range(10):
        inner["in"] = {}
        inner = inner["in"]
    said = {"text": "word " * 100_000, "many": list(range(1_000)), "deep": deep, "api_key": "abc", "of": {"token": "x"}}
    line = dict(guard(None, "", said))
    assert len(str(line["text"])) == MAX_TEXT
    assert len(line["many"]) == MAX_ENTRIES + 1
    assert str(line["deep"]).count("in") == 6
    assert (line["api_key"], line["of"]) == ("[password]", {"token": "[password]"})


def test_a_text_is_never_cut_in_the_middle_of_a_secret() -> None:
    secret = "xoxb-" + "0" * 24
    for before in range(7_960, 8_000):
        line = Guard(Redactor())(None, "", {"text": "a" * 10 + " " + "b" * (before - 11) + " " + secret})
        assert "xoxb" not in str(line)


@pytest.mark.parametrize("secret", ["4111 1111 1111 1111", "+49 170 1234567", "DE89 3704 0044 0532 0130 00"])
def test_a_text_is_never_cut_between_groups_of_digits(secret: str) -> None:
    key = "-----BEGIN A-----" + "k" * 7_000 + "-----END A-----"
    for before in range(1, len(secret)):
        left = MAX_READ - len(key) - before
        line = Guard(Redactor())(None, "", {"text": f"{key}{'- ' * (left // 2)}{secret} " + "b" * 100})
        assert "1111" not in str(line), line
        assert "170" not in str(line)
        assert "3704" not in str(line)


def test_numbers_and_whatever_has_a_secret_name_are_looked_at() -> None:
    said = {
        "number": 4111111111111111,
        "nested": [{"pin": 4711, "accessToken": ["x"], "token": None, "of": b"a@b.example"}],
    }
    said |= {"password": {"value": "x"}, "seq": 1732118400123456, "ms": 1.5, "good": True}
    assert dict(Guard(Redactor())(None, "", said)) == {
        "number": "[card]",
        "nested": [{"pin": "[password]", "accessToken": "[password]", "token": None, "of": "b'[email]'"}],
        "password": "[password]",
        "seq": 1732118400123456,
        "ms": 1.5,
        "good": True,
    }


class People:
    """A directory that answers, or does not."""

    def __init__(self) -> None:
        self.there = True

    async def names(self, _: int) -> list[str]:
        if not self.there:
            raise ToolFailed("away")
        return ["Dana Lee"]


async def test_the_names_of_the_directory_are_known_while_it_works() -> None:
    redactor, people = Redactor(), People()
    async with known(redactor, people):
        assert redactor("Dana Lee") == "[name]"
    people.there = False
    async with known(redactor, people):
        assert redactor("Dana Lee") == "[name]", "what was known stays"
    async with known(redactor, object()):
        pass


def test_nothing_of_opentelemetry_is_loaded_where_nobody_wants_traces() -> None:
    # FastAPI loads OpenTelemetry's interface, which is small and does nothing
    code = "import sys, bot.workspace; sys.exit(bool({'opentelemetry.sdk', 'opentelemetry.exporter'} & {*sys.modules}))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
