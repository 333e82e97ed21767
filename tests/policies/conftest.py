"""The desk of the tests about policy files."""

from pathlib import Path

import pytest

from tests.policies.rig import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)
