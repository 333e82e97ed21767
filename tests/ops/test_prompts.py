"""Rolling a prompt out and back, from the command line beside a bot."""

from pathlib import Path

import pytest

from bot import prompts
from bot.core.rollout import Rollout
from bot.ops.prompts import NEXT_TURN, NOTHING_BEFORE
from bot.store import inbox
from bot.store import prompts as kept
from tests.ops.beside import Desk

SHIPPED = prompts.shipped().version


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """HELPDESK_PROMPTS, with two versions in it."""
    made = tmp_path / "prompts"
    made.mkdir()
    for version in ("terse-1", "warm-1"):
        (made / f"{version}.md").write_text(f"---\nversion: {version}\n---\nBe {version}.\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HELPDESK_PROMPTS", str(made))
    return made


def test_a_share_then_all_then_back(desk: Desk) -> None:
    told = desk.run("prompts", "activate", "terse-1", "--percent", "10", "--tenant", "T1")
    assert told.code == 0
    assert told.out == f"terse-1 leads 10 % of new conversations, {SHIPPED} the others. {NEXT_TURN}\n"
    assert desk.look(inbox.undone) == ["T1:house:0"], "the audit trail is told"
    desk.run("prompts", "activate", "terse-1")
    assert desk.look(kept.rollout) == Rollout(active="terse-1", before=SHIPPED)
    desk.run("prompts", "activate", "warm-1", "--now")
    assert desk.look(kept.rollout) == Rollout(active="warm-1", before="terse-1", everywhere=True)
    told = desk.run("prompts", "rollback", "--now")
    assert "terse-1 leads 100 % of all conversations" in told.out
    assert desk.look(kept.rollout) == Rollout(active="terse-1", before="warm-1", everywhere=True)


def test_the_list_says_what_each_version_leads(desk: Desk) -> None:
    before = desk.run("prompts", "list").out.splitlines()
    assert [line.split()[0] for line in before] == [SHIPPED, "terse-1", "warm-1"]
    assert before[0].endswith("leads 100 % of new conversations")
    desk.run("prompts", "activate", "warm-1", "--percent", "30", "--tenant", "T1")
    leads = {line.split()[0]: line for line in desk.run("prompts", "list").out.splitlines()}
    assert leads["warm-1"].endswith("leads 30 % of new conversations")
    assert leads[SHIPPED].endswith("leads 70 % of new conversations")
    assert "leads" not in leads["terse-1"]


def test_what_is_not_there_is_named_and_nothing_is_changed(desk: Desk, folder: Path) -> None:
    told = desk.run("prompts", "activate", "loud-1", "--tenant", "T1")
    assert told.code == 1
    assert told.err.startswith("There is no prompt loud-1.")
    told = desk.run("prompts", "rollback", "--tenant", "T1")
    assert (told.code, told.err) == (1, NOTHING_BEFORE + "\n")
    desk.run("prompts", "activate", "warm-1", "--tenant", "T1")
    (folder / "warm-1.md").write_text("---\nversion: warm-1\n---\nBe cold.\n")
    told = desk.run("prompts", "activate", "terse-1")
    assert told.code == 2
    assert "warm-1 was changed since it was first used" in told.err
    assert desk.look(kept.rollout) == Rollout(active="warm-1", before=SHIPPED)


@pytest.mark.parametrize("share", ["0", "101", "ten", "-5"])
def test_a_share_is_a_number_from_1_to_100(desk: Desk, share: str) -> None:
    assert desk.run("prompts", "activate", "terse-1", f"--percent={share}").code == 2
