"""Reading on in a long result: handed to the conversation as asked, and as trustworthy as the result is."""

import pytest

from tests.tools.rig import Desk
from tools.results import read_more
from tools.spec import BadArguments, TryAgain, Untrusted


async def test_the_next_part_is_read_where_none_is_named(desk: Desk) -> None:
    told = {"result": 7, "part": 2, "of": 2, "output": "the rest"}
    assert await desk.use(read_more, {"result": 7}) == told


async def test_a_part_is_trusted_as_far_as_its_result_is(desk: Desk) -> None:
    first, second = [await desk.result(read_more, {"result": 7, "part": number}) for number in (1, 2)]
    assert isinstance(first, dict)
    assert isinstance(second, Untrusted)
    assert (second.authors, second.speakers) == (("U-456",), ("U0SAM",))


@pytest.mark.parametrize("arguments", [{"result": 8}, {"result": 7, "part": 3}])
async def test_what_is_not_there_is_the_models_mistake(desk: Desk, arguments: dict[str, int]) -> None:
    with pytest.raises(TryAgain, match="There is no part"):
        await desk.use(read_more, arguments)


@pytest.mark.parametrize(
    "arguments", [{"result": 0}, {"result": "7"}, {"result": 7, "part": 0}, {"result": 7, "part": 10**9}]
)
async def test_what_is_no_number_is_refused(desk: Desk, arguments: dict[str, object]) -> None:
    with pytest.raises(BadArguments):
        await desk.use(read_more, arguments)
