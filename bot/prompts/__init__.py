"""Prompt files: Markdown with front matter on top, whose `version` goes on record with every model output."""

import re
from importlib.resources import files
from pathlib import Path

import yaml

from bot.core.rollout import VERSION
from bot.errors import ConfigError
from bot.run.kit import Instructions

#: files of a folder, and characters of one
MAX_FILES, MAX_CHARS = 100, 100_000


def shipped() -> Instructions:
    """The prompt of this release."""
    return _read("helpdesk.md", (files(__package__) / "helpdesk.md").read_text("utf-8"))


def of_folder(folder: Path | None) -> tuple[Instructions, ...]:
    """The prompts of a folder's Markdown files. Raises ConfigError that names what is wrong in which file."""
    if folder is None:
        return ()
    found = sorted(folder.glob("*.md"))
    if len(found) > MAX_FILES:
        raise ConfigError(f"{folder} has more than {MAX_FILES} prompts.")
    read = tuple(_of_file(each) for each in found)
    versions = [each.version for each in read]
    if twice := next((each for each in versions if versions.count(each) > 1), None):
        raise ConfigError(f"Two prompts of {folder} have the version {twice}.")
    return read


def _of_file(path: Path) -> Instructions:
    try:
        return _read(path.name, path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The prompt {path.name} cannot be read ({type(error).__name__}).") from None


def _read(name: str, text: str) -> Instructions:
    parts = re.split(r"^---[ \t]*\n", text.replace("\r\n", "\n"), maxsplit=2, flags=re.MULTILINE)
    if len(parts) != 3 or parts[0].strip():  # noqa: PLR2004 -- before, between and behind two lines
        raise ConfigError(f"The prompt {name} has no front matter: a line ---, version: …, and a line ---.")
    try:
        front = yaml.safe_load(parts[1])
    except yaml.YAMLError:
        front = None
    version = front.get("version") if isinstance(front, dict) else None
    if not isinstance(version, str) or not re.fullmatch(VERSION, version):
        raise ConfigError(f"The prompt {name} needs a version of letters, digits, dots and dashes in its front matter.")
    if not 0 < len(parts[2].strip()) <= MAX_CHARS:
        raise ConfigError(f"The prompt {name} has no text, or more than {MAX_CHARS:,} characters.")
    return Instructions(text=parts[2].strip(), version=version)
