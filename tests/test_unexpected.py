"""Nothing secret and nothing that people wrote is printed: not by what is put together, and not by what breaks."""

import asyncio
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import structlog
from pydantic import SecretStr
from slack_sdk.errors import SlackApiError
from sqlalchemy import Connection, insert
from sqlalchemy.exc import DBAPIError, OperationalError

from bot import config
from bot.__main__ import main
from bot.config import Settings
from bot.errors import ConfigError, HelpdeskError
from bot.model.request import openai_client
from bot.ops.beside import opened
from bot.setup import Setup
from bot.slack.client import web_client
from bot.slack.install import Distribution
from bot.slack.refusals import error_code
from bot.slack.signatures import Signed
from bot.store import schema, tombstones
from bot.store.address import away, why
from bot.store.database import Database
from bot.store.keys import Key
from bot.store.sealed import Seal
from bot.telemetry.logs import configure_logs
from bot.unexpected import traced
from tests.fakes.model import ScriptedModel
from tests.logs import log_as_before
from tests.ops.conftest import database_url
from tests.rig import helpdesk, setup_for
from tests.test_settings import NEEDED, nothing_set
from tests.world import ROOT
from tools.backends.tables import people

__all__ = ["database_url", "nothing_set"]

#: stands for all that must not be seen
PLANTED = "hunter2"

ADDRESS = f"postgresql://helpdesk:{PLANTED}-password@127.0.0.1:1/helpdesk"


# ── what is put together ──


def planted_setup(folder: Path) -> Setup:
    """The setup of several workspaces with all secrets in it."""
    several = {
        "slack_token": None,
        "distribution": Distribution("1.2", hidden("client"), frozenset({"T1"}), "https://x"),
    }
    whole: dict[str, Any] = {
        **{name: getattr(setup_for(folder, "http://127.0.0.1:1", ScriptedModel()), name) for name in NAMES},
        **several,
        "secret_key": Key(hidden("key"), hidden("old")),
        "signing_secret": Key(hidden("signing"), hidden("before")),
        "database_url": ADDRESS,
    }
    return Setup(**whole)


NAMES = ("slack_api_url", "model", "approvers")


def hidden(name: str) -> SecretStr:
    """A secret of 32 characters or more."""
    return SecretStr(f"{PLANTED}-{name}-" + "x" * 32)


@pytest.mark.usefixtures("nothing_set")
def test_nothing_that_holds_a_secret_shows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {name: hidden(name).get_secret_value() for name in NEEDED}
    secrets |= {"SLACK_APP_TOKEN": f"xapp-{PLANTED}", "SLACK_SIGNING_SECRET": PLANTED, "DATABASE_URL": ADDRESS}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    key, database = Key(hidden("key"), hidden("old")), Database(ADDRESS)
    queried = Database(f"postgresql://helpdesk@127.0.0.1:1/helpdesk?password={PLANTED}")
    client = web_client(f"xoxb-{PLANTED}", "http://127.0.0.1:1", None)  # type: ignore[arg-type]  # it is not used
    made = [
        *(config.settings(), config.settings().model_dump(), config.database_url.__name__, planted_setup(tmp_path)),
        *(key, Seal.of(key), tombstones.signing_key(key), hidden("any"), Signed(key, None)),  # type: ignore[arg-type]
        *(database, database.engine, database.engine.pool, database.url, database.name, queried.engine, queried.name),
        *(openai_client(hidden("model"), None), client, vars(config.settings())),
    ]
    assert queried.url.password == PLANTED
    for each in made:
        assert PLANTED not in f"{each!r} {each}", type(each)
    database.close()
    queried.close()


async def test_the_running_bot_shows_no_secret(tmp_path: Path) -> None:
    key = Key(hidden("key"), hidden("old"))
    async with helpdesk(tmp_path, ScriptedModel(), secret_key=key) as desk:
        shown = f"{desk.bot!r} {desk.bot.kit!r} {desk.bot.database!r} {vars(desk.bot.slack)!r}"
    assert PLANTED not in shown
    assert "xoxb-playground" not in shown
    assert "playground-signing-secret" not in shown


def test_every_secret_of_the_settings_is_of_a_type_that_hides_it() -> None:
    known = {name for name, each in Settings.model_fields.items() if "SecretStr" in str(each.annotation)}
    assert {"slack_signing_secret_previous", "helpdesk_secret_key_previous", "database_url"} <= known


# ── what breaks ──


def broken(connection: Connection) -> None:
    """Raises what a database raises that quotes a row."""
    row = {"id": f"U-{PLANTED}", "name": f"{PLANTED} Kim", "email": f"{PLANTED}@example.com"}
    connection.execute(insert(people), [row, row])


def wrong_type(connection: Connection) -> None:
    """Raises what quotes a value in its first line."""
    connection.exec_driver_sql(f"SELECT CAST('{PLANTED}' AS INTEGER), no_such_column_{PLANTED} FROM people")  # noqa: S608


@pytest.mark.parametrize("work", [broken, wrong_type])
def test_an_error_of_the_database_quotes_no_row_wherever_it_is_told(
    database_url: str, work: Callable[[Connection], None], capsys: pytest.CaptureFixture[str]
) -> None:
    database = Database(database_url)
    asyncio.run(database.run(schema.upgrade))
    with pytest.raises(DBAPIError) as caught:
        asyncio.run(database.run(work))
    database.close()
    quotes = database.shared or work is wrong_type
    assert (PLANTED in str(caught.value.orig)) == quotes, "SQLite says only of which column it is"
    told = "".join(traced(caught.value))
    assert "sqlalchemy.exc." in told
    assert f"in {work.__name__}" in told
    said = [told, why(caught.value), str(away("db", caught.value))]
    with log_as_before():
        configure_logs("DEBUG")
        structlog.get_logger().error("broken", exc_info=caught.value)
        logging.getLogger("sqlalchemy.pool").error("broken", exc_info=caught.value)
    said.append(capsys.readouterr().err)
    assert said[-1].count('"error": "') == 2
    assert PLANTED not in "".join(said)


async def test_what_a_command_tells_of_a_broken_database_quotes_no_row(database_url: str) -> None:
    database = Database(database_url)
    await database.run(schema.upgrade)
    with pytest.raises(HelpdeskError) as caught:
        async with opened(database_url) as same:
            await same.run(broken)
    database.close()
    assert PLANTED not in "".join(traced(caught.value))
    assert "cannot be used as a helpdesk's database: " in str(caught.value)


def test_a_file_that_is_none_is_told_in_sqlite_s_words(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("this is no database, whatever its name says. " * 30)
    database = Database(f"sqlite:///{tmp_path / 'text.db'}")
    with pytest.raises(DBAPIError) as caught:
        asyncio.run(database.run(schema.upgrade))
    database.close()
    assert why(caught.value) == "file is not a database"


@pytest.mark.usefixtures("nothing_set")
def test_a_database_away_is_told_without_its_password_also_with_debug(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", ADDRESS)
    assert main(["--debug", "audit", "export"]) == 2
    told = capsys.readouterr().err
    assert "bot.errors.ConfigError: DATABASE_URL: postgresql+psycopg://helpdesk:***@127.0.0.1:1/helpdesk" in told
    assert "Connection refused" in told
    assert PLANTED not in told


def test_a_bug_is_told_with_its_place_and_without_its_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken_setting() -> str:
        try:
            return dict[str, str]()[PLANTED]
        except KeyError as error:
            raise ValueError(f"{PLANTED} is wrong") from error

    monkeypatch.setattr(config, "database_url", broken_setting)
    assert main(["audit", "export"]) == 1
    told = capsys.readouterr().err
    assert "in broken_setting" in told
    assert told.index("builtins.KeyError") < told.index("builtins.ValueError")
    assert told.endswith("This is a bug: ValueError where the last lines say. Please report them; they quote nothing "
                         "that anybody wrote.\n")  # fmt: skip
    assert PLANTED not in told.replace(f'"{PLANTED}', "")


def test_our_own_sentences_are_told_and_a_chain_without_end_is_cut() -> None:
    first, second = ConfigError("PORT takes a number"), ValueError(PLANTED)
    first.__cause__, second.__cause__ = second, first
    told = "".join(traced(first))
    assert told.count("bot.errors.ConfigError: PORT takes a number\n") == 10
    assert PLANTED not in told


BACKGROUND = f"""
import asyncio, gc
from bot.__main__ import configure_logs
from bot.unexpected import watched

async def failing(value):
    raise ValueError(value)

async def work():
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(failing("{PLANTED}"), name="{PLANTED}")
    loop.call_soon(int, "{PLANTED}")
    await asyncio.sleep(0.01)
    del task
    gc.collect()

configure_logs("DEBUG")
asyncio.run(watched(work()))
"""


def test_what_breaks_in_the_background_is_told_without_values() -> None:
    command, ours = [sys.executable, "-c", BACKGROUND], {**os.environ, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=ours)
    assert ended.returncode == 0, ended.stderr
    assert '"error": "ValueError"' in ended.stderr
    assert "Task exception was never retrieved" in ended.stderr
    assert "Exception in callback int" in ended.stderr
    assert PLANTED not in ended.stderr + ended.stdout


@pytest.mark.parametrize(
    "address", [ADDRESS, f"postgresql://h@db/helpdesk?password={PLANTED}", f"postgresql://:{PLANTED}@db/h"]
)
def test_no_command_takes_a_password_as_an_argument(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["audit", "export"], ["db", "upgrade"], ["people", "list"]):
        with pytest.raises(SystemExit):
            main([*words, "--database-url", address])
        told = capsys.readouterr().err
        assert "takes no password, which others could see here: set DATABASE_URL instead" in told
        assert PLANTED not in told


@pytest.mark.parametrize("said", [f"{PLANTED} is not allowed", {"a": PLANTED}, None, f"{PLANTED}\n"])
def test_of_what_slack_answers_only_a_code_is_told(said: object) -> None:
    class Answer:
        data = {"ok": False, "error": said}  # noqa: RUF012 -- one answer
        status_code = 200

    assert error_code(SlackApiError("", Answer())) == "http_200"  # type: ignore[no-untyped-call]


def test_errors_of_connections_have_no_state() -> None:
    """So that the words of a connection, which say where it failed, are told."""
    made = OperationalError("SELECT 1", {}, Exception("connection refused"))
    assert why(made) == "connection refused"
