"""What @tool refuses to declare: each is a mistake that would otherwise show when somebody relies on it."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pydantic import BaseModel

from tools.backends.directory import Directory
from tools.spec import OnFailure, Risk, Undo, tool


async def documented(user_id: str) -> None:
    """Do it."""


async def undocumented(user_id: str) -> None: ...


async def anything(user_id: Any) -> None:
    """Do it."""


async def any_fields(user_id: dict[str, int]) -> None:
    """Do it."""


class Loose(BaseModel):
    name: str


async def loose(user_id: Loose) -> None:
    """Do it."""


@pytest.mark.parametrize(
    ("function", "declaration", "complaint"),
    [
        (undocumented, {}, "docstring"),
        (documented, {"subject": "person"}, "no argument person"),
        (documented, {"resource": "thing"}, "no argument thing"),
        (documented, {"ends_after": "hours"}, "no argument hours"),
        (documented, {"narrow": ("user_id", "hours")}, "no argument hours"),
        (documented, {"undo": "x", "undone_by": Undo("other", ("user_id", "hours"))}, "no argument hours"),
        (documented, {"resource": "user_id"}, "the backend that resolves it, or neither"),
        (documented, {"resolved_by": Directory}, "the backend that resolves it, or neither"),
        (documented, {"undone_by": Undo("other", ("user_id",))}, "needs the words for it"),
        (documented, {"undo": "x", "ends_after": "user_id"}, "what ends needs an undo"),
        (documented, {"sealed": True}, "subject"),
        (documented, {"read_only": True, "undo": "x"}, "read-only"),
        (documented, {"read_only": True, "risk": Risk.HIGH}, "read-only"),
        (documented, {"on_failure": OnFailure.RETRY}, "idempotent"),
        (anything, {}, "no way to say"),
        (any_fields, {}, "forbid extra fields"),
        (loose, {}, "forbid extra fields"),
    ],
)
def test_a_declaration_that_does_not_add_up_stops_the_start(
    function: Callable[..., Awaitable[object]], declaration: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(TypeError, match=complaint):
        tool(**{"risk": Risk.LOW, **declaration})(function)
