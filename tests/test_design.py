"""The walk in docs/design.md is what happens: these items, in this order, by these functions of these files."""

import re
from pathlib import Path

from bot.model.demo import DemoModel
from tests.rig import helpdesk

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "design.md").read_text()

#: what happens, where, which items
ROWS = re.findall(r"^\| [^|]+ \| (`[^|]+) \|([^|]*)\|$", PAGE, re.MULTILINE)


async def test_the_walk_is_the_log_of_the_dialog(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk:
        thread = await desk.say("U0ALEX", "My wifi is down, and reset the password of U-456.")
        await desk.settle()
        await desk.click("U0DANA", desk.card(thread), "approve")
        await desk.settle()
        assert [word for _, items in ROWS for word in re.findall(r"`(\w+)`", items)] == await desk.kinds(thread)


def test_whatever_the_walk_names_is_there() -> None:
    named = [pair for where, _ in ROWS for pair in re.findall(r"`([\w/]+\.py)` `(\w+)`", where)]
    assert len(named) > 20
    for path, name in named:
        assert re.search(rf"^\s*(async )?(def|class) {name}\b", (ROOT / path).read_text(), re.MULTILINE), (path, name)


def test_whatever_file_it_names_elsewhere_is_there() -> None:
    named = re.findall(r"`((?:bot|tools|tests)/[\w/.]*)`", PAGE)
    assert [each for each in named if not (ROOT / each).exists()] == []
