"""The approval requests of a conversation: how one stands, and taking one's own back."""

from typing import Annotated

from pydantic import Field

from tools.spec import Context, Risk, tool

RequestNumber = Annotated[int, Field(ge=1, le=1_000_000_000, description="Number of the request, such as 7")]


@tool(risk=Risk.LOW, read_only=True)
async def request_status(request: RequestNumber, *, context: Context) -> str:
    """Say how an approval request of this conversation stands: waiting, decided, expired or withdrawn."""
    return context.requests.status(request)


@tool(risk=Risk.LOW, idempotent=True, undo="Ask for the same thing again; it needs a new approval.")
async def withdraw_request(request: RequestNumber, *, context: Context) -> str:
    """Withdraw an open approval request that the person you talk to made, because they no longer want it."""
    return context.requests.withdraw(request)
