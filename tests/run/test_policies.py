"""The policy in force is the one at the start of a call; another one than before is told, and never lets more run."""

from pathlib import Path

import pytest

from bot.errors import ConfigError
from tests.fakes.model import ScriptedModel, call, say
from tests.rig import Helpdesk, helpdesk, is_card

TWO = "version: 1\nrules:\n  - name: two\n    tool: reset_password\n    require: {approvals: 2}\n"
NONE = "version: 1\nrules:\n  - name: free\n    tool: reset_password\n    relax: true\n    require: {approvals: 0}\n"


def policy(folder: Path, text: str) -> Path:
    file = folder / "policy.yml"
    file.write_text(text)
    return file


def reset() -> ScriptedModel:
    return ScriptedModel([call("reset_password", user_id="U-456"), say("It is done.")])


def cards(desk: Helpdesk, thread: str) -> list[str]:
    return [each.text for each in desk.slack.thread("C0IT", thread) if is_card(each)]


async def test_a_tightened_policy_asks_anew_what_was_asked_with_less(tmp_path: Path) -> None:
    model = reset()
    async with helpdesk(tmp_path, model) as desk:
        thread = await desk.say("U0ALEX", "reset Sam")
        await desk.settle()
        slack = desk.slack
    async with helpdesk(tmp_path, model, slack=slack, policy_file=policy(tmp_path, TWO)) as desk:
        await desk.click("U0DANA", desk.card(thread), "approve")
        await desk.settle()
        assert "tool_start" not in await desk.kinds(thread)
        old, new = [each for each in desk.slack.thread("C0IT", thread) if is_card(each)]
        assert "takes its place" in str(old.blocks)
        for user in ("U0DANA", "U0OMAR"):
            assert "tool_start" not in await desk.kinds(thread)
            await desk.click(user, new, "approve")
            await desk.settle()
        assert (await desk.kinds(thread)).count("tool_start") == 1


async def test_a_loosened_policy_changes_nothing_for_what_waits(tmp_path: Path) -> None:
    model = reset()
    async with helpdesk(tmp_path, model, policy_file=policy(tmp_path, TWO)) as desk:
        thread = await desk.say("U0ALEX", "reset Sam")
        await desk.settle()
        slack = desk.slack
    async with helpdesk(tmp_path, model, slack=slack, policy_file=policy(tmp_path, NONE)) as desk:
        await desk.click("U0DANA", desk.card(thread), "approve")
        await desk.settle()
        assert "tool_start" not in await desk.kinds(thread), "it was asked with two"
        await desk.click("U0OMAR", desk.card(thread), "approve")
        await desk.settle()
        assert (await desk.kinds(thread)).count("tool_start") == 1


async def test_another_policy_is_in_the_trail_and_told_where_approvals_are(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel(), approval_channel="C0APPROVE") as desk:
        await desk.settle()
        assert desk.slack.messages("C0APPROVE") == [], "a first policy is no change"
        slack = desk.slack
    for _ in range(2):
        file = policy(tmp_path, TWO)
        async with helpdesk(
            tmp_path, ScriptedModel(), slack=slack, approval_channel="C0APPROVE", policy_file=file
        ) as desk:
            await desk.settle()
            house = await desk.items("0", "house")
            assert [item.kind for item in house] == ["opened", "policy_changed", "policy_changed"]
            (told,) = desk.slack.messages("C0APPROVE")
            assert "policy" in str(told.blocks).lower()
            assert "two" in str(told.blocks)


async def test_a_policy_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    file = policy(tmp_path, TWO.replace("reset_password", "reset_pasword"))
    with pytest.raises(ConfigError, match=r"policy.yml line 4.*reset_pasword"):
        async with helpdesk(tmp_path, ScriptedModel(), policy_file=file):
            pass
