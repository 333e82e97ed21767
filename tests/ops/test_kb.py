"""Bringing the knowledge base into step with a folder, from the command line beside a bot."""

import io
import shutil
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.ops.bar import Bar
from tests.ops.beside import Desk
from tools.backends.article_folder import SHIPPED, read_folder
from tools.backends.tables import kb_articles

COUNT = len(read_folder(SHIPPED))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of articles, and the environment says nothing of any."""
    for name in ("KB_DIR", "HELPDESK_KB_REVIEWED", "HELPDESK_KB_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(SHIPPED, tmp_path / "kb" / "it"))


def reviewed(desk: Desk) -> set[bool]:
    return desk.look(lambda connection: set(connection.scalars(select(kb_articles.c.reviewed))))


def test_only_what_changed_is_written_and_told(desk: Desk, folder: Path) -> None:
    assert desk.run("kb", "sync", str(folder)).out == f"{COUNT} added, 0 changed, 0 removed, 0 as they were.\n"
    (folder / "vpn.md").unlink()
    (folder / "wifi.md").write_text((folder / "wifi.md").read_text() + "\nMore.\n")
    told = desk.run("kb", "sync", str(folder))
    assert told.out == f"0 added, 1 changed, 1 removed, {COUNT - 2} as they were.\n"
    assert reviewed(desk) == {False}


def test_the_settings_say_which_folder_and_who_vouches_for_it(
    desk: Desk, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KB_DIR", str(folder.parent))
    monkeypatch.setenv("HELPDESK_KB_REVIEWED", "it")
    monkeypatch.setenv("HELPDESK_KB_URL", "https://wiki.example.com/")
    assert desk.run("kb", "sync").code == 0
    assert reviewed(desk) == {True}
    urls = desk.look(lambda connection: connection.scalars(select(kb_articles.c.url)).all())
    assert "https://wiki.example.com/it/wifi.md" in urls
    assert desk.run("kb", "sync", str(folder)).code == 0
    assert reviewed(desk) == {False}, "nobody vouched for another folder"


def test_what_is_wrong_is_named_and_nothing_is_changed(desk: Desk, folder: Path) -> None:
    told = desk.run("kb", "sync")
    assert (told.code, told.err) == (2, "Which folder? Name it behind the command, or in KB_DIR.\n")
    desk.run("kb", "sync", str(folder))
    (folder / "wifi.md").write_text("no front matter")
    (folder / "vpn.md").unlink()
    told = desk.run("kb", "sync", str(folder))
    assert told.code == 2
    assert "wifi.md: there is no front matter" in told.err
    assert len(desk.look(lambda connection: connection.scalars(select(kb_articles.c.slug)).all())) == COUNT


def test_a_terminal_is_shown_a_bar_and_a_file_none() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal, file = Terminal(), io.StringIO()
    for out in (terminal, file):
        bar = Bar(out)
        bar.at(200, 400)
        bar.at(400, 400)
    assert "████████████············ 200/400" in terminal.getvalue()
    assert terminal.getvalue().endswith("400/400\n")
    assert file.getvalue() == ""
