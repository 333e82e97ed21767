"""What must hold is held against what happened: who sees a problem, and who sees none."""

from typing import Any

import pytest

from bot.eval.case import Expect
from bot.eval.checks import check, fits
from bot.eval.happened import Asked, Happened, Made, Seen

RESET = Made("reset_password", {"user_id": "U-456"}, started=True, outcome="done")
SEARCH = Made("search_kb", {"query": "wifi on a MacBook"}, started=True, outcome="failed")
REQUEST = Asked("reset_password", {"user_id": "U-456"}, "U0ALEX", 2, 5, "approved", ["U0DANA", "U0OMAR"])


def world() -> Happened:
    """A reset that two people approved, a search that failed, and what was told."""
    return Happened(
        calls=[RESET, SEARCH, SEARCH],
        made=[SEARCH],
        started=["reset_password", "search_kb"],
        requests=[REQUEST],
        refused=[("U0ALEX", "reset_password")],
        answers=2,
        seen=[
            Seen("it-help", "The link is on its way.", thread=True),
            Seen("it-approvals", "Approval needed"),
            Seen("sam", "https://x/?token=abc"),
        ],
    )


def told(**expected: Any) -> list[str]:
    return check(Expect.model_validate(expected), world())


@pytest.mark.parametrize(
    "expected",
    [
        {},
        {"calls": [{"tool": "reset_password", "with": {"user_id": "u-456"}, "outcome": "done", "times": 1}]},
        {"calls": [{"tool": ["lookup_user", "search_kb"], "times": 2}]},
        {"calls": [{"tool": "search_kb", "with": {"query": {"contains": "WIFI"}}}]},
        {"forbidden": [{"tool": "reset_password"}]},  # it was made before, and only finished now
        {"forbidden": [{"tool": "search_kb", "with": {"query": "printer"}}]},
        {"never_started": ["wipe_device"]},
        {"requests": [{"tool": "reset_password", "verdict": "approved", "requester": "alex", "needs": 2}]},
        {"requests": [{"tool": "reset_password", "verdict": "approved", "votes": ["omar", "dana"]}]},
        {"refused": [{"who": "alex", "card": "reset_password"}]},
        {"answers": 2},
        {"text": [{"contains": ["nothing", "on its way"]}, {"lacks": "token="}, {"matches": r"^the link\b"}]},
        {"text": [{"where": "sam", "contains": "token="}, {"where": "channels", "lacks": "token="}]},
        {"text": [{"where": "everywhere", "contains": "approval needed"}]},
    ],
)
def test_what_is_so_is_no_problem(expected: dict[str, Any]) -> None:
    assert told(**expected) == []


@pytest.mark.parametrize(
    ("expected", "sentence"),
    [
        (
            {"calls": [{"tool": "reset_password", "outcome": "denied"}]},
            "reset_password() should have been called with the outcome denied. Called was: reset_password(user_id=",
        ),
        ({"calls": [{"tool": "reset_password", "with": {"user_id": "U-45"}}]}, 'reset_password(user_id="U-45") should'),
        ({"calls": [{"tool": "search_kb", "with": {"top_k": 1}}]}, "search_kb(top_k=1) should have been called"),
        ({"calls": [{"tool": "search_kb", "times": 1}]}, "should have been called 1 times, but 2 times"),
        ({"forbidden": [{"tool": "search_kb"}]}, 'search_kb(query="wifi on a MacBook") was called, which is forbidden'),
        ({"never_started": ["reset_password"]}, "reset_password ran, which it never should."),
        ({"requests": []}, "Nobody should have been asked for approval. Requests: reset_password"),
        ({"requests": [{"tool": "reset_password", "verdict": "open"}]}, "approved (needs: 2, votes: dana, omar)"),
        ({"requests": [{"tool": "reset_password", "verdict": "approved", "needs": 1}]}, "needs: 1"),
        ({"requests": [{"tool": "reset_password", "verdict": "approved", "requester": "sam"}]}, "by sam"),
        ({"requests": [{"tool": "reset_password", "verdict": "approved", "votes": ["dana"]}]}, "votes: dana."),
        ({"requests": [{"tool": "reset_password", "verdict": "approved", "with": {"user_id": "U-1"}}]}, "U-1"),
        ({"refused": [{"who": "sam", "card": "reset_password"}]}, "No press of sam on the card of reset_password"),
        ({"refused": [{"who": "alex", "card": "wipe_device"}]}, "No press of alex on the card of wipe_device"),
        ({"answers": 1}, "There should be 1 answers, and there were 2."),
        ({"answers": 0}, "There should be 0 answers"),
        ({"text": [{"contains": "token="}]}, "To be read in the thread: “token=”. What was read: “The link is on"),
        ({"text": [{"where": "channels", "lacks": "APPROVAL needed"}]}, "Not to be read in the channels"),
        ({"text": [{"where": "everywhere", "lacks": "token="}]}, "Not to be read anywhere: “token=”"),
        ({"text": [{"where": "dana", "contains": "link"}]}, "To be read by dana: “link”. What was read: nothing."),
        ({"text": [{"matches": "^on its way"}]}, "what matches ^on its way"),
    ],
)
def test_what_is_not_so_is_one_sentence_that_says_what_was(expected: dict[str, Any], sentence: str) -> None:
    (problem,) = told(**expected)
    assert sentence in problem
    assert problem.endswith(".")


@pytest.mark.parametrize(
    ("wanted", "found", "fit"),
    [
        (8, 8, True),
        (8, "8", False),
        (1, True, False),
        ("closed", None, False),
        ({"any_of": ["closed", "resolved"]}, "resolved", True),
        ({"any_of": ["closed", {"contains": "solve"}]}, "resolved", True),
        ({"any_of": ["closed"]}, "open", False),
        ({"contains": "vpn"}, "My VPN", True),
        ({"contains": "vpn", "and": 1}, "My VPN", False),
    ],
)
def test_arguments_fit_by_value(wanted: object, found: object, fit: bool) -> None:
    assert fits({"it": wanted}, {"it": found, "other": 1}) is fit
