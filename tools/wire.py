"""How a tool is called in requests to models, which take fewer letters in names than we do: `server.tool` is
`server-tool` there.
"""

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from types import MappingProxyType

#: characters in a function's name
MAX_NAME = 64

#: of them, those that tell names apart which are longer and begin alike
_TOLD_APART = 8

_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_-]")


def wire_name(tool: str) -> str:
    """The name that models take, always the same for the same tool."""
    plain = _NOT_IN_NAMES.sub("_", tool.replace(".", "-", 1)) or "unnamed"
    if len(plain) <= MAX_NAME:
        return plain
    mark = sha256(tool.encode("utf-8", "surrogatepass")).hexdigest()[:_TOLD_APART]
    return f"{plain[: MAX_NAME - _TOLD_APART - 1]}-{mark}"


def by_wire_name(tools: Iterable[str]) -> Mapping[str, str]:
    """The tools by what models call them. Raises ValueError where two would be called the same."""
    named: dict[str, str] = {}
    for each in tools:
        other = named.setdefault(wire_name(each), each)
        if other != each:
            raise ValueError(f"models could not tell {other} and {each} apart: both are {wire_name(each)} to them")
    return MappingProxyType(named)
