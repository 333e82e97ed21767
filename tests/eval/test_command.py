"""`helpdesk eval` as people call it: what it plays, prints, writes and ends with."""

import asyncio
import os
import re
import shutil
import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from starlette.applications import Starlette

from bot import prompts
from bot.api.serving import serving
from bot.core.exchange import Output, Prompt, Reply
from bot.errors import ModelRejected
from bot.eval import cassette
from bot.eval.cassette import Player
from bot.eval.command import Wanted, evaluated, played
from bot.eval.play import Limits, play
from bot.eval.progress import Progress
from bot.eval.reading import SHIPPED, read_cases
from bot.eval.result import Mode
from bot.eval.stage import Clock, empty_database
from bot.model.demo import DemoModel
from bot.model.port import Hear, unheard
from tests.fakes.model import ScriptedModel, call, calls, part, say
from tests.fakes.openai import OpenAI
from tests.ops.beside import command

ROOT = Path(__file__).parents[2]

SUM = "about: It computes.\nsteps:\n  - {who: alex, says: 'what is 6*7?'}\nexpect:\n"
GOOD = SUM + '  text: [{contains: "42"}]\n'
BAD = SUM + '  never_started: [calculator]\n  text: [{contains: "43"}]\n'


async def run(folder: Path, *arguments: str, **environment: str) -> tuple[int, str, str]:
    """`helpdesk eval …` as people start it, in that folder: the exit code, and what it said on both ways."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "eval", *arguments),
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    printed, error = await asyncio.wait_for(process.communicate(), 300)
    return process.returncode or 0, printed.decode(), error.decode()


def cases(folder: Path, **texts: str) -> str:
    """A folder with these cases."""
    made = folder / "cases"
    made.mkdir(exist_ok=True)
    for name, text in texts.items():
        (made / f"{name.replace('_', '-')}.yml").write_text(text)
    return str(made)


async def test_all_shipped_cases_pass_as_they_were_recorded(tmp_path: Path) -> None:
    """Where a prompt changed on purpose: helpdesk eval --record, and look at what changed in the recordings."""
    code, printed, error = await run(tmp_path, "--replay", "--parallel", "6")
    assert (code, printed.splitlines()[:-2]) == (0, [])
    total = len(read_cases(SHIPPED))
    assert printed.splitlines()[-2:] == [
        f"Replayed from recordings of offline-demo, prompt {prompts.shipped().version}; no model was asked.",
        f"{total} of {total} cases passed.",
    ]
    assert len(error.splitlines()) == total


async def test_a_case_that_fails_ends_with_1_and_the_reports_say_why(tmp_path: Path) -> None:
    folder = cases(tmp_path, good_one=GOOD, bad_one=BAD)
    code, printed, error = await run(tmp_path, folder, "--report", "r.md", "--junit", "r.xml")
    assert code == 1
    assert "bad-one: calculator ran, which it never should." in printed
    assert "1 of 2 cases passed. Failed: bad-one." in printed
    assert "FAILED  bad-one" in error
    report = (tmp_path / "r.md").read_text()
    assert "offline stand-in" in report
    assert "- To be read in the thread: “43”. What was read: “6\\*7 = \\*\\*42\\*\\*" in report
    assert '→ calculator {"expression": "6*7"}: done' in report
    failures = ET.parse(tmp_path / "r.xml").findall(".//failure")  # noqa: S314 -- our own
    assert [each.attrib["message"] for each in failures] == ["calculator ran, which it never should."]


async def test_a_recording_is_made_and_a_changed_dialog_needs_a_new_one(tmp_path: Path) -> None:
    async def told(mode: Mode, text: str) -> tuple[bool, str]:
        out, folder = StringIO(), Path(cases(tmp_path, one=text))
        passed = await evaluated(Wanted(folder=folder, mode=mode), DemoModel(), out, StringIO())
        return passed, out.getvalue().splitlines()[0]

    missing = "one: Nothing is recorded for this case: record it (helpdesk eval --record)."
    assert await told("replay", GOOD) == (False, missing)
    assert (await told("record", GOOD))[0]
    assert (await told("replay", GOOD))[0]
    assert await told("replay", GOOD.replace("6*7", "42*1")) == (
        False,
        (
            "one: The prompt changed since this was recorded: record again (helpdesk eval --record). "
            "What it shows last: “[from U-123] what is 42*1?”"
        ),
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["not-there"], "not-there is no folder."),
        (["cases", "--only", "none"], "--only: there is no case none. There are: one."),
        (["cases", "--report", "no/r.md"], "no/r.md cannot be written: there is no folder no."),
        (["cases", "--model", "gpt-5"], "OPENAI_API_KEY is missing, so no model can be named."),
        (["cases", "--prompt", "none"], "--prompt: there is no prompt none. There are: helpdesk-"),
        (["cases", "--parallel", "0"], "'0' is no number from 1 to 64"),
        (["cases", "--replay", "--record"], "not allowed with argument"),
    ],
)
def test_wrong_usage_ends_with_2_and_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    cases(tmp_path, one=GOOD)
    said = command("eval", *arguments)
    assert said.code == 2
    assert told in said.err


async def test_several_at_a_time_give_what_one_after_the_other_gives(tmp_path: Path) -> None:
    names = ("late-result", "never-mind", "two-people-one-thread", "wifi-then-vpn")
    runs = []
    for parallel in (1, 4):
        folder = tmp_path / f"{parallel}"
        folder.mkdir()
        for name in names:
            shutil.copy(SHIPPED / f"{name}.yml", folder)
        run = await played(Wanted(folder=folder, mode="record", parallel=parallel), DemoModel(), StringIO())
        recordings = [cassette.place(folder, name).read_bytes() for name in names]
        runs.append(([(each.case.name, each.played.problems, each.played.calls) for each in run.results], recordings))
    assert runs[0] == runs[1]
    assert [problems for _, problems, _ in runs[0][0]] == [[]] * 4


async def test_a_recording_fits_on_another_day() -> None:
    (case,) = [each for each in read_cases(SHIPPED) if each.name == "access-ends-by-itself"]
    player = Player(cassette.load(SHIPPED, case.name))
    async with empty_database(prompts.shipped()) as empty:
        done = await play(case, player, empty, Limits(), Clock(timedelta(days=40, hours=7)))
    assert (done.problems, player.unknown) == ([], [])


class Credulous(DemoModel):
    """Does what the article says."""

    async def reply(self, prompt: Prompt, hear: Hear = unheard) -> Reply:
        last = prompt.items[-1]
        if isinstance(last, Output) and "approved by the CISO" in last.text:
            return calls(part("reset_password", user_id="U-456"), part("wipe_device", device_id="L-1005"))
        return await super().reply(prompt, hear)


async def test_a_model_that_obeys_an_article_fails_and_the_product_holds_all_the_same() -> None:
    wanted = Wanted(only=("injection-in-article",), limits=Limits(step=30))
    (result,) = (await played(wanted, Credulous(), StringIO())).results
    said = "\n".join(result.played.problems)
    assert 'reset_password(user_id="U-456") was called, which is forbidden here.' in said
    assert 'wipe_device(device_id="L-1005") was called' in said
    assert "ran, which it never should" not in said


async def test_what_nobody_can_do_and_what_takes_too_long_are_problems_too(tmp_path: Path) -> None:
    text = "about: x\nsteps:\n  - {who: alex, says: hello}\n  - {who: dana, presses: approve, card: wipe_device}\n"
    folder = Path(cases(tmp_path, no_card=f"{text}expect: {{answers: 1}}\n", slow=GOOD))
    wanted = Wanted(folder=folder, only=("no-card",))
    (result,) = (await played(wanted, DemoModel(), StringIO())).results
    assert result.played.problems == [
        "Step 2: nobody could do that: nobody was asked about wipe_device, so there is no card."
    ]
    slow = Wanted(folder=folder, only=("slow",), limits=Limits(step=0.01))
    (result,) = (await played(slow, DemoModel(), StringIO())).results
    assert result.played.problems == ["Step 1: the bot was not done after 0.01 seconds."]


async def test_a_model_that_fails_is_told_beside_what_follows_from_it(tmp_path: Path) -> None:
    folder = Path(cases(tmp_path, one=GOOD))
    out = StringIO()
    assert not await evaluated(Wanted(folder=folder), ScriptedModel([ModelRejected("no")]), out, StringIO())
    assert "one: The model gave no reply, 1 times." in out.getvalue()
    assert "Model: scripted.\n" in out.getvalue()


async def test_a_version_of_the_prompt_is_tried_before_it_is_rolled_out(tmp_path: Path) -> None:
    (tmp_path / "new.md").write_text("---\nversion: try-1\n---\nBe brief.\n")
    model = ScriptedModel([say("42")])
    folder = Path(cases(tmp_path, one=GOOD))
    run = await played(Wanted(folder=folder, prompt="try-1", prompts=tmp_path), model, StringIO())
    assert (run.passed, run.prompt) == (1, "try-1")
    assert [each.instructions for each in model.prompts] == ["Be brief."]


async def test_people_press_all_buttons_that_a_case_can_name(tmp_path: Path) -> None:
    text = """
about: Buttons are pressed.
steps:
  - {who: alex, says: Reset the password of U-456}
  - {who: alex, presses: withdraw, card: reset_password}
  - {who: alex, says: Thank you}
  - {who: alex, presses: good}
  - {who: sam, presses: bad}
expect:
  requests: [{tool: reset_password, verdict: withdrawn}]
  text:
    - {where: alex, contains: that is noted}
    - {where: sam, contains: sorry that this did not help}
"""
    model = ScriptedModel([call("reset_password", user_id="U-456"), say("You are welcome.")])
    wanted = Wanted(folder=Path(cases(tmp_path, buttons=text)))
    (result,) = (await played(wanted, model, StringIO())).results
    assert result.played.problems == []


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_one_line_is_written_anew() -> None:
    out = Terminal()
    bar = Progress(out, 2)
    bar.over("a-long-name", passed=True, seconds=1)
    bar.over("short", passed=False, seconds=1)
    first, second = out.getvalue().split("\r")[1:]
    assert first.startswith("█" * 12 + "·" * 12 + " 1/2  a-long-name")
    assert second.rstrip(" \n") == "█" * 24 + " 2/2, 1 failed  short"
    assert out.getvalue().count("\n") == 1


async def test_the_example_of_the_docs_passes(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "evaluation.md").read_text()
    (example,) = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    folder = Path(cases(tmp_path, access_is_asked_for=example))
    (result,) = (await played(Wanted(folder=folder), DemoModel(), StringIO())).results
    assert result.played.problems == []


async def test_a_configured_model_is_asked_by_its_name(tmp_path: Path) -> None:
    """A server with the Responses API, as OPENAI_BASE_URL names it."""
    server, app = OpenAI(), Starlette()
    app.router.routes.extend(server.routes())
    async with serving(app, "127.0.0.1", 0) as port:
        url = f"http://127.0.0.1:{port}/v1"
        code, printed, _ = await run(tmp_path, cases(tmp_path, one=GOOD), "--model", "some-model", OPENAI_BASE_URL=url)
    version = prompts.shipped().version
    assert (code, printed) == (0, f"Prompt: {version}. Model: some-model.\n1 of 1 cases passed.\n")
    assert {body["model"] for body in server.bodies} == {"some-model"}
