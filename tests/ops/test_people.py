"""`helpdesk people`: who is who, decided by hand."""

import json
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.ops.people import MAX_LISTED
from bot.store import links
from bot.store.links import Link
from tests.ops.beside import Desk, Terminal, command
from tools.backends.tables import people


def claim(desk: Desk, slack_user: str, record: str) -> None:
    desk.look(lambda connection: links.claim(connection, slack_user, record, 1.0))


def known(desk: Desk) -> list[Link]:
    return desk.look(lambda connection: links.listed(connection, 100))


def test_all_links_are_listed_with_names_and_disputed_ones_first(desk: Desk) -> None:
    claim(desk, "U0ALEX", "U-123")
    claim(desk, "U0GONE", "U-999")
    claim(desk, "U0SAM", "U-456")
    claim(desk, "U0SAM2", "U-456")
    dispute = "  disputed: nobody is it until you say: helpdesk people link"
    assert desk.run("people", "list").out.splitlines() == [
        f"U0SAM  U-456  Sam Patel{dispute}",
        f"U0SAM2  U-456  Sam Patel{dispute}",
        "U0ALEX  U-123  Alex Chen",
        "U0GONE  U-999  (not in the directory)",
    ]


def test_without_links_it_says_where_they_come_from(desk: Desk) -> None:
    assert "Nobody is linked yet" in desk.run("people", "list").out


def test_a_long_list_is_cut_and_says_so(desk: Desk) -> None:
    for number in range(MAX_LISTED + 1):
        claim(desk, f"U{number:05}", f"U-{number:05}")
    lines = desk.run("people", "list").out.splitlines()
    assert len(lines) == MAX_LISTED + 1
    assert lines[-1] == "There are more; these are the first 500."


def test_what_is_invisible_in_a_name_is_spelled_out(desk: Desk) -> None:
    claim(desk, "U0ALEX", "U-123")
    forged = update(people).where(people.c.id == "U-123").values(name="Alex\nU0EVIL  U-201  Dana Kim\x1b[2J")
    desk.look(lambda connection: connection.execute(forged))
    assert desk.run("people", "list").out == "U0ALEX  U-123  Alex\\nU0EVIL  U-201  Dana Kim\\x1b[2J\n"


def test_who_is_pinned_is_the_only_one_and_the_others_are_told_of(desk: Desk) -> None:
    claim(desk, "U0SAM", "U-456")
    claim(desk, "U0SAM2", "U-456")
    told = desk.run("people", "link", "U0SAM", "U-456")
    assert told.out.splitlines() == [
        "U0SAM is U-456 (Sam Patel) from now on.",
        "U0SAM2 claimed U-456, too, and is nobody now.",
    ]
    assert known(desk) == [Link("U0SAM", "U-456", disputed=False)]


def test_a_user_who_was_another_record_is_that_no_more(desk: Desk) -> None:
    claim(desk, "U0ALEX", "U-456")
    told = desk.run("people", "link", "U0ALEX", "U-123")
    assert "U0ALEX was U-456 until now." in told.out
    assert known(desk) == [Link("U0ALEX", "U-123", disputed=False)]


def test_nobody_is_linked_to_a_record_that_is_not_there(desk: Desk) -> None:
    claim(desk, "U0ALEX", "U-123")
    told = desk.run("people", "link", "U0ALEX", "u-456")
    assert told.code == 1
    assert told.err == "The directory has no u-456. Ids are written as they are there, such as U-123.\n"
    assert known(desk) == [Link("U0ALEX", "U-123", disputed=False)]


def test_an_unlinked_user_is_nobody_until_they_are_found_again(desk: Desk) -> None:
    claim(desk, "U0ALEX", "U-123")
    assert desk.run("people", "unlink", "U0ALEX").code == 0
    assert known(desk) == []
    assert desk.run("people", "unlink", "U0ALEX") == (1, "", "U0ALEX is not linked to anybody.\n")


def test_where_a_dispute_is_left_over_it_says_how_to_end_it(desk: Desk) -> None:
    claim(desk, "U0SAM", "U-456")
    claim(desk, "U0SAM2", "U-456")
    assert "helpdesk people link U0SAM U-456" in desk.run("people", "unlink", "U0SAM2").out
    assert known(desk) == [Link("U0SAM", "U-456", disputed=True)]


@pytest.mark.parametrize("words", [("link", "U0ALEX", "U-123"), ("unlink", "U0ALEX")])
def test_the_log_says_who_changed_what_and_when(desk: Desk, words: tuple[str, ...]) -> None:
    claim(desk, "U0ALEX", "U-123")
    (line,) = desk.run("people", *words).err.splitlines()
    said = json.loads(line)
    assert (said["event"], said["slack_user"], said["record"]) == (f"{words[0]}ed", "U0ALEX", "U-123")
    assert said["by"]
    assert said["timestamp"]


@pytest.mark.parametrize("words", [("people", "link", "U0ALEX", "U-123"), ("people", "unlink", "U0ALEX")])
def test_on_a_terminal_only_the_answer_is_seen(desk: Desk, words: tuple[str, ...]) -> None:
    claim(desk, "U0ALEX", "U-123")
    told = command(*words, "--database-url", desk.url, err=Terminal())
    assert told.out
    assert told.err == ""


def test_whoever_the_bot_never_saw_is_linked_with_a_warning(desk: Desk) -> None:
    warned = "Warning: U0NOBODY never did anything here, as far as the bot knows. Is the id right?"
    told = desk.run("people", "link", "U0NOBODY", "U-123")
    assert (told.code, told.out.splitlines()[1:]) == (0, [warned])
    assert "Warning" not in desk.run("people", "link", "U0NOBODY", "U-123").out


@pytest.mark.parametrize("wrong", ["alex", "@alex", "S0ITADM", "U0alex", "U-123"])
def test_only_an_id_of_a_slack_user_is_taken(desk: Desk, wrong: str) -> None:
    told = desk.run("people", "link", wrong, "U-123")
    assert told.code == 2
    assert "a Slack user has an id like U0ALEX" in told.err
    assert known(desk) == []


def test_a_database_that_is_not_there_or_not_ready_is_told(tmp_path: Path) -> None:
    nowhere = command("people", "list", "--database-url", f"sqlite:///{tmp_path / 'none.db'}")
    assert nowhere.code == 2
    assert "there is no" in nowhere.err
    assert list(tmp_path.iterdir()) == []

    (tmp_path / "empty.db").touch()
    empty = command("people", "list", "--database-url", f"sqlite:///{tmp_path / 'empty.db'}")
    assert empty.code == 2
    assert empty.err.endswith("Run: helpdesk db upgrade\n")

    (tmp_path / "text.db").write_text("this is no database, only some text that is long enough to be read")
    text = command("people", "list", "--database-url", f"sqlite:///{tmp_path / 'text.db'}")
    assert text.code == 2
    assert text.err.startswith(f"DATABASE_URL: {tmp_path / 'text.db'} cannot be used as a helpdesk's database")
