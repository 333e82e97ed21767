"""`helpdesk policy check` and `explain`, as people run them: what is printed, where, and the exit code."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.__main__ import main
from tests.postgres import own_database
from tests.tools.rig import fill

RESET = ("explain", "reset_password", '{"user_id": "U-456"}')


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder without .env, and one approver in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HELPDESK_APPROVERS", "S0ITADM")
    monkeypatch.delenv("POLICY_FILE", raising=False)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def directory(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a database with the demo's people."""
    if request.param == "postgresql":
        with own_database(fill) as url:
            yield url
        return
    url = f"sqlite:///{tmp_path_factory.mktemp('database') / 'people.db'}"
    fill(url)
    yield url


class Terminal:
    """Runs commands and keeps what they print."""

    def __init__(self, read: pytest.CaptureFixture[str]) -> None:
        self._read = read

    def run(self, *words: str) -> tuple[int, str, str]:
        code = main(["policy", *words])
        out, err = self._read.readouterr()
        return code, out, err


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(capsys)


def test_a_good_file_is_fine_and_its_oddities_are_told(terminal: Terminal) -> None:
    Path("p.yml").write_text("version: 1\nallow_self_approval: true\nrules: [{name: r, tool: '*', forbid: No.}]")
    code, out, err = terminal.run("check", "p.yml")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "p.yml is fine: 1 rule",
        "Warning: allow_self_approval is on: people may approve what they ask for. Use it for trials only.",
    ]


SEE = """version: 1
see:
  people: manages_subject
  tickets: '"it-admins" in requester.groups'
"""


def test_what_is_seen_of_others_is_told(terminal: Terminal, directory: str) -> None:
    Path("p.yml").write_text(SEE)
    assert terminal.run("check", "p.yml")[1].splitlines()[1:3] == [
        "In a direct message people see the address, manager and groups of others where manages_subject",
        'In a direct message people see and work on everybody\'s tickets where "it-admins" in requester.groups',
    ]
    asked = ("explain", "lookup_user", '{"user_id": "U-123"}', "--file", "p.yml", "--database-url", directory)
    about = (*asked, "--subject", "U-123", "--requester")
    assert terminal.run(*about, "U-101")[1].splitlines()[-3:-1] == [
        "see.people: matched, so U-101 is shown the address, manager and groups of U-123 in a direct message.",
        "see.tickets: not matched, so U-101 is not shown the tickets of others there.",
    ]
    assert terminal.run(*about, "U-201")[1].splitlines()[-3:-1] == [
        "see.people: not matched, so U-201 is not shown the address, manager and groups of U-123 in a direct message.",
        "see.tickets: matched, so U-201 is shown the tickets of others there.",
    ]
    assert "see." not in terminal.run(*asked)[1], "nobody knows who asks"


def test_a_bad_file_is_told_on_the_error_stream(terminal: Terminal) -> None:
    Path("p.yml").write_text("version: 1\nrules:\n- {name: r, tool: x, forbid: No.}")
    code, out, err = terminal.run("check", "p.yml")
    assert (code, out) == (1, "")
    assert err.startswith("p.yml line 3, rules[0].tool: there is no tool 'x'")
    assert terminal.run("check", "gone.yml") == (2, "", "gone.yml cannot be read: No such file or directory\n")


def test_a_call_is_explained_with_its_rules_and_who_is_asked(terminal: Terminal, directory: str) -> None:
    rules = """[
      {name: boss, tool: reset_password, when: subject.department == "Sales", require: {from: [subject.manager]}},
      {name: trust, tool: reset_password, relax: true, require: {approvals: 0}},
      {name: late, tool: "*", when: tainted, forbid: Not with text from elsewhere.}]"""
    Path("p.yml").write_text(f"version: 1\nrules: {rules}")
    words = (*RESET, "--requester", "U-123", "--file", "p.yml", "--database-url", directory)
    code, out, err = terminal.run(*words)
    assert (code, err) == (0, "")
    assert out.splitlines()[:-1] == [
        "base:high  matched      1 approval from approvers",
        'boss       matched      1 approval from subject.manager  when subject.department == "Sales"',
        "trust      matched      (lowers nothing: a rule that raises counts)  no approval",
        "late       not matched  forbidden: Not with text from elsewhere.  when tainted",
        "",
        "It needs 1 approval, within 24h.",
        "  1 of: subject.manager = U-102",
    ]
    assert "It is refused: Not with text from elsewhere." in terminal.run(*words, "--tainted")[1]


def test_the_subject_may_be_another_than_the_arguments_say(terminal: Terminal, directory: str) -> None:
    out = terminal.run(*RESET, "--subject", "U-301", "--database-url", directory)[1]
    assert "base:critical  matched      (it touches a privileged person or thing)  2 approvals" in out
    assert "  2 of: S0ITADM" in out


def test_what_runs_freely_and_what_nobody_knows_is_said(terminal: Terminal, directory: str) -> None:
    free = ("explain", "unlock_account", '{"user_id": "U-123"}', "--requester", "U-123", "--database-url", directory)
    assert "It runs: no approval is needed." in terminal.run(*free)[1]
    unknown = ("explain", "unlock_account", '{"user_id": "U-999"}', "--database-url", directory)
    assert "It is refused: The person this would touch is not in the directory" in terminal.run(*unknown)[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("explain", "nope", "{}"), "There is no tool of this name. helpdesk tools list"),
        (("explain", "reset_password", "{"), "The arguments do not fit reset_password: "),
        (("explain", "reset_password", '{"user_id": 5}'), "The arguments do not fit reset_password: user_id: "),
        ((*RESET, "--requester", "U-9"), "--requester: nobody in the directory has the id U-9."),
        ((*RESET, "--resource", "x"), "--resource: reset_password touches no thing."),
        ((*RESET, "--file", "gone.yml"), "gone.yml cannot be read"),
    ],
)
def test_a_question_that_makes_no_sense_is_answered_with_a_sentence(
    terminal: Terminal, directory: str, words: tuple[str, ...], said: str
) -> None:
    code, out, err = terminal.run(*words, "--database-url", directory)
    assert (code, out) == (2, "")
    assert err.startswith(said)
    assert err.count("\n") == 1


def test_a_database_that_is_none_is_said_and_not_made(terminal: Terminal) -> None:
    code, _, err = terminal.run(*RESET, "--database-url", "sqlite:///gone.db")
    assert (code, "there is no gone.db" in err, Path("gone.db").exists()) == (2, True, False)
    Path("empty.db").touch()
    code, _, err = terminal.run(*RESET, "--database-url", "sqlite:///empty.db")
    assert (code, err) == (2, "The database has an older schema than this version. Run: helpdesk db upgrade\n")


def test_the_policy_of_the_settings_is_explained_where_no_file_is_named(
    terminal: Terminal, directory: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("set.yml").write_text("version: 1\nrules: [{name: never, tool: '*', forbid: Never.}]")
    monkeypatch.setenv("POLICY_FILE", "set.yml")
    assert "It is refused: Never." in terminal.run(*RESET, "--database-url", directory)[1]
