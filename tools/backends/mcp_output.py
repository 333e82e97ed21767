"""What a call of an MCP server gave, as far as it is text; everything else is named."""

import json
from collections.abc import Iterator
from typing import Any

from mcp import types

#: characters of all texts together, and of a name
MAX_TEXT, MAX_NAME = 200_000, 200


def value_of(result: types.CallToolResult) -> dict[str, Any]:
    """Its text, and its structured part where that says something else."""
    text, structured = text_of(result), result.structured_content
    if structured is None:
        return {"text": text}
    # most servers say the same twice, for clients that know one of the two
    if _says(text) == structured or (isinstance(structured, dict) and [*structured.values()] == [text]):
        return {"structured": structured}
    return {"text": text, "structured": structured}


def text_of(result: types.CallToolResult) -> str:
    """All that can be read, bounded."""
    text = "\n".join(_parts(result))
    left = len(text) - MAX_TEXT
    return text if left <= 0 else f"{text[:MAX_TEXT]}\n[{left:,} more characters were too many and are not kept]"


def _parts(result: types.CallToolResult) -> Iterator[str]:
    for part in result.content:
        match part:
            case types.TextContent():
                yield part.text
            case types.ImageContent() | types.AudioContent():
                yield f"[{part.type} of the kind {part.mime_type[:MAX_NAME]}, which is not looked at]"
            case types.ResourceLink():
                yield f"[resource {str(part.uri)[:MAX_NAME]}, which is not read]"
            case types.EmbeddedResource():
                yield f"[resource {str(part.resource.uri)[:MAX_NAME]}, which is not read]"


def _says(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
