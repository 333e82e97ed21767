"""What a turn costs others, counted: neither may grow unnoticed. Times are for `python -m tests.bench`."""

from pathlib import Path

import pytest

from tests.bench.commits import Commits
from tests.fakes.model import ScriptedModel, call, say
from tests.rig import Helpdesk, helpdesk


def one_tool_call() -> ScriptedModel:
    """After a first hello, by which the person is known from then on."""
    return ScriptedModel([say("Hello."), call("search_kb", query="wifi"), say("Forget the network.")])


async def known(desk: Helpdesk) -> None:
    await desk.say("U0ALEX", "hello")
    await desk.settle()


@pytest.mark.sqlite
async def test_an_answer_with_a_tool_call_takes_at_most_five_commits(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, one_tool_call()) as desk:
        await known(desk)
        commits = Commits(desk.bot.database.engine)
        await desk.say("U0ALEX", "my wifi is down")
        await desk.settle()
        before_the_answer = len(commits.writes) - 2  # the last two note that Slack shows it, and that we are at rest
        assert before_the_answer <= 5


async def test_a_short_answer_takes_at_most_three_calls_of_slack(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, one_tool_call()) as desk:
        await known(desk)
        before = len(desk.slack.calls)
        await desk.say("U0ALEX", "my wifi is down")
        await desk.settle()
        calls = [method for method, _ in desk.slack.calls[before:]]
        assert "chat.postMessage" in calls
        assert len(calls) <= 3
