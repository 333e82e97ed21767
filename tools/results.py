"""Long results of other tools: reading on where one was shown shortened."""

from typing import Annotated

from pydantic import Field

from tools.spec import Context, Risk, Untrusted, tool

#: parts that a result can have at most, and more
MAX_PART = 1_000


@tool(risk=Risk.LOW, read_only=True, trusted=True)
async def read_more(
    result: Annotated[int, Field(ge=1, le=1_000_000_000, description="Number of the result, as its note gives it")],
    part: Annotated[int, Field(ge=1, le=MAX_PART, description="Which part; the first one you have seen already")] = 2,
    *,
    context: Context,
) -> dict[str, object] | Untrusted:
    """Read on in a tool's result that was shown to you shortened. Read on only where the answer may be there."""
    found = context.results.part(result, part)
    told: dict[str, object] = {"result": result, "part": found.number, "of": found.of, "output": found.text}
    return told if found.authors is None else Untrusted(told, found.authors, found.speakers)
