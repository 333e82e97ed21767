"""Reports: Markdown for people, in which nothing that was said is markup, and JUnit XML that any reader takes."""

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from bot.eval.case import Case
from bot.eval.junit import junit
from bot.eval.play import Played
from bot.eval.report import markdown
from bot.eval.result import Result, Run


def result(name: str, *problems: str, transcript: str = "alex: hello") -> Result:
    case = Case.model_validate(
        {"name": name, "about": "It answers.", "steps": [{"who": "alex", "says": "hello"}], "expect": {"answers": 1}}
    )
    return Result(case, Played([*problems], [transcript], calls=3, seconds=1.5), 2, (100, 20), "some-model")


def test_the_markdown_names_every_case_and_why_one_failed() -> None:
    told = markdown(Run((result("good"), result("bad", "reset_password ran.")), "live", "helpdesk-9", offline=False))
    assert "1 of 2 cases passed. Failed: bad." in told
    assert "Prompt: helpdesk-9. Model: some-model." in told
    assert "| good | passed | 3 | 2 | 100, 20 | 1.5 |" in told
    assert "| bad | **failed** |" in told
    assert "## bad\n\nIt answers.\n\n- reset\\_password ran.\n" in told
    assert "## good" not in told
    assert "alex: hello" in told


def test_it_says_whose_words_were_judged() -> None:
    cases = (result("good"),)
    assert "offline stand-in, because neither OPENAI_API_KEY nor" in markdown(
        Run(cases, "live", "helpdesk-9", offline=True)
    )
    assert "Replayed from recordings of some-model, prompt helpdesk-9; no model was asked." in markdown(
        Run(cases, "replay", "helpdesk-9", offline=True)
    )


def test_junit_counts_and_names_what_failed() -> None:
    run = Run((result("good"), result("bad", "First.", "Second.")), "replay", "helpdesk-9", offline=False)
    root = ET.fromstring(junit(run))  # noqa: S314 -- our own
    (suite,) = root
    assert (root.tag, suite.tag) == ("testsuites", "testsuite")
    assert (suite.attrib["tests"], suite.attrib["failures"], suite.attrib["errors"]) == ("2", "1", "0")
    good, bad = suite.findall("testcase")
    assert (good.attrib["name"], good.attrib["time"], len(good)) == ("good", "1.500", 0)
    failure = bad.find("failure")
    assert failure is not None
    assert (failure.attrib["message"], failure.text) == ("First.", "First.\nSecond.")


@given(st.text())
def test_whatever_was_said_the_xml_can_be_read_and_the_markdown_is_one_block(said: str) -> None:
    run = Run((result("bad", said or "x", transcript=said.replace("\n", " ")),), "live", "helpdesk-9", offline=False)
    assert ET.fromstring(junit(run)).find(".//failure") is not None  # noqa: S314 -- our own
    head, _, _ = markdown(run).partition("`" * 10)
    (problem,) = [line for line in head.splitlines() if line.startswith("- ")] or ["- "]
    assert "<" not in problem.replace("\\<", "")
