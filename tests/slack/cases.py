"""Requests as cards show them, made by hand; and what a reader sees of a card."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core import items
from bot.core.known import Person
from bot.core.quorum import Quorum
from bot.core.thread import Ask
from bot.slack.cases import Case
from tools.access import grant_access
from tools.spec import Resource, Tool

NOW = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)

SAM = Person(record="U-456", name="Sam Patel", privileged=False, slack_user="U0SAM")
PAYROLL = Resource(kind="group", id="G-007", name="payroll", privileged=True, owner="U-789")
GRANT = {"user_id": "U-456", "group": "payroll", "duration_hours": 8, "reason": "month end"}

#: mentions that no text of others may contain
LIVE = re.compile(r"<([!@#])([^>|^]*)")


def request(arguments: dict[str, Any] | None = None, **changes: Any) -> items.Request:
    """Alex asks for access of Sam's; Dana and Omar of the group may approve."""
    return items.Request(
        **{
            "call": 4,
            "tool": "grant_access",
            "version": 1,
            "id": "0123456789abcdef0123456789abcdef",
            "hash": "0" * 64,
            "arguments": json.dumps(GRANT if arguments is None else arguments, ensure_ascii=False),
            "needs": 1,
            "quorums": (Quorum(approvals=1, sources=("S0ITADM",)),),
            "asked": (Quorum(approvals=1, sources=("S0ITADM",)),),
            "members": {"S0ITADM": ("U0DANA", "U0OMAR")},
            "excluded": ("U0ALEX", "U0SAM"),
            "requester": "U0ALEX",
            "subject": SAM,
            "resource": PAYROLL,
            "expires_at": NOW + timedelta(days=1),
            **changes,
        }
    )


def ask(arguments: dict[str, Any] | None = None, **changes: Any) -> Ask:
    """The request open and without votes."""
    made = request(arguments, **changes)
    return Ask(made, excluded=frozenset(made.excluded))


def case(asked: Ask | None = None, tool: Tool | None = grant_access, **changes: Any) -> Case:
    """The request as a card shows it."""
    return Case(number=7, ask=asked or ask(), tool=tool, **changes)


def vote(user: str, *sources: str) -> items.Decision:
    """A yes that counted."""
    return items.Decision(click=8, request=7, actor=user, verdict="approve", sources=sources or ("S0ITADM",))


def texts(shown: list[dict[str, Any]]) -> list[str]:
    """Every text of the blocks, in order."""
    found = []
    for block in shown:
        inside = [block.get("text"), block.get("label"), *block.get("elements", [])]
        for each in inside:
            text = each.get("text") if isinstance(each, dict) else None
            found += [text["text"] if isinstance(text, dict) else text] if text else []
    return found


def read(shown: list[dict[str, Any]]) -> str:
    """All that stands there."""
    return "\n".join(texts(shown))


def buttons(shown: list[dict[str, Any]]) -> list[str]:
    """The actions that can be pressed."""
    return [each["action_id"] for block in shown if block["type"] == "actions" for each in block["elements"]]


def values(shown: list[dict[str, Any]]) -> set[str]:
    """What the buttons carry."""
    return {each["value"] for block in shown if block["type"] == "actions" for each in block["elements"]}


def live(shown: Any) -> set[str]:
    """The mentions that Slack would carry out, times aside."""
    found = LIVE.findall(json.dumps(shown, ensure_ascii=False))
    return {kind + name for kind, name in found if not (kind == "!" and name == "date")}


def code(shown: list[dict[str, Any]]) -> str:
    """What is inside the fences, put together."""
    fences = [text[4:-4] for text in texts(shown) if text.startswith("```\n") and text.endswith("\n```")]
    return "".join(fences)


def decoded(visible: str) -> str:
    """The text that is shown like this: escapes and spelled-out characters undone."""
    solid = visible.replace("`\u200b", "`")
    solid = solid.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return re.sub(r"\\u\{([0-9a-f]+)\}", lambda match: chr(int(match[1], 16)), solid)
