"""The pages of docs/ that are made of the code: `python -m tests.reference` writes them, a test compares them."""

import argparse
import ast
import inspect
import re
import tokenize
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any, get_args

from bot.__main__ import _parser
from bot.core import items

DOCS = Path(__file__).parent.parent / "docs"

_CODES = (
    "Exit codes: 0 good; 1 failed, or nothing is there by that name; 2 what was typed or set cannot be used, such as a "
    "file that cannot be read or an empty argument. `--debug` before the command shows where an error came from; "
    "`--help` behind it says what stands here."
)

_LOG = (
    "A conversation is a list of these; `helpdesk audit export` prints one a line, its fields as `content` "
    "([how](audit.md))."
)

_MADE = "<!-- Made of the code by `python -m tests.reference`: change it there. -->"


def commands() -> str:
    """docs/commands.md"""
    return "\n".join(["# Commands", "", _MADE, "", _CODES, *_command(_parser()), ""])


def _command(parser: argparse.ArgumentParser) -> Iterator[str]:
    groups = [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]
    if not groups:
        yield from ("", f"## {parser.prog}", "", parser.description or "")
        taken = [each for each in parser._actions if each.dest != "help"]
        if taken:
            yield from ("", "| Argument | |", "|---|---|", *(f"| {_name(each)} | {_help(each)} |" for each in taken))
    for group in groups:
        for each in group.choices.values():
            yield from _command(each)


def _name(action: argparse.Action) -> str:
    shown = str(action.metavar or ("\\|".join(action.choices) if action.choices else action.dest.upper()))
    if not action.option_strings:
        return f"`{shown}`"
    return f"`{action.option_strings[-1]}{'' if action.nargs == 0 else f' {shown}'}`"


def _help(action: argparse.Action) -> str:
    said = (action.help or "") % {"default": action.default}
    return f"{said.replace('|', chr(92) + '|')}{' (needed)' * (action.required and bool(action.option_strings))}"


def log_items() -> str:
    """docs/items.md"""
    found = get_args(get_args(items.Item)[0])
    lines = (line for each in found for line in _item(each))
    return "\n".join(["# Items of the log", "", _MADE, "", _LOG, *lines, ""])


def _item(kind: type) -> Iterator[str]:
    yield from ("", f"## {kind.model_fields['kind'].default}", "", " ".join(inspect.getdoc(kind).split()))  # type: ignore[attr-defined,union-attr]
    rows = [f"| `{name}` | `{written}` | {said} |" for name, written, said in _fields(kind) if name != "kind"]
    if rows:
        yield from ("", "| Field | Type | |", "|---|---|---|", *rows)


def _fields(kind: type) -> Iterator[tuple[str, str, str]]:
    """Name, type as it is written, and the comment above it; those of its bases first."""
    for base in reversed(kind.__mro__):
        if base.__module__ == items.__name__:
            yield from _own_fields(base)


def _own_fields(kind: type) -> Iterator[tuple[str, str, str]]:
    source = inspect.getsource(kind)
    comments = _comments(source)
    (made,) = ast.parse(source).body
    for each in (node for node in ast.iter_child_nodes(made) if isinstance(node, ast.AnnAssign)):
        written = re.sub(r"Annotated\[(.*), Field\(.*\)\]", r"\1", ast.unparse(each.annotation)).replace("|", "\\|")
        yield ast.unparse(each.target), written, _above(comments, each.lineno)


def _comments(source: str) -> dict[int, str]:
    """`#:` comments by the number of their line."""
    tokens = tokenize.generate_tokens(StringIO(source).readline)
    return {each.start[0]: each.string[2:].strip() for each in tokens if each.string.startswith("#:")}


def _above(comments: dict[int, str], line: int) -> str:
    said: list[str] = []
    while (line := line - 1) in comments:
        said.insert(0, comments[line].replace("|", "\\|"))
    return " ".join(said)


PAGES: dict[str, Callable[[], Any]] = {"commands.md": commands, "items.md": log_items}


if __name__ == "__main__":
    for name, page in PAGES.items():
        (DOCS / name).write_text(page())
