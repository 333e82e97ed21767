"""How a request stands, and taking one's own back: handed to the conversation as asked."""

import pytest

from tests.tools.rig import Desk
from tools.requests import request_status, withdraw_request
from tools.spec import BadArguments, TryAgain


async def test_a_request_is_looked_at_and_withdrawn(desk: Desk) -> None:
    assert await desk.use(request_status, {"request": 7}) == "Request 7 waits for an approver."
    assert desk.requests.withdrawn == []
    assert await desk.use(withdraw_request, {"request": 7}) == "Request 7 is withdrawn."
    assert desk.requests.withdrawn == [7]


async def test_an_unknown_number_is_the_models_mistake(desk: Desk) -> None:
    for tool in (request_status, withdraw_request):
        with pytest.raises(TryAgain, match="no request 8"):
            await desk.use(tool, {"request": 8})


@pytest.mark.parametrize("request_number", [0, -1, 7.5, "7", True, None, 10**30])
async def test_what_is_no_number_is_refused(desk: Desk, request_number: object) -> None:
    with pytest.raises(BadArguments, match="request"):
        await desk.use(withdraw_request, {"request": request_number})
    assert desk.requests.withdrawn == []
