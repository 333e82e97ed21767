"""Approvals with a code of an authenticator: asked for where it is needed, checked at once, kept nowhere."""

from pathlib import Path
from typing import Any

import pyotp
from pydantic import SecretStr

from bot.run.codes import NO_AUTHENTICATOR, NOTHING_WAITING
from bot.slack.card_words import CONFIRMED
from bot.store import authenticators
from tests.fakes.model import ScriptedModel
from tests.rig import KEY, Helpdesk, helpdesk
from tests.slack.cases import read
from tests.slack.dialogs import asking, carded, looked_from_home, view

SEED = SecretStr("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
STEP_UP = """
version: 1
rules:
  - name: codes
    tool: grant_access
    require: {approvals: 1, from: [approvers], step_up: true}
"""


async def enrol(desk: Helpdesk, user: str, *, confirmed: bool = True) -> None:
    """The user has an authenticator."""

    def write(connection: Any) -> None:
        now = desk.bot.kit.now().timestamp()
        authenticators.enroll(connection, user, SEED, authenticators.seal_of(KEY), now)
        if confirmed:
            authenticators.take(connection, user, 0, confirms=True)

    await desk.bot.database.run(write)


def now_code(desk: Helpdesk) -> str:
    """What the authenticator shows."""
    return pyotp.TOTP(SEED.get_secret_value()).at(desk.bot.kit.now())


async def test_an_approval_with_a_code_counts_and_the_code_is_kept_nowhere(tmp_path: Path) -> None:
    (tmp_path / "policy.yml").write_text(STEP_UP)
    async with helpdesk(tmp_path, asking("Done."), policy_file=tmp_path / "policy.yml") as desk:
        await enrol(desk, "U0DANA")
        await enrol(desk, "U0OMAR")
        thread = await carded(desk)
        await desk.click("U0DANA", desk.card(thread), "approve")
        form, shown = view(desk, "U0DANA"), now_code(desk)
        wrong = "000000" if shown != "000000" else "000001"
        assert "wrong" in (await desk.slack.submit("U0DANA", form.id, {"code": wrong}) or {})["code"]
        assert "decision" not in await desk.kinds(thread)
        assert await desk.slack.submit("U0DANA", form.id, {"code": shown}) is None
        await desk.settle()
        (click,) = [item for item in await desk.items(thread) if item.kind == "click"]
        assert click.stepped_up
        assert (await desk.kinds(thread)).count("tool_start") == 1
        assert shown not in str([item.model_dump() for item in await desk.items(thread)])


async def test_a_code_is_asked_for_under_the_whole_of_a_request_too(tmp_path: Path) -> None:
    (tmp_path / "policy.yml").write_text(STEP_UP)
    async with helpdesk(tmp_path, asking("Done."), policy_file=tmp_path / "policy.yml") as desk:
        await enrol(desk, "U0DANA")
        thread = await carded(desk)
        whole = await looked_from_home(desk, "U0DANA")
        assert await desk.slack.submit("U0DANA", whole.id, {}) is None
        assert [each.payload["callback_id"] for each in desk.slack.views("U0DANA")] == [
            "approval.view",
            "approval.confirm",
        ]
        assert "decision" not in await desk.kinds(thread)
        assert await desk.slack.submit("U0DANA", view(desk, "U0DANA").id, {"code": now_code(desk)}) is None
        assert desk.slack.views("U0DANA") == []
        await desk.settle()
        assert "*Approved* by <@U0DANA>" in read(desk.card(thread).blocks or [])


async def test_who_has_no_authenticator_is_told_how_to_get_one(tmp_path: Path) -> None:
    (tmp_path / "policy.yml").write_text(STEP_UP)
    async with helpdesk(tmp_path, asking(), policy_file=tmp_path / "policy.yml") as desk:
        await enrol(desk, "U0OMAR")
        thread = await carded(desk)
        await desk.click("U0DANA", desk.card(thread), "approve")
        told = await desk.slack.submit("U0DANA", view(desk, "U0DANA").id, {"code": "123456"})
        assert told == {"code": NO_AUTHENTICATOR.format(user="U0DANA")}


async def test_a_new_authenticator_is_confirmed_with_its_first_code(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel()) as desk:
        await desk.slack.command("U0DANA", "C0IT", "/helpdesk", "authenticator")
        assert desk.slack.ephemerals("U0DANA")[-1].text == NOTHING_WAITING
        await enrol(desk, "U0DANA", confirmed=False)
        await desk.slack.command("U0DANA", "C0IT", "/helpdesk", "authenticator")
        form = view(desk, "U0DANA")
        assert (await desk.slack.submit("U0DANA", form.id, {"code": "12"}) or {}).keys() == {"code"}
        assert await desk.slack.submit("U0DANA", form.id, {"code": now_code(desk)}) is None
        assert CONFIRMED in read(view(desk, "U0DANA").payload["blocks"])
