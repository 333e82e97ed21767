"""What the demo model understands and how it words results: one line in, one call or one sentence out."""

import pytest

from bot.core.exchange import Called, Output, Prompt, Said, TextPart
from bot.model.demo import DemoModel
from tests.model.demo_thread import TOOLS, Thread, waiting


@pytest.mark.parametrize(
    ("told", "answer"),
    [
        (
            {"status": "denied", "reason": "Call me first."},
            "Request {n} (to reset the password of U-456) was denied: Call me first.",
        ),
        (
            {"status": "expired"},
            (
                "Request {n} (to reset the password of U-456) expired before anybody decided. "
                "Ask me again if it is still needed."
            ),
        ),
        (
            {"status": "void", "reason": "The person left"},
            "Request {n} (to reset the password of U-456) no longer counts: The person left.",
        ),
        ({"status": "withdrawn"}, "Request {n} (to reset the password of U-456) is withdrawn."),
        (
            {"status": "approved", "result": {"status": "failed", "reason": "Directory is down."}},
            "An approver approved request {n} (to reset the password of U-456). I could not do it: Directory is down.",
        ),
        (
            {"status": "approved", "result": {"status": "unknown", "reason": "…"}},
            (
                "An approver approved request {n} (to reset the password of U-456). "
                "Whether I managed to do it is not known; please check before you ask again."
            ),
        ),
    ],
)
async def test_every_outcome_is_told_as_what_it_is(told: dict[str, object], answer: str) -> None:
    thread = Thread()
    await thread.say("Please reset the password of U-456")
    status = str(told.pop("status"))
    said = await thread.late(waiting(thread), status, **told)
    assert said == answer.replace("{n}", str(waiting(thread)))


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("reset my password", 'reset_password({"user_id": "U-123"})'),
        ("<@U0BOT> my wifi is down", 'search_kb({"query": "wifi down"})'),
        ("I forgot my password!", 'reset_password({"user_id": "U-123"})'),
        ("unlock the account of u-456", 'unlock_account({"user_id": "U-456"})'),
        ("I'm locked out of my account", 'unlock_account({"user_id": "U-123"})'),
        ("What's the status of T-1001?", 'get_ticket({"ticket_id": "T-1001"})'),
        ("Please close ticket t-1001.", 'update_ticket({"ticket_id": "T-1001", "status": "closed"})'),
        ("show my open tickets", "list_my_tickets({})"),
        ("share T-1001 with U-456", 'share_ticket({"ticket_id": "T-1001", "user_id": "U-456"})'),
        (
            "add a note to T-1001: it still flickers",
            'update_ticket({"ticket_id": "T-1001", "note": "it still flickers"})',
        ),
        ("what is 12*7?", 'calculator({"expression": "12*7"})'),
        ("calculate (3 + 4.5) x 2^3", 'calculator({"expression": "(3 + 4.5) * 2**3"})'),
        ("how much is 15% of 200", 'calculator({"expression": "15/100*200"})'),
        ("who is U-456?", 'lookup_user({"user_id": "U-456"})'),
        ("status of request 12?", 'request_status({"request": 12})'),
        ("withdraw request 12", 'withdraw_request({"request": 12})'),
        ("talk to a human", 'escalate_to_human({"summary": "talk to a human"})'),
        ("How do I reset my password?", 'search_kb({"query": "reset password"})'),
        ("My phone can't sync e-mail", 'search_kb({"query": "phone can\'t sync e-mail"})'),
        ("I clicked a phishing link", 'search_kb({"query": "I clicked phishing link"})'),
        ("my toaster is broken", 'search_kb({"query": "toaster broken"})'),
        (
            "open an urgent ticket: my screen flickers, and the cable is torn.",
            (
                'create_ticket({"title": "my screen flickers, and the cable is torn", '
                '"description": "my screen flickers, and the cable is torn", "priority": "urgent"})'
            ),
        ),
    ],
)
async def test_one_wish_is_one_call(text: str, call: str) -> None:
    """Beside a look at who asks and with which device, where something is in trouble."""
    thread = Thread()
    await thread.say(text)
    writer = '→ lookup_user({"user_id": "U-123"})'
    assert [made for made in thread.calls() if made != writer or call in made] == [f"→ {call}"]


@pytest.mark.parametrize(
    ("result", "answer"),
    [
        ({"status": "refused", "reason": "Guests may not."}, "I may not unlock the account of U-456: Guests may not."),
        ({"status": "failed", "reason": "It is down."}, "I could not unlock the account of U-456: It is down."),
        ({"status": "wrong", "reason": "No such id."}, "I could not unlock the account of U-456: No such id."),
        ({"id": "U-456", "was_locked": True}, "The account of U-456 is unlocked."),
        (
            {"id": "U-456", "was_locked": False},
            "The account of U-456 was not locked, so nothing was changed.",
        ),
        ("Unlocked.", "Unlocked."),
        (None, "Done: unlock the account of U-456."),
    ],
)
async def test_what_became_of_a_call_is_told_in_plain_words(result: object, answer: str) -> None:
    thread = Thread()
    thread.results["unlock_account"] = result
    assert await thread.say("unlock the account of U-456") == answer


@pytest.mark.parametrize(
    ("tool", "text", "result", "answer"),
    [
        ("calculator", "what is 12*7", {"result": "84", "exact": True}, "12*7 = **84**"),
        ("calculator", "what is 1/3", {"result": "0.333", "exact": False}, "1/3 ≈ **0.333**"),
        (
            "get_ticket",
            "T-1001?",
            {"ticket_id": "T-1001", "status": "in_progress", "priority": "normal", "title": "No sound"},
            "Ticket **T-1001** “No sound” (in progress, priority normal).",
        ),
        (
            "get_ticket",
            "T-1001?",
            {
                "ticket_id": "T-1001",
                "status": "open",
                "title": "No sound",
                "description": "None at all.",
                "notes": [{"author": "U-201", "text": "On it."}],
            },
            "Ticket **T-1001** “No sound” (open, priority not set).\nNone at all.\n- U-201: On it.",
        ),
        (
            "list_my_tickets",
            "my tickets",
            {
                "tickets": [
                    {"ticket_id": "T-2", "status": "open", "priority": "low", "title": "No sound", "followed": True},
                    {"ticket_id": "T-1", "status": "in_progress", "priority": "high", "followed": False},
                ],
                "more": True,
            },
            (
                "Your open tickets:\n- **T-2** “No sound” (open, priority low, followed)\n"
                "- **T-1** (in progress, priority high)\n- and older ones"
            ),
        ),
        ("list_my_tickets", "my tickets", {"tickets": [], "more": False}, "You have no open tickets."),
        (
            "share_ticket",
            "share T-1001 with U-456",
            {"ticket_id": "T-1001", "status": "open", "priority": "low"},
            "U-456 follows ticket **T-1001** (open, priority low).",
        ),
        (
            "create_ticket",
            "open a ticket: no sound",
            {"ticket_id": "T-1002", "status": "open", "priority": "normal"},
            "I opened ticket **T-1002** (open, priority normal).",
        ),
        (
            "create_ticket",
            "open a ticket: hum",
            {"status": "waiting_for_approval", "request": 4},
            "I asked for approval to open a ticket about hum (request 4); nothing happens before somebody approves.",
        ),
        (
            "escalate_to_human",
            "talk to a human",
            {"ticket_id": "T-1003", "what_happens_next": "One of them takes over."},
            "One of them takes over. The ticket is **T-1003**.",
        ),
    ],
)
async def test_results_are_put_into_words(tool: str, text: str, result: object, answer: str) -> None:
    thread = Thread()
    thread.results[tool] = result
    assert await thread.say(text) == answer


@pytest.mark.parametrize("text", ["", "null", "[]", "7", '{"articles": [null, {}]}', '{"status": 7}', "{", '"x"'])
@pytest.mark.parametrize("tool", [*TOOLS, "unheard_of"])
async def test_any_output_of_any_call_gets_an_answer(tool: str, text: str) -> None:
    """A backend of another company may return whatever it likes."""
    items = (Said("my wifi is down"), Called("c1", tool, "[oops"), Output("c1", text), Output("c9", "orphan"))
    prompt = Prompt(instructions="", items=items, functions=(), may_call=False)
    (part,) = (await DemoModel().reply(prompt)).parts
    assert isinstance(part, TextPart)
    assert part.text
