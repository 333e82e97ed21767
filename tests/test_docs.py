"""Every command that the pages for people tell is run here, in the order of its page, on an installation of its own."""

import asyncio
import json
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.config import Settings
from bot.slack.install import SCOPES
from tests.postgres import own_name
from tests.reader import Reader
from tests.rig import CHANNEL
from tests.told import PAGES, ROOT, Told, commands
from tests.tools.mcp_rig import SCRIPT
from tests.world import a_world, card

CASE = "about: It computes.\nsteps:\n  - {who: alex, says: 'what is 6*7?'}\nexpect:\n  text: [{contains: '42'}]\n"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a bot has worked: a question was answered, a request is open."""
    folder = tmp_path_factory.mktemp("prepared")
    (csv,) = re.findall(r"^```csv\n(.*?)^```$", (ROOT / "docs" / "directory.md").read_text(), re.MULTILINE | re.DOTALL)
    servers = {each: {"command": sys.executable, "args": [SCRIPT, str(folder)]} for each in ("files", "jira")}
    files = {
        "people.csv": csv,
        "my-cases/it-computes.yml": CASE,
        "prompts/terse.md": "---\nversion: terse-1\n---\nYou are the IT helpdesk of Example Ltd.\n",
        "mcp.json": json.dumps({"mcpServers": servers}),
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    (folder / ".env").touch(0o600)
    shutil.copy(ROOT / ".env.example", folder)
    shutil.copy(ROOT / "tools" / "policy.yml", folder)
    shutil.copytree(ROOT / "tools" / "articles", folder / "articles")
    asyncio.run(_worked(folder))
    (folder / ".demo").mkdir()
    shutil.copy(folder / "helpdesk.db", folder / ".demo")
    return folder


async def _worked(folder: Path) -> None:
    async with a_world(folder) as world:
        world.environment["HELPDESK_CHECKPOINT_FILE"] = "checkpoints.jsonl"
        bot = await world.run()
        slack = world.slack
        thread = await slack.say("U0ALEX", CHANNEL, "<@U0BOT> my wifi is down, and reset the password of U-456")
        await slack.wait_for(lambda: card(slack, thread) and len(slack.thread(CHANNEL, thread)) == 3, 60)
        await (await world.command("totp", "enroll", "U0DANA")).wait()
        spare = await world.command("tokens", "create", "spare", "--owner", "U0DANA", "--acts-for-anyone")
        shown = (await spare.communicate())[0].decode()
        known = {
            "CONVERSATION": f"T0DEMO:{CHANNEL}:{thread}",
            "SPARE": re.findall(r"^Id: +(\S+)", shown, re.MULTILINE)[0],
        }
        (folder / "known.json").write_text(json.dumps(known))
        bot.terminate()
        assert await asyncio.wait_for(bot.wait(), 25) == 0
        (folder / "trail.jsonl").write_bytes((await (await world.command("audit", "export")).communicate())[0])


@pytest.fixture
async def reader(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Reader]:
    """Somebody in a copy of that folder, with its settings in their shell and Slack outside."""
    folder = tmp_path / "here"
    shutil.copytree(prepared, folder)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(folder)
    async with a_world(folder) as world:
        world.slack.say_scopes(*SCOPES)
        here = {
            "HELPDESK_PROMPTS": "prompts",
            "KB_DIR": "articles",
            "MCP_CONFIG": "mcp.json",
            "HELPDESK_API_WAIT_S": "5",
        }
        world.environment |= here | json.loads((folder / "known.json").read_text())
        for name, value in world.environment.items():
            monkeypatch.setenv(name, value)
        yield Reader(world, monkeypatch.setenv)


@pytest.fixture
def makes_a_database(page: str, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Where a page says how a database is made: on a server, by another name than the page's."""
    if "createdb" not in PAGES[page].read_text():
        yield
        return
    with own_name() as (server, name):
        for variable, value in (("HOST", server.host), ("PORT", server.port), ("USER", server.username)):
            monkeypatch.setenv(f"PG{variable}", str(value))
        reader.filled["createdb --owner helpdesk --encoding UTF8 helpdesk"] = f"createdb --owner {name} {name}"
        reader.filled["--pwprompt helpdesk"] = f"--pwprompt {name}"
        reader.filled["helpdesk:PASSWORD@db.example.com/helpdesk"] = (
            f"{name}:hunter2@{server.host}:{server.port}/{name}"
        )
        yield


@pytest.mark.parametrize("page", [name for name, page in PAGES.items() if commands(page)])
@pytest.mark.usefixtures("makes_a_database")
async def test_every_command_of_the_page_does_what_it_says(page: str, reader: Reader) -> None:
    for told in commands(PAGES[page]):
        await reader.types(told)
    if reader.absent:
        pytest.skip(f"not on this machine: {', '.join(sorted(reader.absent))}")
    if page == "docs/api.md":
        shown = re.findall(r"^```json\n(.*?)^```$", PAGES[page].read_text(), re.MULTILINE | re.DOTALL)
        answers = [each for each in reader.printed if each.startswith("{")]
        assert [_shape(each) for each in answers] == [_shape(shown[0])] * 2


def _shape(text: str) -> object:
    """The fields of what an answer says."""
    found = json.loads(text)
    return {name: sorted(value) if isinstance(value, dict) else type(value) for name, value in found.items()}


@pytest.mark.parametrize(
    "line",
    ["helpdesk audit show --since 7q", "helpdesk undo", "helpdesk kb sync FOLDER", "make nothing", "docker run x y"],
)
async def test_a_command_that_does_not_work_is_found(line: str, reader: Reader) -> None:
    with pytest.raises((AssertionError, SystemExit, subprocess.CalledProcessError, ValueError)):
        await reader.types(Told(line, True))
