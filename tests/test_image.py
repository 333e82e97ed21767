"""The image: the steps of the Dockerfile done by hand, where no engine is at work.

The demo is not in it, it runs as nobody in particular on a root file system that cannot be written, and its
dependencies are the ones that were pinned.
"""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from zipfile import ZipFile

import pytest

from bot.store.schema import HEAD
from tests.test_dockerfile import environment, health, said, stages
from tests.world import World, a_world

ROOT = Path(__file__).parent.parent

#: Debian's nobody: whom the image's program runs as here, where the tests run as root
NOBODY = 65534


@dataclass(frozen=True)
class Image:
    """The program as it is in the image, in folders of this machine."""

    wheel: Path
    program: Path
    volume: Path
    #: None: as whoever runs the tests
    user: int | None

    def start(self, arguments: list[str], changes: dict[str, str]) -> "subprocess.Popen[bytes]":
        """Run Python with these arguments as the image would: no site folder but the image's, nowhere to write."""
        # -S: an editable installation of the sources would bring the demo back
        packages = [str(self.program), *{sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}]
        return subprocess.Popen(
            [sys.executable, "-S", *arguments],
            cwd=self.program,
            env={**self.environment, "PYTHONPATH": os.pathsep.join(packages), **changes},
            user=self.user,
            group=self.user,
            extra_groups=None if self.user is None else [],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    @property
    def environment(self) -> dict[str, str]:
        volume = said(stages()[-1], "VOLUME")[0]
        here = {name: value.replace(volume, str(self.volume)) for name, value in environment().items()}
        return {**here, "PATH": os.environ["PATH"]}

    def run(self, *arguments: str, **changes: str) -> tuple[int, str]:
        """`helpdesk …`: its exit code and what it said."""
        process = self.start(["-m", "bot", *arguments], changes)
        out, error = process.communicate(timeout=60)
        return process.returncode, (out + error).decode()


@pytest.fixture(scope="module")
def wheel() -> Iterator[Path]:
    """The wheel of a copy of the sources, as the builder has them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for each in ("bot", "tools"):
            shutil.copytree(ROOT / each, folder / each, ignore=shutil.ignore_patterns("__pycache__"))
        for each in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(ROOT / each, folder)
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
        built = subprocess.run(
            [*pip, "wheel", "--no-deps", "--wheel-dir", name, name], capture_output=True, check=False
        )
        if built.returncode:
            pytest.skip("no wheel can be built here: pip cannot fetch setuptools, or there is no pip")
        yield next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def image(wheel: Path) -> Iterator[Image]:
    user = NOBODY if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        program, volume = folder / "program", folder / "volume"
        pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "--no-deps", "--target", str(program), str(wheel)], check=True)
        shutil.rmtree(program / "bot" / "playground")
        volume.mkdir()
        folder.chmod(0o755)
        if user is not None:
            os.chown(volume, user, user)
        made = Image(wheel, program, volume, user)
        writable(program, yes=False)
        try:
            yield made
        finally:
            writable(program, yes=True)


def writable(folder: Path, *, yes: bool) -> None:
    for each in (folder, *folder.rglob("*")):
        each.chmod((0o755 if each.is_dir() else 0o644) if yes else (0o555 if each.is_dir() else 0o444))


@pytest.fixture(scope="module")
def runnable(image: Image) -> Image:
    """The image under a user of its own, or under ours where no other user can reach this Python."""
    try:
        process = image.start(["-c", "import slack_bolt, sqlalchemy"], {})
        process.communicate(timeout=60)
        reached = process.returncode == 0
    except PermissionError:
        reached = False
    return image if reached else replace(image, user=None)


def test_the_wheel_has_every_file_that_is_no_code_too(wheel: Path) -> None:
    with ZipFile(wheel) as opened:
        packed = set(opened.namelist())
        (entry,) = (opened.read(name).decode() for name in packed if name.endswith("entry_points.txt"))
    assert "helpdesk = bot.__main__:main" in entry
    for folder, pattern in [
        ("bot/prompts", "*.md"),
        ("tools/articles", "*.md"),
        ("bot/store/migrations", "versions/*.py"),
        ("bot/store/migrations", "env.py"),
        ("bot/playground/static", "*"),
        ("bot/eval/cases", "*.yml"),
        ("bot/eval/cases/cassettes", "*.json"),
    ]:
        files = {path.relative_to(ROOT).as_posix() for path in (ROOT / folder).glob(pattern) if path.is_file()}
        assert files, folder
        assert files <= packed
    assert [name for name in packed if name.startswith("tests/")] == []


def test_it_tells_what_it_can_do(runnable: Image) -> None:
    code, told = runnable.run("--help")
    assert code == 0
    assert "usage: helpdesk" in told


def test_without_settings_the_start_stops_and_names_what_is_missing(runnable: Image) -> None:
    code, told = runnable.run("run")
    assert code == 2
    assert told.startswith("SLACK_BOT_TOKEN is missing. ")
    assert "HELPDESK_SECRET_KEY is missing. " in told
    assert "Traceback" not in told


@pytest.mark.parametrize("command", [["demo"], ["chat", "hello"], ["eval"]])
def test_what_needs_the_demo_says_that_it_is_not_here(runnable: Image, command: list[str]) -> None:
    code, told = runnable.run(*command)
    assert (code, told.strip()) == (2, "The demo is not part of this installation. Get the sources and run: make demo")


def test_the_schema_is_made_in_the_volume(runnable: Image) -> None:
    url = f"sqlite:///{runnable.volume}/another.db"
    assert runnable.run("db", "upgrade", "--database-url", url) == (0, f"The schema is at revision {HEAD}.\n")
    assert (runnable.volume / "another.db").stat().st_mode & 0o077 == 0


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path) as made:
        yield made


async def test_it_works_in_a_workspace_and_its_health_is_told(runnable: Image, world: World) -> None:
    settings = {name: value for name, value in world.environment.items() if name not in ("PATH", "PYTHONPATH")}
    process = runnable.start(["-m", "bot", "run"], settings)
    try:
        async with asyncio.timeout(60):
            while process.poll() is None and not await asyncio.to_thread(healthy, runnable, settings["PORT"]):
                await asyncio.sleep(0.1)
        thread = await world.slack.say("U0ALEX", "C0IT", "<@U0BOT> what is 6*7?")
        await world.slack.wait_for(lambda: len(world.slack.thread("C0IT", thread)) == 2, 60)
    finally:
        process.send_signal(signal.SIGTERM)
        _, error = await asyncio.to_thread(process.communicate)
    assert process.returncode == 0, error.decode()
    assert (runnable.volume / "helpdesk.db").exists()
    assert not healthy(runnable, settings["PORT"])


def healthy(image: Image, port: str) -> bool:
    """What the image's health check says."""
    process = image.start(health()[1:], {"PORT": port})
    process.communicate(timeout=10)
    return process.returncode == 0
