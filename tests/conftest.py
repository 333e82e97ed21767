"""What all tests share: our log goes where pytest catches it; Hypothesis runs few examples unless asked for more."""

import gc
import os
from collections.abc import Generator, Iterator
from functools import cache

import httpcore2
import pytest
import structlog
from hypothesis import HealthCheck, Phase, settings

from tests.databases import chosen
from tests.logs import log_as_before, with_fields
from tests.order import is_long, spread, takes_patience, thorough
from tests.postgres import own_database
from tests.waiting import wait_longer

settings.register_profile("quick", max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", parent=settings.get_profile("quick"), max_examples=100)
# the same examples each time, and no search for the smallest: whether one fails is all that `make mutants` asks
settings.register_profile(
    "fixed",
    parent=settings.get_profile("quick"),
    derandomize=True,
    max_examples=15,
    database=None,
    phases=[Phase.explicit, Phase.generate],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

structlog.configure(
    processors=[with_fields],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Thousands of tests are gathered, and all of them are kept: nobody looks for garbage among them, now or later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On several workers the longest begin first; none of them is measured: what they run others run, too."""
    kept = chosen(items)
    config.hook.pytest_deselected(items=[*({*items} - {*kept})])
    items[:] = kept
    for each in items:
        if is_long(each.nodeid):
            each.add_marker("no_cover")
        if takes_patience(each.nodeid) and not thorough():
            each.add_marker(pytest.mark.skip(reason="takes long: THOROUGH=1 runs it, as CI does"))
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers > 1:
        items[:] = spread([(each.nodeid, each) for each in items], workers)


def pytest_collection_finish() -> None:
    """Everything that the tests import is there now, with its limits."""
    wait_longer()
    # made anew for each client, it takes as long as a small test: all certificates of the machine are read
    pytest.MonkeyPatch().setattr(httpcore2, "default_ssl_context", cache(httpcore2.default_ssl_context))


@pytest.fixture(autouse=True)
def _logs() -> Iterator[None]:
    """A command that a test runs sets the log up, for all tests of its process."""
    with log_as_before():
        yield


@pytest.fixture
def url() -> Iterator[str]:
    """The address of an empty PostgreSQL database of the test's own, at the schema of this version."""
    with own_database() as made:
        yield made
