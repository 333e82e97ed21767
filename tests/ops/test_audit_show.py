"""`helpdesk audit show`: who asked for what, who decided, what ran and how it ended, in sentences."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.core import items
from bot.core.known import Person
from bot.core.quorum import Quorum
from bot.store import log
from tests.ops.trail import NOON, SHORT, WIFI, Trail, audit

PLACE = "T1:C9:9.9"
ID, SECOND = "f" * 32, "e" * 32

SAM = Person(record="U-456", name="Sam Patel", privileged=False, slack_user="U0SAM")


def request(**changes: Any) -> items.Request:
    made = items.Request(
        call=3,
        tool="reset_password",
        version=1,
        id=ID,
        hash="h",
        arguments='{"user_id": "U-456"}',
        needs=1,
        quorums=(Quorum(approvals=1, sources=("S0ITADM",)),),
        asked=(Quorum(approvals=1, sources=("S0ITADM",)),),
        members={"S0ITADM": ("U0DANA",)},
        excluded=("U0ALEX",),
        requester="U0ALEX",
        subject=SAM,
        expires_at=NOON + timedelta(days=1),
    )
    return made.model_copy(update=changes)


def click(action: Any, actor: str) -> items.Click:
    return items.Click(request=4, id=ID, action=action, actor=actor, pressed_at=NOON)


@pytest.fixture
async def decided(trail: Trail) -> Trail:
    """A reset that was asked for, refused to its requester, edited, approved and run; and a denied one."""
    message = items.UserMessage(author="U0ALEX", text="reset Sam's password", ts="9.9")
    no = items.ClickRefused(click=5, request=4, actor="U0ALEX", channel=None, reason="You asked for it.")
    said: list[items.Item] = [
        items.Opened(tenant="T1", channel="C9", thread_ts="9.9", private=False),
        message,
        items.Call(turn=2, tool="reset_password", arguments='{"user_id": "U-456"}'),
        request(),
        click("approve", "U0ALEX"),
        no,
        request(version=2, number=4, id=SECOND, arguments='{"user_id": "U-456", "x": 1}', edited_by="U0OMAR"),
        items.Nudge(request=4, step="remind"),
        click("approve", "U0DANA"),
        items.Decision(click=9, request=4, actor="U0DANA", verdict="approve"),
        items.Close(request=4, verdict="approved", by="U0DANA"),
        items.ToolStart(call=3, tool="reset_password", attempt=1),
        items.ToolResult(call=3, tool="reset_password", outcome="failed", output="The directory did not answer."),
        items.Call(turn=2, tool="unlock_account", arguments="{}"),
        items.Refused(call=14, reason="Nobody is left who may approve it."),
        items.Switch(action="freeze", actor="U0DANA"),
        items.Switched(switch=16, frozen=True, actor="U0DANA"),
        items.SwitchRefused(switch=16, actor="U0EVE", channel=None, reason="You are no approver."),
    ]
    await trail.add(PLACE, said)
    return trail


async def shown(trail: Trail, *words: object) -> list[str]:
    """What `show` prints, without times and places."""
    code, printed = await audit(trail, "show", *words)
    assert code == 0
    return [line.split("  ", 2)[-1] for line in printed.splitlines()]


async def test_each_decision_is_a_sentence_in_its_order(decided: Trail) -> None:
    reset = 'reset_password {"user_id": "U-456"}'
    edited = 'reset_password {"user_id": "U-456", "x": 1}'
    about = "request 4 (reset_password for U0ALEX)"
    ends = "approvals needed: 1; it ends 2020-11-21 12:00:00 UTC."
    assert await shown(decided, PLACE) == [
        f"request 4: U0ALEX asks for {reset} on Sam Patel (U-456); {ends}",
        f"U0ALEX pressed approve on {about}, which changed nothing: You asked for it.",
        f"request 4, version 2: U0OMAR changed it to {edited} on Sam Patel (U-456); {ends}",
        f"{about} waits: remind.",
        f"U0DANA approved {about}.",
        f"{about} is approved by U0DANA.",
        f"{edited} for U0ALEX, call 3, starts, attempt 1.",
        "reset_password, call 3, ended: failed: The directory did not answer.",
        "unlock_account {} for U0ALEX, call 14, was not run: Nobody is left who may approve it.",
        "U0DANA froze everything above low risk.",
        "U0EVE wanted to freeze, which changed nothing: You are no approver.",
    ]


async def test_undo_is_told_with_who_pressed_it_and_what_it_takes_back(decided: Trail) -> None:
    arguments = '{"user_id": "U-456", "group": "payroll"}'
    undo = items.Call(origin="undo", turn=2, tool="revoke_access", arguments=arguments, of=3, by="U0OMAR", click=9)
    await decided.add(PLACE, [undo, items.ToolStart(call=19, tool="revoke_access", attempt=1)])
    given = 'reset_password {"user_id": "U-456", "x": 1}'
    assert await shown(decided, PLACE, "--tool", "revoke_access") == [
        f"U0OMAR pressed undo of call 3 ({given}), which asks for revoke_access {arguments}, call 19.",
        f"revoke_access {arguments} for U0OMAR, call 19, starts, attempt 1.",
    ]
    assert "U0OMAR pressed undo of call 3" in (await shown(decided, PLACE, "--request", 4))[-1]


async def test_times_are_told_to_the_second(decided: Trail) -> None:
    ends = NOON + timedelta(hours=1, microseconds=145_804)
    await decided.add(PLACE, [items.Postponed(call=3, until=ends)])
    assert (await shown(decided, PLACE))[-1].endswith("is put off until 2020-11-20 13:00:00 UTC.")


async def test_every_line_says_when_and_where(decided: Trail) -> None:
    _, printed = await audit(decided, "show")
    lines = printed.splitlines()
    assert len(lines) == 10 + 11
    assert lines[0].startswith(f"2020-11-20 12:00:04 UTC  {WIFI}  search_kb ")
    assert [line[:23] for line in lines] == sorted(line[:23] for line in lines)


async def test_it_can_be_narrowed(decided: Trail) -> None:
    everything = await shown(decided)
    assert await shown(decided, SHORT) == ["Nothing of that was decided."]
    assert len(await shown(decided, "--tool", "search_kb")) == 10
    assert [line[:12] for line in await shown(decided, "--tool", "unlock_account")] == ["unlock_accou"]
    of_request = [line for line in everything if "reset_password" in line]
    assert len(of_request) == 8
    assert await shown(decided, "--tool", "reset_password") == of_request
    assert await shown(decided, "--request", ID) == await shown(decided, "--request", SECOND) == of_request
    assert await shown(decided, PLACE, "--request", 4) == of_request


async def test_a_request_that_is_none_is_said(decided: Trail) -> None:
    for words in (["--request", "a" * 32], [PLACE, "--request", "3"], [SHORT, "--request", ID]):
        code, said = await audit(decided, "show", *words)
        assert (code, said[:20]) == (1, "There is no request ")
    code, said = await audit(decided, "show", "--request", "4")
    assert code == 1
    assert said.endswith("number of a request: helpdesk audit show CONVERSATION --request 4\n")


async def test_since_is_counted_back_from_now(decided: Trail) -> None:
    decided.now = datetime.now(UTC) - timedelta(days=2)
    await decided.add(SHORT, [items.Switched(switch=1, frozen=False, actor=None)])
    assert await shown(decided, "--since", "3d") == ["the command line let everything go on."]
    assert await shown(decided, "--since", "1d") == ["Nothing of that was decided."]


async def test_the_last_are_shown_and_that_there_are_more_is_said(decided: Trail) -> None:
    everything = await shown(decided)
    some = await shown(decided, "--last", 3)
    assert some == ["Only the last 3 are shown; --last shows more.", *everything[-3:]]
    assert await shown(decided, "--last", len(everything)) == everything
    await decided.add(SHORT, [items.Nudge(request=4, step="remind")] * 2_300)
    assert len(await shown(decided)) == 201
    assert len(await shown(decided, "--last", 5_000)) == 2_300 + len(everything)


async def test_what_is_erased_is_shown_as_erased(decided: Trail) -> None:
    await decided.erase(PLACE, *range(2, 19))
    lines = await shown(decided, PLACE)
    assert "request 4: U0ALEX asks for reset_password [erased]; approvals needed: [erased]; it ends [erased]." in lines
    assert "U0DANA decided [erased] on request [erased]: [erased]." in lines
    assert "reset_password [erased] for U0ALEX, call 3, starts, attempt [erased]." in lines
    assert "reset_password, call 3, ended: [erased]." in lines
    assert len(lines) == 11
    assert not any("Sam" in line or "U-456" in line for line in lines)


async def test_a_kind_from_a_newer_version_is_a_plain_line(decided: Trail) -> None:
    decided.tamper(
        """UPDATE log SET kind = 'brought_over', body = '{"kind":"brought_over","to":"U0NEW","call":3,"why":{"a":[1]}}'
        WHERE conversation = ? AND seq = 13""",
        PLACE,
    )
    assert 'brought_over, call 3, tool reset_password, to U0NEW, why {"a": [1]}.' in await shown(decided, PLACE)


async def test_a_hand_over_is_told_with_its_ticket(decided: Trail) -> None:
    await decided.add(SHORT, [items.HandedOver(call=9, by="U0ALEX", ticket="T-1001")])
    assert await shown(decided, SHORT) == ["handed over to people in IT for U0ALEX with ticket T-1001."]


async def test_what_people_and_the_model_wrote_does_not_act_in_the_terminal_and_is_cut(decided: Trail) -> None:
    evil = "\x1b[2J\u202e\n2020-11-20 12:00:00 UTC  forged" + "x" * 1_000
    await decided.add(SHORT, [items.Refused(call=9, reason=evil)])
    (line,) = await shown(decided, SHORT)
    assert line.startswith("call 9 was not run: \\x1b[2J\\u202e\\n2020-11-20")
    assert line.endswith("xxx… (637 more characters).")


async def test_what_the_model_was_asked_is_told_with_its_tokens_where_it_is_asked_for(trail: Trail) -> None:
    spent = {"tokens_in": 1_200, "tokens_cached": 1_000, "tokens_out": 50}
    output = items.ModelOutput(turn=2, seen=2, model="m-1", prompt="p", status="complete", parts=(), **spent)
    summed = items.Rebase(reason="compaction", since=9, summary="wifi", covers=2, actor="U0ALEX", model="m-2", **spent)
    none = items.Rebase(reason="compaction", since=11, actor="U0ALEX", model="m-2", **spent)
    await trail.add(SHORT, [output, summed, none, items.Rebase(reason="deletion", since=11)])
    assert await audit(trail, "show", SHORT) == (0, "Nothing of that was decided.\n")
    tokens, begins = "1200 tokens in, 1000 of them cached, 50 out.", "what the model is shown begins at item"
    _, told = await audit(trail, "show", SHORT, "--model")
    assert [line.split(f"{SHORT}  ")[1] for line in told.splitlines()] == [
        f"m-1 was asked for turn 2: {tokens}",
        f"{begins} 9 (compaction), behind a summary by m-2 of what was shown from item 2: {tokens}",
        f"{begins} 11 (compaction); m-2 gave no summary: {tokens}",
        f"{begins} 11 (deletion).",
    ]
    await trail.erase(SHORT, 4)
    _, told = await audit(trail, "show", SHORT, "--model")
    assert "begins at item 9; the summary of what was before that is erased." in told
    assert (await audit(trail, "verify"))[0] == 0
    read = (await trail.database.run(lambda connection: log.read(connection, SHORT)))[3].item
    assert read == items.Rebase(reason="compaction", since=9, actor="U0ALEX")
