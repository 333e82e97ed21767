"""People from a file: what is understood, what they are then, and what is left alone."""

import csv
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.rig import NOW, OwnDatabase
from tools.backends.people_file import MAX_FIELD, BadPeopleError, Imported, parsed, read_people
from tools.backends.sql_access import SqlAccess
from tools.backends.sql_accounts import SqlAccounts
from tools.backends.sql_directory import SqlDirectory
from tools.backends.sql_people import Counts, import_people

FILE = """\
id,name,email,department,location,device,manager,groups
U-123,Alexandra Chen,Alex.Chen@example.com,Platform,,MacBook Pro M4,U-900,staff;engineering
U-900,Ngozi Adeyemi,ngozi@example.com,Platform,Lagos,,,staff; admin-cloud
"""


async def bring(database: OwnDatabase, text: str, **how: bool) -> Counts:
    return await import_people(database, parsed(text), **how)


async def test_who_is_in_the_file_is_as_the_file_says(database: OwnDatabase) -> None:
    directory = SqlDirectory(database)
    everybody = await directory.names(1_000)
    counts = await bring(database, FILE)
    assert counts == Counts(added=1, known=1, missing=len(everybody) - 1)
    alex, boss = await directory.find("U-123"), await directory.find_by_email("NGOZI@example.com")
    assert alex
    assert boss
    assert (alex.name, alex.email, alex.location) == ("Alexandra Chen", "alex.chen@example.com", None)
    assert (alex.device, alex.manager, alex.groups) == ("MacBook Pro M4", "U-900", ("engineering", "staff"))
    assert (boss.manager, boss.privileged) == (None, True), "admin-… is privileged by its name"
    assert await bring(database, FILE) == Counts(0, 2, len(everybody) - 1)
    assert await directory.find("U-123") == alex


async def test_a_column_that_is_not_there_leaves_what_is_known(database: OwnDatabase) -> None:
    directory = SqlDirectory(database)
    before = await directory.find("U-123")
    assert before
    await bring(database, "id,name,email\nU-123,Alex Chen,alex.chen@example.com\n")
    assert await directory.find("U-123") == before


async def test_two_may_change_addresses_with_each_other(database: OwnDatabase) -> None:
    await bring(database, "id,name,email\nU-1001,A,a@example.com\nU-1002,B,b@example.com\n")
    await bring(database, "id,name,email\nU-1001,A,b@example.com\nU-1002,B,a@example.com\n")
    found = await SqlDirectory(database).find_by_email("a@example.com")
    assert found
    assert found.id == "U-1002"


async def test_access_for_a_time_is_left_to_its_clock_and_what_the_file_gives_is_for_good(
    database: OwnDatabase,
) -> None:
    access, directory = SqlAccess(database), SqlDirectory(database)
    groups = [await access.resolve(name) for name in ("finance-reports", "sales")]
    for number, group in enumerate(groups):
        assert group
        await access.grant("U-123", group.id, f"k{number}", NOW + timedelta(hours=1), NOW)
    await bring(database, "id,name,email,groups\nU-123,Alex,alex.chen@example.com,staff;sales\n")
    found = await directory.find("U-123")
    assert found
    assert found.groups == ("finance-reports", "sales", "staff")
    for number in range(2):
        await access.end(f"k{number}", NOW + timedelta(hours=2))
    found = await directory.find("U-123")
    assert found
    assert found.groups == ("sales", "staff")


async def test_who_is_not_in_the_file_is_nobody_where_that_is_wanted(database: OwnDatabase) -> None:
    directory = SqlDirectory(database)
    missing = (await bring(database, FILE)).missing
    assert await directory.find("U-456")
    assert (await bring(database, FILE, remove_missing=True)).missing == missing
    assert await directory.find("U-456") is None
    assert await directory.names(10) == ["Alexandra Chen", "Ngozi Adeyemi"]


async def test_a_trial_changes_nothing(database: OwnDatabase) -> None:
    before = await database.stored() if database.kind == "postgresql" else None
    counts = await bring(database, FILE, remove_missing=True, dry_run=True)
    assert counts.added == 1
    assert await SqlDirectory(database).find("U-900") is None
    assert await SqlDirectory(database).find("U-456")
    assert before is None or await database.stored() == before


async def test_whoever_is_brought_in_has_an_account(database: OwnDatabase) -> None:
    await bring(database, FILE)
    assert await SqlAccounts(database).unlock("U-900", "k1", NOW) is False


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("id,name,email\nU-1001,A,a@example.com\nU-1002,B,sam.patel@example.com\n", "U-1002: U-456 has that address"),
        ("id,name,email,manager\nU-1001,A,a@example.com,U-999999\n", "U-1001: nobody has the id of the manager"),
    ],
)
async def test_what_does_not_fit_the_others_changes_nothing(database: OwnDatabase, text: str, why: str) -> None:
    with pytest.raises(BadPeopleError, match=f"^{why}$"):
        await bring(database, text)
    assert await SqlDirectory(database).find("U-1001") is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "the first line lacks id, name, email"),
        ("id,name\n", "the first line lacks email"),
        ("id,name,email,salary\n", "the first line names each of these once at most, and no others: "),
        ("id,name,email,email\n", "the first line names each of these once"),
        ("id,name,email\nhunter2,A,a@b\n", "line 2: id is not of the form U-123"),
        ("id,name,email\nU-123, ,a@b\n", "line 2: name is empty"),
        ("id,name,email\nU-123,A,hunter2\n", "line 2: email is no address"),
        ("id,name,email\nU-123,A\n", "line 2: it has not as many fields as the first line"),
        ("id,name,email\nU-123,A,a@b,hunter2\n", "line 2: it has not as many fields"),
        ("id,name,email,manager\nU-123,A,a@b,hunter2\n", "line 2: manager is no id"),
        ("id,name,email\nU-123,A,a@b\nU-123,B,A@B\n", "line 3: somebody before has the same id\nline 3: .* same email"),
        (f"id,name,email\nU-123,{'A' * (MAX_FIELD + 1)},a@b\n", "line 2: a field has more than 200 characters"),
        ("id,name,email\n" + "hunter2,A,a@b\n" * 30, "\nand .* more$"),
    ],
)
def test_what_is_wrong_is_named_by_line_and_never_by_value(text: str, why: str) -> None:
    with pytest.raises(BadPeopleError, match=f"(?s){why}") as caught:
        parsed(text)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(("content", "why"), [(b"\xff\xfe", "no text in UTF-8"), (b'id,name,email\n"U-123', "no CSV")])
def test_a_file_that_is_no_csv_is_told(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "people.csv").write_bytes(content)
    with pytest.raises(BadPeopleError, match=why):
        read_people(tmp_path / "people.csv")


def test_a_file_as_spreadsheets_write_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_bytes('\ufeffID,Name,Email\r\n"U-123","Chen, Alex",A@B\r\n'.encode())
    assert read_people(tmp_path / "people.csv") == [
        Imported("U-123", "Chen, Alex", "a@b", None, None, None, None, None)
    ]


@given(st.text())
def test_any_text_is_understood_or_told(text: str) -> None:
    """Given any text, then it is people, or a sentence."""
    with suppress(BadPeopleError, csv.Error):
        parsed(text)
