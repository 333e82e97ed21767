"""A one-time secret is in one direct message and nowhere else: no table, no log, no other message."""

import logging
import re
from pathlib import Path

import pytest

from bot.model.demo import DemoModel
from bot.playground.web_api import ANSWER_LOST
from bot.slack import delivery
from tests.rig import Helpdesk, helpdesk, kill
from tests.slack.edge import links, rows
from tests.waiting import until

RESET = "Please reset the password of U-456"


def link(desk: Helpdesk) -> str:
    """The secret in the one direct message that Sam got."""
    (message,) = links(desk)
    found = re.search(r"token=([\w-]+)", str(message.blocks))
    assert found
    return found[1]


def in_the_database(folder: Path, secret: str) -> list[str]:
    """The files of the database that hold the secret, deleted pages and the write-ahead log included."""
    return [file.name for file in folder.iterdir() if file.is_file() and secret.encode() in file.read_bytes()]


async def test_the_secret_is_in_its_direct_message_and_nowhere_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    async with helpdesk(tmp_path, DemoModel()) as desk:
        thread = await desk.say("U0ALEX", RESET)
        await desk.settle()
        await desk.click("U0DANA", desk.card(thread), "approve")
        await desk.settle()

        secret = link(desk)
        assert len(secret) > 40
        others = [
            each for channel in ("C0IT", "C0GENERAL", "C0APPROVE", "D0ALEX") for each in desk.slack.messages(channel)
        ]
        others += [each for user in desk.slack.workspace.users for each in desk.slack.ephemerals(user)]
        assert secret not in str(others)
        (sam,) = links(desk)
        assert secret not in f"{sam.text} {sam.metadata}", "notifications are shown on locked screens"
        holding = [name for name, args in desk.slack.calls if secret in str(args)]
        assert holding == ["chat.postMessage"]
        assert await rows(desk, "sealed") == 0
        assert in_the_database(tmp_path, secret) == []
    assert in_the_database(tmp_path, secret) == []
    printed = capfd.readouterr()
    logged = [str(record.__dict__) for record in caplog.records]
    assert secret not in "".join(logged) + printed.out + printed.err


async def test_a_link_whose_delivery_was_lost_is_delivered_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "RETRY", 0.05)
    async with helpdesk(tmp_path, DemoModel()) as desk:
        thread = await desk.say("U0ALEX", RESET)
        await desk.settle()
        desk.slack.fail("chat.postMessage", 1, 502)
        desk.slack.fail("chat.postMessage", 1, ANSWER_LOST)
        await desk.click("U0DANA", desk.card(thread), "approve")
        await desk.settle()
        assert len(link(desk)) > 40
        assert await rows(desk, "sealed") == 0


async def test_a_link_that_was_sent_before_a_kill_is_neither_sent_again_nor_lost(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk:
        thread = await desk.say("U0ALEX", RESET)
        await desk.settle()
        desk.slack.fail("chat.postMessage", 1, ANSWER_LOST)
        await desk.click("U0DANA", desk.card(thread), "approve")
        await until(lambda: bool(links(desk)))
        kill()
        secret = link(desk)
    async with helpdesk(tmp_path, DemoModel(), slack=desk.slack) as again:
        await again.settle()
        assert link(again) == secret
        assert await rows(again, "sealed") == 0


async def test_nobody_but_its_subject_is_sent_the_link_where_a_subject_left_slack(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk:
        thread = await desk.say("U0ALEX", RESET)
        await desk.settle()
        users = desk.slack.workspace.users
        users["U0SAM"] = users["U0SAM"].model_copy(update={"deleted": True})
        await desk.click("U0DANA", desk.card(thread), "approve")
        await desk.settle()
        assert "tool_start" not in await desk.kinds(thread)
        assert "no longer active in Slack" in str(desk.card(thread).blocks)
