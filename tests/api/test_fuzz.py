"""A short run of the fuzzer; `make fuzz-api` is the long one."""

from pathlib import Path

import pytest

from tests.api.fuzz import fuzz


@pytest.mark.sqlite
async def test_whatever_is_sent_the_answer_is_as_the_document_says(tmp_path: Path) -> None:
    found = await fuzz(tmp_path, 25)
    assert sum(found.values()) >= 100
    assert {"202", "404"} & set(found)
