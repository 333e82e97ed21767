"""A case that is written wrongly is told in sentences that name the file and the field."""

from pathlib import Path

import pytest

from bot.errors import ConfigError
from bot.eval.reading import SHIPPED, read_cases

STEP = "steps:\n  - {who: alex, says: hello}\n"
GOOD = f"about: It answers.\n{STEP}expect: {{answers: 1}}\n"


def wrong(folder: Path, text: str, name: str = "a-case.yml") -> str:
    """What is told of the case."""
    (folder / name).write_text(text)
    with pytest.raises(ConfigError) as told:
        read_cases(folder)
    return str(told.value)


def test_a_case_has_the_name_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "a-case.yml").write_text(GOOD)
    (case,) = read_cases(tmp_path)
    assert (case.name, case.where, case.steps[0].says) == ("a-case", "channel", "hello")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (STEP + "expect: {answers: 1}", "about: is missing"),
        (GOOD + "pepople: x", "pepople: is no key that is known here"),
        (f"about: x\n{STEP}", "expect: says nothing, so the case could not fail"),
        ("about: x\nsteps: []\nexpect: {answers: 1}", "steps: is empty"),
        ("about: x\nsteps: [{after: 1h}]\nexpect: {answers: 1}", "steps: the first one says something"),
        (GOOD.replace("alex", "nobody"), "steps 1 who: names nobody; there are alex, maria, dana"),
        (GOOD.replace("hello", "4"), "steps 1 says: should be a valid string"),
        (GOOD.replace("says: hello", "says: hello, edits: x"), "steps 1: takes exactly one of says, presses"),
        (GOOD.replace("{who: alex, says", "{says"), "steps 1: who: says who does it"),
        (GOOD.replace("says: hello", "presses: approve"), "steps 1: card: names the tool whose card it is"),
        (GOOD.replace("says: hello", "says: hello, reason: x"), "steps 1: reason: is what deny takes"),
        (GOOD.replace("says: hello", "presses: approve, on: reset_password"), "YAML takes on, off, yes and no"),
        (GOOD.replace("hello}", "hello}\n  - {after: soon}"), "steps 2 after: takes a length of time such as 30m"),
        (GOOD.replace("answers: 1", "calls: [{tool: resett}]"), "expect calls 1 tool 1: names no tool: resett"),
        (GOOD.replace("answers: 1", "text: [{contains: a, where: here}]"), "where: takes thread, channels, everywhere"),
        (GOOD.replace("answers: 1", "text: [{where: sam}]"), "expect text 1: takes contains, lacks or matches"),
        (GOOD.replace("answers: 1", "text: [{matches: '('}]"), "matches: is no regular expression"),
        (GOOD.replace("answers: 1", "requests: [{tool: wipe_device, verdict: yes}]"), "requests 1 verdict: "),
        (GOOD + "broken: {wifi: down}", "broken wifi"),
        ("- a list", "takes fields such as about, steps and expect"),
        ("about: [", "cannot be read as YAML"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, told: str) -> None:
    said = wrong(tmp_path, text)
    assert said.startswith("a-case.yml: ")
    assert told in said
    assert said.endswith(".")


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "first.yml").write_text("about: 1")
    assert {line.split(":")[0] for line in wrong(tmp_path, "about: 2").splitlines()} == {"first.yml", "a-case.yml"}


@pytest.mark.parametrize("name", ["A_Case.yml", "a case.yml"])
def test_names_are_such_as_files_and_reports_take_everywhere(tmp_path: Path, name: str) -> None:
    assert "small letters, digits and hyphens" in wrong(tmp_path, GOOD, name)


def test_a_name_is_given_once(tmp_path: Path) -> None:
    (tmp_path / "a-case.yaml").write_text(GOOD)
    assert "two cases of one name: a-case" in wrong(tmp_path, GOOD)


def test_a_folder_without_cases_is_no_success(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "not-there"):
        with pytest.raises(ConfigError, match=str(folder)):
            read_cases(folder)


def test_at_least_twenty_are_shipped_and_cover_what_is_promised() -> None:
    names = {case.name for case in read_cases(SHIPPED)}
    assert len(names) >= 20
    promised = {"late-result", "never-mind", "injection-in-article", "two-people-one-thread", "no-self-approval"}
    assert promised | {"wifi-then-vpn"} <= names
