"""deploy/compose.yml: what it starts is what the program takes, with no more rights than it needs."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.__main__ import _parser
from bot.config import Settings

ROOT = Path(__file__).parent.parent
FILE = ROOT / "deploy" / "compose.yml"


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(FILE.read_text())["services"]
    return found


def ours(services: dict[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in services.items() if name != "database"}


def test_every_command_is_one_of_the_programs(services: dict[str, Any]) -> None:
    commands = {name: each["command"] for name, each in ours(services).items()}
    assert commands.keys() == {"schema", "web", "worker"}
    for command in commands.values():
        assert _parser().parse_args(command).command


def test_every_variable_is_a_setting(services: dict[str, Any]) -> None:
    known = {name.upper() for name in Settings.model_fields}
    for each in ours(services).values():
        assert {name.removesuffix("_FILE") for name in each["environment"]} <= known


def test_our_containers_write_nowhere_and_have_no_rights_to_give_away(services: dict[str, Any]) -> None:
    for each in ours(services).values():
        assert (each["read_only"], each["cap_drop"]) == (True, ["ALL"])
        assert each["security_opt"] == ["no-new-privileges:true"]


def test_nothing_works_before_the_schema_fits_and_only_this_machine_reaches_it(services: dict[str, Any]) -> None:
    for name in ("web", "worker"):
        assert services[name]["depends_on"] == {"schema": {"condition": "service_completed_successfully"}}
    published = [port for each in services.values() for port in each.get("ports", [])]
    assert published == ["127.0.0.1:3000:3000"]


def test_its_secrets_are_in_files_that_no_commit_takes(services: dict[str, Any]) -> None:
    files = yaml.safe_load(FILE.read_text())["secrets"]
    assert {each["file"] for each in files.values()} == {"../secrets/postgres_password", "../secrets/database_url"}
    assert "secrets/" in (ROOT / ".gitignore").read_text().splitlines()
    assert {name for each in services.values() for name in each["secrets"]} == files.keys()
