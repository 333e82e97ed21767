"""Tools of every kind that a decision can be about; what they do is nothing."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from tools.spec import Context, OnFailure, Resolves, Risk, Tool, Undo, tool


@tool(risk=Risk.LOW, read_only=True)
async def look(query: str) -> str:
    """Look something up."""
    return query


@tool(risk=Risk.LOW, idempotent=True, on_failure=OnFailure.RETRY)
async def note_down(text: str) -> str:
    """Write something down."""
    return text


@tool(risk=Risk.LOW, on_failure=OnFailure.GIVE_UP)
async def send(text: str) -> str:
    """Send something that cannot be unsent."""
    return text


@tool(risk=Risk.MEDIUM, subject="user_id", idempotent=True)
async def unlock(user_id: str) -> str:
    """Unlock."""
    return user_id


@tool(risk=Risk.HIGH, subject="user_id", idempotent=True)
async def reset(user_id: str, *, context: Context) -> str:
    """Reset."""
    return f"{user_id} {context.key}"


@tool(risk=Risk.HIGH, subject="user_id")
async def write_report(user_id: str, text: Annotated[str, Field(max_length=20_000)]) -> str:
    """Write a long report about somebody."""
    return user_id + text


@tool(risk=Risk.CRITICAL, resource="device_id", resolved_by=Resolves)
async def wipe(device_id: str) -> str:
    """Wipe."""
    return device_id


@tool(
    risk=Risk.HIGH,
    subject="user_id",
    resource="group",
    resolved_by=Resolves,
    idempotent=True,
    undo="Take it back.",
    undone_by=Undo("take", ("user_id", "group")),
    ends_after="hours",
    narrow=("hours",),
    on_failure=OnFailure.RETRY,
)
async def give(user_id: str, group: str, hours: Annotated[int, Field(ge=1, le=720)]) -> str:
    """Give."""
    return f"{user_id} {group} {hours}"


@tool(
    risk=Risk.MEDIUM,
    subject="user_id",
    resource="group",
    resolved_by=Resolves,
    idempotent=True,
    on_failure=OnFailure.RETRY,
)
async def take(user_id: str, group: str) -> str:
    """Take."""
    return f"{user_id} {group}"


@tool(risk=Risk.LOW, idempotent=True, on_failure=OnFailure.RETRY)
async def escalate_to_human(summary: str) -> dict[str, str]:
    """Hand over."""
    return {"ticket_id": "T-1001", "about": summary}


_ALL = (escalate_to_human, look, note_down, send, unlock, reset, write_report, wipe, give, take)
MENU: Mapping[str, Tool] = {each.name: each for each in _ALL}
