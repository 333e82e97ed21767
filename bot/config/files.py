"""Secrets from files: whatever secret X is, X_FILE may name a file that holds it (docs/secrets.md)."""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

#: bytes of a file with a secret
MAX_BYTES = 65_536

#: of a file's mode: others than its owner may read or write it
_OTHERS = 0o077


@dataclass(frozen=True, slots=True)
class Unread:
    """Stands for a secret that no file gave; why not, as the end of a sentence that begins with the name of it."""

    why: str


class FromFiles(PydanticBaseSettingsSource):
    """The secrets whose files are named."""

    def __init__(self, kind: type[BaseSettings], named: Mapping[str, str | None]) -> None:
        """`named` is what variables hold, by their names in small letters."""
        super().__init__(kind)
        self._named = named

    def __call__(self) -> dict[str, Any]:
        found = (self.get_field_value(field, name) for name, field in self.settings_cls.model_fields.items())
        return {key: value for value, key, _ in found if value is not None}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """What the file holds, or Unread, or None where no file is named; and what the field is given by."""
        key = str(field.validation_alias or field_name)
        file = self._named.get(f"{key.lower()}_file")
        if not file or not is_secret(field.annotation):
            return None, key, False
        if self._named.get(key.lower()):
            return Unread(f"takes no {key.upper()}_FILE beside it: set one of the two"), key, False
        try:
            return read(Path(file)), key, False
        except UnicodeDecodeError:
            why = "it is no text in UTF-8"
        except (OSError, ValueError) as error:
            why = str(getattr(error, "strerror", None) or error)
        return Unread(f"cannot be read from the file that {key.upper()}_FILE names: {why}"), key, False


def read(file: Path) -> str:
    """The text of a file, without the end of its last line. Raises OSError, and ValueError where it holds no secret."""
    # what is no plain file, such as a pipe, is not waited for
    with open(file, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as opened:
        if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
            raise ValueError("it is no plain file")
        found = opened.read(MAX_BYTES + 1)
    if len(found) > MAX_BYTES:
        raise ValueError(f"it is larger than {MAX_BYTES // 1024} KB")
    text = found.decode("utf-8-sig").removesuffix("\n").removesuffix("\r")
    if not text.strip():
        raise ValueError("it is empty")
    return text


def is_secret(kind: Any) -> bool:
    """A field of this type holds a secret."""
    return kind is SecretStr or any(is_secret(each) for each in get_args(kind))


def open_to_others(file: Path) -> bool:
    """Others on this machine may read or write the file."""
    try:
        return bool(file.stat().st_mode & _OTHERS)
    except OSError:
        return False
