"""Access and devices with the offline demo model: who says what → what it calls, and how it tells what came of it."""

import json

import pytest

from bot.model.demo.access import hours
from tests.model.demo_thread import Thread, waiting

STRANGER = "Slack user U0ALEX"


def granting(user: str, group: str, duration: int, reason: str) -> str:
    arguments = {"user_id": user, "group": group, "duration_hours": duration, "reason": reason}
    return f"grant_access({json.dumps(arguments)})"


@pytest.mark.parametrize(
    ("text", "user", "group", "duration"),
    [
        ("give Sam (U-456) access to finance-reports for 8 hours", "U-456", "finance-reports", 8),
        ("Please grant U-456 access to the group finance for 2h", "U-456", "finance", 2),
        ("add Sam (U-456) to finance-reports", "U-456", "finance-reports", 8),
        ("I need access to vpn-users until tomorrow", "U-123", "vpn-users", 24),
        ("I need access to vpn-users for two days", "U-123", "vpn-users", 48),
        ("can I get access to vpn-users for a week?", "U-123", "vpn-users", 168),
        ("I'd like access to finance for 90 minutes", "U-123", "finance", 2),
        ("add me to `ADMIN-DB` for 1.5 hours", "U-123", "ADMIN-DB", 2),
        ("I need access to G-001", "U-123", "G-001", 8),
    ],
)
async def test_access_asked_for_is_one_call_with_a_time(text: str, user: str, group: str, duration: int) -> None:
    thread = Thread()
    await thread.say(text)
    assert thread.calls() == [f"→ {granting(user, group, duration, text)}"]


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("remove my access to vpn-users", 'revoke_access({"user_id": "U-123", "group": "vpn-users"})'),
        ("revoke my vpn-users access", 'revoke_access({"user_id": "U-123", "group": "vpn-users"})'),
        ("take Sam (U-456) out of finance-reports", 'revoke_access({"user_id": "U-456", "group": "finance-reports"})'),
        ("remove U-456 from sales", 'revoke_access({"user_id": "U-456", "group": "sales"})'),
        ("what do I have access to?", "list_my_access({})"),
        ("which access do I have?", "list_my_access({})"),
        ("my access", "list_my_access({})"),
        ("Which groups am I in?", "list_my_access({})"),
        ("which laptop does U-456 have?", 'find_device({"user_id": "U-456"})'),
        ("my device", 'find_device({"user_id": "U-123"})'),
        ("wipe my laptop L-1005", 'wipe_device({"device_id": "L-1005"})'),
        ("I need access to the printer", 'search_kb({"query": "access printer"})'),
        ("how do I get access to vpn-users?", 'search_kb({"query": "get access vpn-users"})'),
        ("I have no access to my mailbox", 'search_kb({"query": "no access mailbox"})'),
    ],
)
async def test_one_wish_about_access_or_a_device_is_one_call(text: str, call: str) -> None:
    """Beside a look at who asks, where something is in trouble."""
    thread = Thread()
    await thread.say(text)
    assert [made for made in thread.calls() if "lookup_user" not in made] == [f"→ {call}"]


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("give me access", "which group"),
        ("give Sam access to vpn-users", "Who shall have that access"),
        ("take Sam out of finance-reports", "Whose access"),
        ("I need access to vpn-users until Friday", "For how long"),
        ("I need access to vpn-users forever", "For how long"),
    ],
)
async def test_who_which_group_and_how_long_are_asked_for_and_never_guessed(text: str, question: str) -> None:
    thread = Thread()
    assert question in await thread.say(text)
    assert thread.calls() == []


async def test_the_id_that_was_missing_completes_the_grant() -> None:
    thread = Thread()
    await thread.say("I need access to vpn-users for two days", STRANGER)
    await thread.say("it's U-123", STRANGER)
    assert thread.calls() == [
        f"→ {granting('U-123', 'vpn-users', 48, 'I need access to vpn-users for two days U-123')}"
    ]


async def test_the_reason_is_the_persons_own_words_cut_at_200_characters() -> None:
    thread = Thread()
    await thread.say(f"I need access to vpn-users, {'because ' * 50}")
    (call,) = thread.calls()
    reason = json.loads(call.removeprefix("→ grant_access(").removesuffix(")"))["reason"]
    assert reason.startswith("I need access to vpn-users, because")
    assert len(reason) == 200


@pytest.mark.parametrize(("text", "asked"), [("for 3 hrs", 3), ("for half a day", 12), ("for a month", 720), ("", 8)])
def test_a_time_is_whole_hours(text: str, asked: int) -> None:
    assert hours(text) == asked


async def test_a_stolen_laptop_is_looked_up_before_it_is_asked_to_be_wiped() -> None:
    thread = Thread()
    answer = await thread.say("my laptop was stolen")
    assert thread.calls() == ['→ find_device({"user_id": "U-123"})', '→ wipe_device({"device_id": "L-1005"})']
    assert answer == ""
    answer = await thread.late(waiting(thread), "approved", result="MacBook Pro M3 (L-1005) is wiped.")
    assert "U-123 has MacBook Pro M3 (L-1005)." in answer
    assert (
        f"An approver approved request {waiting(thread)} (to wipe L-1005): done. MacBook Pro M3 (L-1005) is wiped."
        in answer
    )


@pytest.mark.parametrize(
    ("found", "question"),
    [
        (
            {"devices": [{"device_id": "L-1", "model": "A"}, {"device_id": "L-2", "model": "B"}]},
            "I know of L-1 and L-2",
        ),
        ("U-123 has no device.", "Which device shall be wiped?"),
    ],
)
async def test_which_of_several_devices_is_asked_for(found: object, question: str) -> None:
    thread = Thread()
    thread.results["find_device"] = found
    assert question in await thread.say("my laptop was stolen")
    assert thread.calls() == ['→ find_device({"user_id": "U-123"})']


UNTIL = "2026-11-21T18:00:00+00:00"


@pytest.mark.parametrize(
    ("tool", "text", "result", "answer"),
    [
        (
            "grant_access",
            "I need access to vpn-users",
            {"user_id": "U-123", "group_id": "G-004", "added": True, "until": UNTIL},
            "U-123 has access to vpn-users until 21 November 2026, 18:00 UTC.",
        ),
        (
            "grant_access",
            "I need access to vpn-users",
            {"user_id": "U-123", "group_id": "G-004", "added": False, "until": None},
            "U-123 is in vpn-users already, so nothing was changed.",
        ),
        ("grant_access", "I need access to vpn-users", "It ends at six.", "It ends at six."),
        (
            "grant_access",
            "I need access to admin-db",
            {"status": "refused", "reason": "Nobody is left to approve it."},
            "I may not give U-123 access to admin-db for 8 hours: Nobody is left to approve it.",
        ),
        (
            "revoke_access",
            "remove my access to vpn-users",
            "U-123 is no longer a member of the group G-004.",
            "U-123 is no longer a member of the group G-004.",
        ),
        (
            "list_my_access",
            "my access",
            {"groups": [{"group": "staff", "until": None}, {"group": "vpn-users", "until": UNTIL}], "complete": False},
            "You have access to:\n- staff\n- vpn-users until 21 November 2026, 18:00 UTC\n- and maybe more",
        ),
        ("list_my_access", "my access", {"groups": []}, "You are in no group that I know of."),
        ("find_device", "my device", {"devices": [{"device_id": "L-7", "model": "X1"}]}, "U-123 has X1 (L-7)."),
        ("find_device", "my device", {"devices": []}, "I know of no device of U-123."),
        (
            "unlock_account",
            "unlock the account of U-456",
            {"id": "U-456", "was_locked": True},
            "The account of U-456 is unlocked.",
        ),
    ],
)
async def test_results_are_put_into_words(tool: str, text: str, result: object, answer: str) -> None:
    thread = Thread()
    thread.results[tool] = result
    assert await thread.say(text) == answer


async def test_a_call_that_was_edited_is_told_as_it_ran() -> None:
    thread = Thread()
    await thread.say("I need access to vpn-users for two days")
    now = {"user_id": "U-123", "group": "vpn-users", "duration_hours": 4, "reason": "I need access"}
    done = {"user_id": "U-123", "group_id": "G-004", "added": True, "until": UNTIL}
    number = waiting(thread)
    answer = await thread.late(number, "approved", edited=True, arguments=now, result=done)
    assert answer.startswith(f"An approver approved request {number} (to give U-123 access to vpn-users for 48 hours)")
    assert "U-123 has access to vpn-users until 21 November 2026, 18:00 UTC." in answer
    assert answer.endswith("An approver changed it before: now duration hours 4, reason I need access.")


async def test_what_waits_says_for_whom_which_group_and_how_long() -> None:
    thread = Thread()
    thread.results["list_my_access"] = "You are in staff."
    answer = await thread.say("my access. I need access to vpn-users for one hour")
    assert f"approval to give U-123 access to vpn-users for 1 hour (request {waiting(thread)})" in answer
