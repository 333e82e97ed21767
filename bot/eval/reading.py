"""Cases from a folder of YAML files. What is wrong with a file is told in sentences that name it and the field."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from bot.errors import ConfigError
from bot.eval.case import Case
from bot.policies.problems import says

#: the cases we ship, beside this file so that an installation has them
SHIPPED = Path(__file__).with_name("cases")

#: cases in one folder
MAX_CASES = 1_000

#: in place of pydantic's own words
_SAID = {
    "invalid_key": "is no name; YAML takes on, off, yes and no for true and false, unless they are in quotes",
    "too_short": "is empty",
    "string_too_short": "is empty",
}

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def read_cases(folder: Path) -> list[Case]:
    """The cases of a folder, by name. Raises ConfigError: one sentence for each thing that is wrong."""
    if not folder.is_dir():
        raise ConfigError(f"{folder} is no folder.")
    files = sorted({*folder.glob("*.yml"), *folder.glob("*.yaml")})
    if not files:
        raise ConfigError(
            f"{folder} holds no cases: files such as my-case.yml. docs/evaluation.md says how to write one."
        )
    if twice := [name for name, times in Counter(each.stem for each in files).items() if times > 1]:
        raise ConfigError(f"{folder} holds two cases of one name: {', '.join(twice)}.")
    if len(files) > MAX_CASES:
        raise ConfigError(f"{folder} holds {len(files)} cases; {MAX_CASES} are the most.")
    wrong, cases = [], []
    for file in files:
        try:
            cases.append(_read(file))
        except ConfigError as error:
            wrong.append(str(error))
    if wrong:
        raise ConfigError("\n".join(wrong))
    return cases


def _read(file: Path) -> Case:
    if not _NAME.fullmatch(file.stem):
        raise ConfigError(f"{file.name}: a case is named with small letters, digits and hyphens.")
    try:
        found = yaml.safe_load(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{file.name}: cannot be read as YAML: {' '.join(str(error).split())}.") from None
    if not isinstance(found, dict):
        raise ConfigError(f"{file.name}: takes fields such as about, steps and expect.")
    try:
        return Case.model_validate({**found, "name": file.stem})
    except ValidationError as error:
        wrong = error.errors(include_context=False, include_url=False)
        raise ConfigError("\n".join(f"{file.name}: {_sentence(each)}." for each in wrong)) from None


def _sentence(error: Any) -> str:
    """Which field, counted from 1 as people do, and what is wrong with it."""
    named = [f"{part + 1}" if isinstance(part, int) else str(part) for part in error["loc"]]
    said = _SAID.get(error["type"]) or says(error["type"], error["msg"])
    return f"{' '.join(named)}: {said}" if named else said
