"""The commands that README, docs/ and other pages for people tell, in the order in which a page tells them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent

#: each is a text for people; those that are made of the code are compared with it elsewhere
PAGES = {
    str(page.relative_to(ROOT)): page
    for page in (
        *sorted(ROOT.glob("*.md")),
        *sorted((ROOT / "docs").glob("*.md")),
        *(ROOT / "Dockerfile", ROOT / "deploy" / "compose.yml", ROOT / ".env.example"),
    )
    if page.name not in ("commands.md", "items.md")
}

#: what a line begins with that is typed into a shell
PROGRAMS = (
    *("helpdesk", ".venv/bin/helpdesk", "make", "python", ".venv/bin/python", "python3", "pip", "docker"),
    *("pg_dump", "pg_restore", "createuser", "createdb", "psql", "sqlite3"),
    *("curl", "export", "cp", "chmod", "mkdir", "echo"),
)

#: what is said behind the ``` of a block for a shell
_SHELL = ("", "sh")

#: what may stand before a command: variables that are set for it alone
VARIABLES = r"(?:[A-Z]+=\w+ )+"

#: a line of .env
_SETTING = re.compile(rf"(?!{VARIABLES}(?:{'|'.join(PROGRAMS)}) )[A-Z][A-Z_]+=.*")

#: a program with an option, whether we know it or not
_TYPED = re.compile(r"[a-z.][\w./-]*(?: \S+)* --?[a-z].*")


class Told(NamedTuple):
    """A command; `whole`: it stands in a block, to be copied as it is."""

    line: str
    whole: bool


def commands(page: Path) -> list[Told]:
    """Every command of the page. Raises AssertionError for one of a program that no test knows."""
    found: list[Told] = []
    for text, in_block in _pieces(page):
        if in_block:
            found += _of_block(text)
        else:
            quoted = (each.replace("\n", " ") for each in re.findall("`([^`]+)`", text))
            found += [Told(each, False) for each in quoted if _typed(each)]
    return found


def _pieces(page: Path) -> Iterator[tuple[str, bool]]:
    """The page's paragraphs of prose, and each line of its blocks for a shell; other blocks are left out."""
    fence, prose = None, ""
    for line in re.sub(r" \\\n *", " ", _text(page)).splitlines():
        if line.startswith("```"):
            fence = line.removeprefix("```") if fence is None else None
        elif fence is None and line and not line.startswith("    "):
            prose += f"{line}\n"
            continue
        yield prose, False
        prose = ""
        if fence is None or fence in _SHELL:
            yield line.removeprefix("```").strip(), True
    yield prose, False


def _text(page: Path) -> str:
    """Of a file that is not for people alone: its comments up to the first line that is none."""
    text = page.read_text()
    if page.suffix == ".md" or page.name == ".env.example":
        return text
    head = re.match("(?:#.*\n)*", text)
    assert head
    return re.sub("^# {3}", "    ", head[0], flags=re.MULTILINE)


def _of_block(line: str) -> Iterator[Told]:
    if line and not _SETTING.fullmatch(line):
        assert _typed(line), f"no test knows how to run this, see PROGRAMS: {line}"
        yield Told(line, True)


def _typed(text: str) -> bool:
    """It is a command of a program that we know. Raises AssertionError for one of a program that we do not."""
    first, _, rest = re.sub(f"^{VARIABLES}", "", text).partition(" ")
    known = first in PROGRAMS and bool(rest)
    assert known or not _TYPED.fullmatch(text), f"no test knows how to run this, see PROGRAMS: {text}"
    return known
