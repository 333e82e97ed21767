"""Nothing of an erased person is anywhere but ids where decisions are kept; and everybody else's work goes on."""

import asyncio
import json
from pathlib import Path

import pytest

from bot.store import checkpoint_file
from bot.store.log import ERASED
from tests.attacks.erasing import (
    NAMES,
    OTHERS,
    PLANTED,
    Parrot,
    asks,
    everything,
    holding,
    in_the_file,
    privacy,
    said,
    story,
)
from tests.fakes.model import say
from tests.ops.trail import KEY
from tests.rig import helpdesk
from tests.slack.talk import Thinking, deleted, edited, whole
from tests.waiting import until


async def test_no_column_of_any_table_has_a_word_of_who_was_erased(tmp_path: Path, database_kind: str) -> None:
    file = tmp_path / "checkpoints.jsonl"
    async with helpdesk(tmp_path, Parrot()) as desk:
        shared = await story(desk)
        there = holding(await everything(desk), PLANTED + NAMES)
        assert {word for word, _ in there} == {*PLANTED, *NAMES}, "all of it was there"
        await checkpoint_file.write(desk.bot.database, file, KEY, desk.bot.kit.now())
        told = await privacy(desk, "erase", "U0ALEX", "--yes", "--also", NAMES[2])
        assert (told.code, told.err.count("Not erased")) == (0, 0), told
        assert holding(await everything(desk), PLANTED + NAMES) == set()
        await whole(desk)
        # somebody else goes on where both had spoken, and is answered
        await said(desk, "U0SAM", "qzsam again", shared)
        assert "qzsam again" in desk.transcript(shared)[-1]
        assert not any(word in desk.transcript(shared)[-1] for word in PLANTED)
        again = await privacy(desk, "erase", "U-123", "--yes")
        assert again.code == 0
        assert "up to 0 items of what was written in 0 conversations" in again.out
        assert "qzsam again" in str(await everything(desk))
        await whole(desk)
    if database_kind == "sqlite":
        assert in_the_file(tmp_path, PLANTED + NAMES) == set()


async def test_who_decided_what_when_is_there_still_under_the_ids(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, Parrot()) as desk:
        await story(desk)
        before = await everything(desk)
        await privacy(desk, "erase", "U0ALEX", "--yes")
        after = await everything(desk)
        for column in ("log.kind", "log.actor", "log.tool", "log.hash", "requests.requester", "requests.verdict"):
            assert sorted(after[column].split()) == sorted(before[column].split()), column


async def test_an_export_has_all_words_of_the_person_and_none_of_others(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, Parrot()) as desk:
        await story(desk)
        out = tmp_path / "alex.jsonl"
        told = await privacy(desk, "export", "U-123", "--out", out)
        assert told.code == 0, told.err
        assert out.stat().st_mode & 0o777 == 0o600
        lines = [json.loads(line) for line in out.read_text().splitlines()]
        read = out.read_text()
        assert [word for word in (*PLANTED, *NAMES) if word not in read and word != "zqpicture"] == []
        assert [word for word in (*OTHERS, "Sam Patel", "Maria Lopez", "JBSWY3DPEHPK3PXP") if word in read] == []
        about = {line["about"] for line in lines}
        assert about >= {
            "ids", "person", "group", "link", "message", "edited", "earlier_message", "quoted", "answer", "file",
            "picture", "request", "click", "feedback", "ticket", "note", "memory", "authenticator", "turn",
            "model_used", "tool_used", "request_listed",
        }, about  # fmt: skip
        assert (await privacy(desk, "export", "U-123", "--out", out)).code == 2, "nothing is written over"
        assert (await privacy(desk, "export", "U0ALEX")).out == read


@pytest.mark.parametrize("named", ["U-123", "U0ALEX"])
async def test_nobody_else_loses_anything(tmp_path: Path, named: str) -> None:
    async with helpdesk(tmp_path, Parrot()) as desk:
        for user, word in (("U0SAM", "qzsam"), ("U0MARIA", "qzmaria")):
            await said(desk, user, f"{word} CALL remember {json.dumps({'fact': word})}", channel=desk.slack.dm(user))
        before = await everything(desk)
        await said(desk, "U0ALEX", "zqmessage")
        told = await privacy(desk, "erase", named, "--yes")
        assert told.code == 0, told
        after = await everything(desk)
        assert holding(after, OTHERS) == holding(before, OTHERS)


async def test_what_they_asked_for_and_were_given_for_a_time_ends_first(tmp_path: Path) -> None:
    grant = {"user_id": "U-123", "group": "finance-reports", "duration_hours": 8, "reason": "zqreason"}
    async with helpdesk(tmp_path, Parrot()) as desk:
        given = await said(desk, "U0ALEX", asks("grant_access", **grant))
        await desk.click("U0DANA", desk.card(given), "approve")
        await desk.settle()
        waits = await said(desk, "U0ALEX", asks("reset_password", user_id="U-123"))
        told = await privacy(desk, "erase", "U0ALEX", "--yes", "--wait", "20")
        assert told.code == 0, told
        assert "approval.approve" not in str(desk.card(waits).blocks)
        assert holding(await everything(desk), (*PLANTED, *NAMES)) == set()
        found = await everything(desk)
        assert "revoke_access" in found["log.tool"]
        assert "U-123" not in found.get("access_grants.person_id", "")


async def test_where_somebody_else_waits_their_words_go_at_once_and_the_rest_when_that_is_decided(
    tmp_path: Path,
) -> None:
    async with helpdesk(tmp_path, Parrot()) as desk:
        shared = await said(desk, "U0ALEX", "zqmessage")
        asked = {"user_id": "U-456", "group": "finance-reports", "duration_hours": 8, "reason": "month end"}
        await said(desk, "U0SAM", asks("grant_access", **asked), shared)
        told = await privacy(desk, "erase", "U0ALEX", "--yes", "--wait", "1")
        assert (told.code, "something is open or going on there" in told.err) == (1, True), told
        messages = [item.text for item in await desk.items(shared) if item.kind == "user_message"]
        assert messages[0] == ERASED
        assert "zqmessage" not in messages[1]
        await desk.click("U0DANA", desk.card(shared), "approve")
        await desk.settle()
        assert "Done" in str(desk.card(shared).blocks)
        # access that Sam has for a time is still to end there, by the clock
        await said(desk, "U0SAM", asks("revoke_access", user_id="U-456", group="finance-reports"), shared)
        assert (await privacy(desk, "erase", "U0ALEX", "--yes", "--wait", "1")).code == 1
        await whole(desk)


async def test_an_answer_that_is_being_made_of_their_words_is_not_written(tmp_path: Path) -> None:
    model = Thinking([say("zqmessage, you say?"), say("Hello.")])
    async with helpdesk(tmp_path, model) as desk:
        thread = await desk.say("U0ALEX", "zqmessage")
        await model.asked.wait()
        erasing = asyncio.create_task(privacy(desk, "erase", "U0ALEX", "--yes", "--wait", "20"))
        await until(lambda: model.cancelled)
        model.go.set()
        assert (await erasing).code == 0
        await desk.settle()
        assert holding(await everything(desk), (*PLANTED, *NAMES)) == set()
        assert len(desk.transcript(thread)) == 1, "nobody waits for that any more"


async def test_a_worker_that_remembers_the_conversation_begins_anew(tmp_path: Path) -> None:
    model = Parrot()
    async with helpdesk(tmp_path, model) as desk:
        thread = await said(desk, "U0ALEX", "zqmessage")
        await said(desk, "U0SAM", "me, too", thread)
        assert (await privacy(desk, "erase", "U0ALEX", "--yes")).code == 0
        model.prompts.clear()
        for _ in range(3):
            await said(desk, "U0SAM", "and now?", thread)
        assert len(model.prompts) == 3
        assert "zqmessage" not in str(model.prompts)
        assert holding(await everything(desk), PLANTED) == set()
        await whole(desk)


async def test_old_buttons_lead_nowhere_and_break_nothing(tmp_path: Path) -> None:
    grant = {"user_id": "U-456", "group": "finance-reports", "duration_hours": 8, "reason": "month end"}
    async with helpdesk(tmp_path, Parrot()) as desk:
        thread = await said(desk, "U0SAM", asks("grant_access", **grant))
        card = desk.card(thread)
        await desk.deny("U0DANA", card, "qzdana: Alex Chen says no")
        await desk.settle()
        assert (await privacy(desk, "erase", "U0ALEX", "--yes")).code == 0
        await desk.stale_click("U0DANA", card, "approve")
        await desk.settle()
        await said(desk, "U0SAM", "and now?", thread)
        assert "and now?" in desk.transcript(thread)[-1]
        await whole(desk)


async def test_what_others_said_before_them_stays_and_can_still_be_edited_and_deleted(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, Parrot()) as desk:
        shared = await said(desk, "U0SAM", "qzsam")
        await said(desk, "U0ALEX", "zqmessage", shared)
        assert (await privacy(desk, "erase", "U0ALEX", "--yes")).code == 0
        kept = await desk.items(shared)
        assert "qzsam" in str(kept)
        await edited(desk, "U0SAM", shared, "<@U0BOT> qzsam edited")
        await deleted(desk, "U0SAM", shared)
        messages = [item for item in await desk.items(shared) if item.kind in ("user_message", "edited")]
        assert "qzsam" not in str(messages)
        await said(desk, "U0SAM", "and now?", shared)
        assert "and now?" in desk.transcript(shared)[-1]
        await whole(desk)
