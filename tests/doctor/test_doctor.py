"""The doctor in real surroundings: a local Slack, a model server, files on the disk. It finds what is wrong, says what
to do, and never quotes a secret."""

import re
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.doctor import model
from bot.doctor.findings import good, told
from bot.slack.install import SCOPES
from tests.doctor.patient import KEY, Patient
from tests.waiting import until


async def test_a_running_bot_is_well(patient: Patient) -> None:
    process = await patient.world.run()
    await patient.world.slack.say("U0ALEX", "C0IT", "<@U0BOT> what is 6*7?")
    await until(lambda: patient.world.model.bodies)
    found = await patient.findings()
    assert [each["what"] for each in found if each["state"] == "wrong"] == []
    said = " ".join(each["what"] for each in found if each["state"] == "good")
    for well in ("all scopes", "The clocks agree", "2 people can approve", "answered after", "Slack was heard lately"):
        assert well in said
    process.terminate()
    await process.wait()


async def test_wrong_settings_are_each_named(patient: Patient) -> None:
    patient.set(HELPDESK_SECRET_KEY="hunter2", SLACK_APP_TOKEN="hunter2")
    said = await patient.told("settings", "wrong")
    assert "HELPDESK_SECRET_KEY takes 32 characters" in said
    assert "SLACK_APP_TOKEN takes an app-level token" in said


async def test_a_token_that_slack_refuses(patient: Patient) -> None:
    patient.set(SLACK_BOT_TOKEN="xoxb-hunter2")
    assert await patient.told("Slack", "wrong") == "SLACK_BOT_TOKEN does not work: invalid_auth"
    assert "could not be looked up" in await patient.told("approvers", "warning")


async def test_too_few_scopes_are_wrong_and_too_many_a_warning(patient: Patient) -> None:
    patient.world.slack.say_scopes(*(each for each in SCOPES if each != "users:read.email"), "admin")
    assert await patient.told("Slack", "wrong") == "The bot's token lacks scopes: users:read.email."
    assert "nothing needs: admin." in await patient.told("Slack", "warning")


async def test_clocks_that_are_apart(patient: Patient) -> None:
    assert re.search("clock and Slack's are 1[0-9]{2} seconds apart", await patient.told("Slack", "wrong", skew=150))


async def test_a_channel_that_the_bot_is_not_in(patient: Patient) -> None:
    patient.set(HELPDESK_APPROVAL_CHANNEL="C0NOWHERE", HELPDESK_HUMANS="C0APPROVE")
    assert "cannot use the channel C0NOWHERE: channel_not_found" in await patient.told("Slack", "wrong")
    assert "is in the channel C0APPROVE" in await patient.told("Slack", "good")


@pytest.mark.parametrize(
    ("approvers", "state", "said"),
    [
        ("U0NOBODY", "wrong", "Nobody can approve."),
        ("U0GIL", "wrong", "Nobody can approve."),
        ("U0DANA", "warning", "One person can approve."),
        ("U0DANA,S0EMPTY", "warning", "S0EMPTY is nobody who can approve."),
        ("S0ITADM", "good", "2 people can approve."),
    ],
)
async def test_approvers_are_counted_as_slack_knows_them(
    patient: Patient, approvers: str, state: str, said: str
) -> None:
    patient.set(HELPDESK_APPROVERS=approvers)
    assert said in await patient.told("approvers", state)


async def test_who_needs_an_authenticator_is_named(patient: Patient, tmp_path: Path) -> None:
    process = await patient.world.run()
    (tmp_path / "policy.yml").write_text(
        "version: 1\nrules:\n  - {name: codes, tool: grant_access, require: {step_up: true}}\n"
    )
    patient.set(POLICY_FILE="policy.yml")
    assert "Without an authenticator: U0DANA, U0OMAR." in await patient.told("approvers", "warning")
    process.terminate()
    await process.wait()


async def test_a_policy_that_is_wrong_and_one_that_is_lax(patient: Patient, tmp_path: Path) -> None:
    (tmp_path / "policy.yml").write_text("version: 2\n")
    patient.set(POLICY_FILE="policy.yml")
    assert "policy.yml" in await patient.told("policy", "wrong", offline=True)
    (tmp_path / "policy.yml").write_text("version: 1\nallow_self_approval: true\n")
    assert "allow_self_approval is on" in await patient.told("policy", "warning", offline=True)


async def test_files_that_others_can_read(patient: Patient, tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text(KEY)
    (tmp_path / ".env").write_text("LOG_LEVEL=INFO\n")
    patient.set(HELPDESK_SECRET_KEY="", HELPDESK_SECRET_KEY_FILE=str(secret))
    for file, mode in ((secret, 0o600), (tmp_path / ".env", 0o644)):
        file.chmod(mode)
    assert await patient.told("machine", "wrong", offline=True) == "Others on this machine can read or change .env."
    (tmp_path / ".env").chmod(0o600)
    assert f"Nobody else reads .env, {secret}" in await patient.told("machine", "good", offline=True)


async def test_a_model_that_does_not_answer(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    patient.world.model.broke = True
    assert "does not answer" in await patient.told("model", "wrong")
    monkeypatch.setattr(model, "LIMIT", 0.0)
    assert "did not answer within 0 seconds" in await patient.told("model", "wrong")


async def test_a_database_that_is_not_there_or_stands_still(patient: Patient) -> None:
    assert "There is no helpdesk.db yet." in await patient.told("database", "warning", offline=True)
    process = await patient.world.run()
    freeze = await patient.world.command("freeze", "--wait", "0", "--tenant", "T0DEMO")
    assert await freeze.wait() == 0
    said = await patient.told("database", "warning", offline=True)
    assert "Everything above low risk stands still." in said
    assert "Nothing was heard from Slack yet." not in said, "the switch came by the same way"
    process.terminate()
    await process.wait()


async def test_people_read_lines_and_the_exit_code_tells(patient: Patient) -> None:
    process = await patient.world.command("doctor", "--offline")
    said = (await process.communicate())[0].decode()
    assert process.returncode == 0
    assert "\ndatabase\n  warning  There is no helpdesk.db yet.\n             why: " in said
    process = await patient.world.command("doctor", "--offline", SLACK_BOT_TOKEN=None)
    said = (await process.communicate())[0].decode()
    assert process.returncode == 1
    assert said.startswith("settings\n  WRONG    SLACK_BOT_TOKEN is missing.")


async def test_a_slack_or_a_database_that_is_away(patient: Patient) -> None:
    patient.set(SLACK_API_URL="http://127.0.0.1:9/api/", DATABASE_URL="postgresql://u:hunter2@127.0.0.1:9/none")
    found = await patient.findings()
    wrong = {each["about"]: each["what"] for each in found if each["state"] == "wrong"}
    assert wrong["Slack"].startswith("Slack does not answer at http://127.0.0.1:9/api/")
    assert "does not answer" in wrong["database"]


async def test_an_answer_that_is_none_of_slacks_hides_nothing_else(patient: Patient) -> None:
    """Given who answers in Slack's place, with orders to terminals and without what its answers hold."""

    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"ok": True, "url": "\x1b[2J"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app) as server:
        patient.set(SLACK_API_URL=str(server.make_url("/api/")))
        assert "broke" in await patient.told("approvers", "wrong")
        assert "answered after" in await patient.told("model", "good")
    assert "\x1b" not in "".join(told([good("Slack", "\x1b[2J")]))
