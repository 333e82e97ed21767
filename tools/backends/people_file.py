"""People in a CSV file, as a personnel system or a spreadsheet writes it, for the embedded directory.

Promise: either all of the file is understood or none of it is used; what is wrong is named by line, never by its value.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

#: columns that must be there, and those that may
NEEDED = ("id", "name", "email")
OPTIONAL = ("department", "location", "device", "manager", "groups")

#: bytes of a file, characters of a field, and groups of a person
MAX_BYTES, MAX_FIELD, MAX_GROUPS = 50_000_000, 200, 100
#: faults that are told at once
MAX_FAULTS = 20

_ID = re.compile("U-[0-9]{3,12}")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")


class BadPeopleError(ValueError):
    """One line for each thing that is wrong with a file of people."""


@dataclass(frozen=True, slots=True)
class Imported:
    """A person as the file has them; None: the file does not say, so what is known stays."""

    id: str
    name: str
    email: str
    department: str | None
    location: str | None
    device: str | None
    #: an id of the directory
    manager: str | None
    #: names of all groups they are in for good
    groups: tuple[str, ...] | None


def read_people(file: Path) -> Sequence[Imported]:
    """The people in the file, in its order. Raises BadPeopleError, and OSError where it cannot be read."""
    content = file.read_bytes()
    if len(content) > MAX_BYTES:
        raise BadPeopleError(f"the file has more than {MAX_BYTES // 1_000_000} MB")
    try:
        return parsed(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise BadPeopleError("the file is no text in UTF-8") from None
    except csv.Error as error:
        raise BadPeopleError(f"the file is no CSV: {error}") from None


def parsed(text: str) -> Sequence[Imported]:
    """The people in a text. Raises BadPeopleError and csv.Error."""
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    columns = [each.strip().lower() for each in reader.fieldnames or ()]
    if wrong := [*_columns(columns)]:
        raise BadPeopleError("\n".join(wrong))
    reader.fieldnames = columns
    rows = [(reader.line_num, row) for row in reader]
    faults = [fault for line, row in rows for fault in _faults(line, row)] + [*_twice(rows)]
    if faults:
        more = [f"and {len(faults) - MAX_FAULTS} more"] if len(faults) > MAX_FAULTS else []
        raise BadPeopleError("\n".join([*faults[:MAX_FAULTS], *more]))
    return [_person(row) for _, row in rows]


def _columns(columns: Sequence[str]) -> Iterator[str]:
    if missing := [each for each in NEEDED if each not in columns]:
        yield f"the first line lacks {', '.join(missing)}"
    if len(set(columns)) < len(columns) or set(columns) - {*NEEDED, *OPTIONAL}:
        yield f"the first line names each of these once at most, and no others: {', '.join((*NEEDED, *OPTIONAL))}"


def _faults(line: int, row: Mapping[str, str | None]) -> Iterator[str]:
    if None in row or None in row.values():  # what the reader makes of fields too many, and too few
        yield f"line {line}: it has not as many fields as the first line"
        return
    said = {name: (value or "").strip() for name, value in row.items()}
    if not _ID.fullmatch(said["id"]):
        yield f"line {line}: id is not of the form U-123"
    if not said["name"]:
        yield f"line {line}: name is empty"
    if not _EMAIL.fullmatch(said["email"]):
        yield f"line {line}: email is no address"
    if said.get("manager") and not _ID.fullmatch(said["manager"]):
        yield f"line {line}: manager is no id of the form U-123"
    groups = _groups(said.pop("groups", ""))
    if len(groups) > MAX_GROUPS or any(len(each) > MAX_FIELD for each in (*groups, *said.values())):
        yield f"line {line}: a field has more than {MAX_FIELD} characters, or there are more than {MAX_GROUPS} groups"


def _twice(rows: Iterable[tuple[int, Mapping[str, str | None]]]) -> Iterator[str]:
    seen: set[tuple[str, str]] = set()
    for line, row in rows:
        for name in ("id", "email"):
            value = (name, (row.get(name) or "").strip().lower())
            if value in seen:
                yield f"line {line}: somebody before has the same {name}"
            seen.add(value)


def _person(row: Mapping[str, str | None]) -> Imported:
    said = {name: (value or "").strip() for name, value in row.items()}
    return Imported(
        id=said["id"],
        name=" ".join(said["name"].split()),
        email=said["email"].lower(),
        department=said.get("department"),
        location=said.get("location"),
        device=said.get("device"),
        manager=said.get("manager"),
        groups=_groups(said["groups"]) if "groups" in said else None,
    )


def _groups(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.strip() for each in text.split(";") if each.strip()))
