"""What the README and docs/ say is so: settings, links, the picture, the table of risks; the example runs."""

import re
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import config
from bot.__main__ import main
from bot.config import Settings
from tests.tools.rig import Desk, OwnDatabase, fill
from tools import TOOLS
from tools.spec import Context, Risk, Tool, menu

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
TOOLS_PAGE = (ROOT / "docs" / "tools.md").read_text()


def blocks(language: str, page: str = README) -> list[str]:
    """The code blocks in this language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def code() -> set[str]:
    """What stands between backticks, outside of blocks."""
    return set(re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", README, flags=re.MULTILINE | re.DOTALL)))


def test_it_is_short() -> None:
    assert len(README.splitlines()) <= 180


# ── commands ──


def test_every_command_there_is_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    commands = re.findall(r"^    (\w+) ", capsys.readouterr().out, re.MULTILINE)
    assert {"run", "demo", "chat", "audit", "db"} <= set(commands)
    for command in commands:
        assert f"| `helpdesk {command}" in README


# ── settings, links, numbers ──


def test_every_setting_is_one() -> None:
    named = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)(?:=\S+)?`", README))
    assert len(named) > 8
    assert {name.lower() for name in named} <= set(Settings.model_fields)


def test_what_a_start_needs_is_told() -> None:
    for name, field in Settings.model_fields.items():
        if field.is_required():
            assert f"`{name.upper()}`" in README


def test_every_link_leads_somewhere_in_the_sources() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    found = [(page, link) for page in pages for link in re.findall(r"\]\(([^)]+)\)", page.read_text())]
    links = [(page, *link.partition("#")[::2]) for page, link in found if not link.startswith("http")]
    assert len(links) > 20
    assert [link for page, link, _ in links if not (page.parent / link).exists()] == []
    within = [(page.parent / link if link else page, heading) for page, link, heading in links if heading]
    assert len(within) > 5
    assert [heading for page, heading in within if heading not in headings(page)] == []


def headings(page: Path) -> list[str]:
    """What links to its parts end with."""
    found = re.findall("^#+ (.*)$", page.read_text(), re.MULTILINE)
    return [re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in found]


def test_every_page_is_in_the_list_of_pages() -> None:
    listed = (ROOT / "docs" / "README.md").read_text()
    assert [page.name for page in (ROOT / "docs").glob("*.md") if f"({page.name}" not in listed] == ["README.md"]


def test_the_ports_are_the_defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PORT", raising=False)
    assert f"http://127.0.0.1:{config.read(config.DemoSettings).port}" in README


@pytest.mark.parametrize("room", sorted(each for each in code() if re.fullmatch(r"(bot|tools)/[\w./]+", each)))
def test_every_room_is_there(room: str) -> None:
    assert (ROOT / room).exists() or room == "tools/hours.py"


def test_every_room_of_the_bot_is_told() -> None:
    rooms = {path.parent.name for path in (ROOT / "bot").glob("*/__init__.py")}
    assert [room for room in sorted(rooms) if f"`bot/{room}`" not in README] == []


# ── the picture ──


def test_the_picture_shows_modules_that_exist() -> None:
    (picture,) = blocks("mermaid")
    shown = set(re.findall(r'"([a-z_/]+)"', picture))
    assert {"store/inbox", "store/log", "core/decide", "run/worker", "store/deliveries"} <= shown
    for name in shown:
        places = (ROOT / "bot" / f"{name}.py", ROOT / "bot" / name, ROOT / name)
        assert any(place.exists() for place in places), name


def test_every_arrow_of_the_picture_joins_two_named_boxes() -> None:
    (picture,) = blocks("mermaid")
    head, *arrows = picture.splitlines()
    assert head == "flowchart LR"
    ends = [re.fullmatch(r'\s+(\w+)(\W+"[^"]+"\W+)? ?-->(\|[^|]+\|)? (\w+)(\W+"[^"]+"\W+)?', arrow) for arrow in arrows]
    assert all(ends), "an arrow is written in another way"
    known: set[str] = set()
    for match in filter(None, ends):
        known |= {match[index] for index in (1, 4) if match[index + 1]}
    assert {match[index] for match in ends if match for index in (1, 4)} == known


# ── risks ──


def test_the_table_of_risks_is_the_menu_s() -> None:
    rows = dict(re.findall(r"^\| (low|medium|high|critical) \| ([^|]+) \|", README, re.MULTILINE))
    assert set(rows) == {risk.value for risk in Risk}
    for risk in (Risk.MEDIUM, Risk.HIGH, Risk.CRITICAL):
        shown = set(re.findall(r"`(\w+)`", rows[risk.value]))
        assert shown == {each.name for each in TOOLS if each.risk is risk}


# ── the example ──


@pytest.fixture
def example() -> Iterator[tuple[types.ModuleType, str]]:
    """The page's tool as the module it would be, and the test that goes with it."""
    source, test = blocks("python", TOOLS_PAGE)
    module = types.ModuleType("tools.hours")
    sys.modules["tools.hours"] = module
    try:
        exec(compile(source, "tools/hours.py", "exec"), module.__dict__)  # noqa: S102 -- our own page
        yield module, test
    finally:
        del sys.modules["tools.hours"]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """What the tests of tools are given."""
    url = f"sqlite:///{tmp_path / 'own.db'}"
    fill(url)
    database = OwnDatabase(url)
    yield Desk(database)
    database.close()


async def test_the_example_s_own_test_passes(example: tuple[types.ModuleType, str], desk: Desk) -> None:
    names: dict[str, object] = {}
    exec(compile(example[1], "tests/tools/test_hours.py", "exec"), names)  # noqa: S102 -- our own page
    (test,) = (each for name, each in names.items() if name.startswith("test_"))
    assert callable(test)
    await test(desk)


def test_the_example_joins_the_menu(example: tuple[types.ModuleType, str]) -> None:
    (made,) = (each for each in vars(example[0]).values() if isinstance(each, Tool))
    others = [each for each in TOOLS if each.name != made.name]  # somebody may have done what the page says
    assert set(menu((*others, made), [Context])) >= {made.name, "calculator"}
    assert made.schema["required"] == ["office"]
