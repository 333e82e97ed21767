"""Who approves a one-time link is asked how they made sure of the person, and the person's manager hears of it."""

from pathlib import Path
from typing import Any

from bot.core import words
from bot.model.demo import DemoModel
from bot.playground.messages import elements
from bot.slack.verified import ACTION
from tests.rig import Helpdesk, helpdesk
from tests.slack.cases import read
from tests.slack.dialogs import asking, carded, looked_from_home, view
from tests.slack.test_codes import enrol, now_code
from tests.slack.test_secrets import RESET

NEEDED = """
version: 1
rules:
  - name: made-sure
    tool: [reset_password, grant_access]
    require: {approvals: 1, from: [approvers], verified: true}
"""
ASKED = "*How did you make sure, outside of Slack, that Sam Patel wants this?*"


def place(desk: Helpdesk, thread: str) -> str:
    """The block of the card in which one chooses."""
    (block,) = [each for each, part in elements(desk.card(thread).blocks) if part["action_id"] == ACTION]
    return block


async def asked_for_a_reset(desk: Helpdesk) -> str:
    thread = await desk.say("U0ALEX", RESET)
    await desk.settle()
    return thread


async def decisions(desk: Helpdesk, thread: str) -> list[Any]:
    await desk.settle()
    return [item for item in await desk.items(thread) if item.kind == "decision"]


async def test_what_an_approver_says_is_kept_and_stands_on_the_card(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk:
        thread = await asked_for_a_reset(desk)
        card = desk.card(thread)
        assert ASKED in read(card.blocks or [])
        await desk.slack.click("U0DANA", card.channel, card.ts, ACTION, value="called")
        assert await decisions(desk, thread) == []
        await desk.click("U0DANA", card, "approve", values={place(desk, thread): {ACTION: "called"}})
        (vote,) = await decisions(desk, thread)
        assert vote.verified == "called"
        closed = read(desk.card(thread).blocks or [])
        assert "<@U0DANA>, how they made sure: called a number we have" in closed
        assert ASKED not in closed


async def test_whoever_does_not_say_is_named_so(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk:
        thread = await asked_for_a_reset(desk)
        await desk.click("U0DANA", desk.card(thread), "approve")
        (vote,) = await decisions(desk, thread)
        assert vote.verified is None
        assert "<@U0DANA>, how they made sure: did not say" in read(desk.card(thread).blocks or [])


async def test_other_calls_ask_nothing_of_the_kind(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, asking()) as desk:
        assert "outside of Slack" not in read(desk.card(await carded(desk)).blocks or [])


async def test_where_a_rule_wants_it_no_approval_counts_without(tmp_path: Path) -> None:
    (tmp_path / "policy.yml").write_text(NEEDED)
    async with helpdesk(tmp_path, asking("Done."), policy_file=tmp_path / "policy.yml") as desk:
        thread = await carded(desk)
        assert "Approving needs an answer." in read(desk.card(thread).blocks or [])
        await desk.click("U0DANA", desk.card(thread), "approve")
        await desk.settle()
        assert desk.slack.ephemerals("U0DANA")[-1].text == words.NOT_VERIFIED
        for forged in ("", "god"):
            said = {"state": {"values": {place(desk, thread): {ACTION: {"selected_option": {"value": forged}}}}}}
            assert await desk.stale_click("U0DANA", desk.card(thread), "approve", forged=said) == 200
        assert await decisions(desk, thread) == []
        await desk.click("U0DANA", desk.card(thread), "approve", values={place(desk, thread): {ACTION: "met"}})
        (vote,) = await decisions(desk, thread)
        assert (vote.actor, vote.verified) == ("U0DANA", "met")


async def test_a_denial_counts_without(tmp_path: Path) -> None:
    (tmp_path / "policy.yml").write_text(NEEDED)
    async with helpdesk(tmp_path, asking("IT said no."), policy_file=tmp_path / "policy.yml") as desk:
        thread = await carded(desk)
        await desk.deny("U0DANA", desk.card(thread), "That is not Sam.")
        (vote,) = await decisions(desk, thread)
        assert vote.verdict == "deny"


async def test_what_was_chosen_goes_with_the_code_and_with_the_whole_of_a_request(tmp_path: Path) -> None:
    (tmp_path / "policy.yml").write_text(NEEDED.replace("verified: true", "verified: true, step_up: true"))
    async with helpdesk(tmp_path, asking("Done."), policy_file=tmp_path / "policy.yml") as desk:
        await enrol(desk, "U0DANA")
        thread = await carded(desk)
        whole = await looked_from_home(desk, "U0DANA")
        assert ASKED in read(whole.payload["blocks"])
        assert await desk.slack.submit("U0DANA", whole.id, {place(desk, thread): {ACTION: "vouched"}}) is None
        assert await desk.slack.submit("U0DANA", view(desk, "U0DANA").id, {"code": now_code(desk)}) is None
        (vote,) = await decisions(desk, thread)
        assert (vote.verified, vote.verdict) == ("vouched", "approve")


async def test_the_manager_hears_of_a_new_password_and_sees_no_link(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk:
        thread = await asked_for_a_reset(desk)
        assert desk.slack.messages("D0PETER") == []
        await desk.click("U0DANA", desk.card(thread), "approve")
        await desk.settle()
        (told,) = desk.slack.messages("D0PETER")
        assert read(told.blocks or []).startswith("*A new password for Sam Patel (U-456)*: <@U0ALEX> asked for it")
        assert "token=" not in str(told)
