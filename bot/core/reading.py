"""What is read of files: the limits, and the rules that tell texts from pictures and both from the rest. Pure.

Promise: what a file is, its bytes say and never its name; what is neither a text nor a picture is refused.
"""

import hashlib
import re
from typing import Literal

from bot.core import words
from bot.core.change import cut
from bot.core.files import FileRead

Kind = Literal["text", "picture"]

#: bytes of a text file, and characters of it that the model is shown
TEXT_BYTES, TEXT_SHOWN = 200 * 1024, 20_000

#: bytes of a picture, and pictures of one message
PICTURE_BYTES, PICTURES = 5 * 1024 * 1024, 4

#: bytes of all pictures that the model is shown at once
PICTURES_BYTES = 4 * PICTURE_BYTES

#: characters of a file's name that are kept
NAME_SHOWN = 80

LIMIT: dict[Kind, int] = {"text": TEXT_BYTES, "picture": PICTURE_BYTES}

_PICTURES = {"image/png", "image/jpeg", "image/jpg", "image/gif", "image/webp"}
_TEXTS = {"json", "ld+json", "x-ndjson", "xml", "csv", "yaml", "x-yaml", "toml", "sql", "javascript", "x-sh"}
#: what a page of HTML comes as, a login page may come as, too
_NO_TEXTS = {"text/html", "application/xhtml+xml"}
#: Slack does not know what these are; their bytes say
_UNSURE = {"", "application/octet-stream"}
_TEXT_NAME = re.compile(r"\.(txt|log|md|csv|tsv|json|jsonl|ya?ml|xml|toml|ini|conf|cfg|properties|sql|sh|ps1|py|reg)$")

#: control characters that texts have no use for; a terminal's colours and form feeds are let through
_NO_TEXT = re.compile(r"[\x00-\x06\x0e-\x1a\x1c-\x1f\x7f]")


def kind_of(name: str, mimetype: str) -> Kind | None:
    """What the file says it is; None for what is not read at all."""
    mimetype = mimetype.partition(";")[0].strip().lower()
    if mimetype in _PICTURES:
        return "picture"
    texts = mimetype.startswith("text/") or mimetype.removeprefix("application/") in _TEXTS
    unsure = mimetype in _UNSURE and _TEXT_NAME.search(name.lower())
    return "text" if (texts and mimetype not in _NO_TEXTS) or unsure else None


def read(file: str, name: str, kind: Kind, body: bytes) -> FileRead:
    """What the bytes of a file are that said to be of this kind."""
    known = {"id": file, "name": clean(name), "sha256": hashlib.sha256(body).hexdigest(), "size": len(body)}
    if kind == "picture":
        mimetype = picture_type(body)
        return (
            FileRead(**known, content="picture", mimetype=mimetype)
            if mimetype
            else refused(file, name, words.NO_PICTURE)
        )
    text = _decoded(body)
    if text is None:
        return refused(file, name, words.NO_TEXT)
    return FileRead(**known, content="text", text=text[:TEXT_SHOWN], left_out=max(0, len(text) - TEXT_SHOWN))


def refused(file: str, name: str, reason: str) -> FileRead:
    """It is not read."""
    return FileRead(id=file, name=clean(name), content="refused", reason=reason)


def clean(name: str) -> str:
    """The name in one line, without what could pass for something else."""
    line = " ".join(re.sub(r"[\x00-\x1f\x7f\[\]]", " ", name).split()) or "a file without a name"
    return cut(line, NAME_SHOWN)


def picture_type(body: bytes) -> str | None:
    """The media type that the first bytes tell; None for what is none of the four."""
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if body.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if body.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    return "image/webp" if body[:4] == b"RIFF" and body[8:12] == b"WEBP" else None


def _decoded(body: bytes) -> str | None:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if _NO_TEXT.search(text) or text.startswith("%PDF-") else text.replace("\r\n", "\n")
