"""What of a page is a command."""

from pathlib import Path

import pytest

from tests.told import commands


@pytest.mark.parametrize(
    "line", ["`systemctl restart --now helpdesk`", "    nginx", "    helpdesk usage\n    nginx -s reload"]
)
def test_a_program_that_nobody_knows_here_is_no_command(line: str, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"Words\n\n{line}\n")
    with pytest.raises(AssertionError, match="no test knows how to run this"):
        commands(page)


@pytest.mark.parametrize("line", ["make check", "THOROUGH=1 make check", "THOROUGH=1 DATABASES=both make test # all"])
def test_variables_may_stand_before_a_command(line: str, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"Words\n\n    {line}\n    TITLE=IT people\n")
    assert commands(page) == [(line, True)]
