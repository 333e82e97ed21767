"""The pages that are made of the code are as the code is."""

import pytest

from tests.reference import DOCS, PAGES


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_of_this_version(name: str) -> None:
    assert (DOCS / name).read_text() == PAGES[name](), "run: python -m tests.reference"


def test_every_command_and_every_item_has_its_words() -> None:
    assert "## helpdesk audit export" in PAGES["commands.md"]()
    page = PAGES["items.md"]()
    assert "| `verified` | `Verified \\| None` | None: they did not say |" in page
    assert "\n\n\n" not in page
