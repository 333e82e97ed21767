"""How approvers made sure, outside of Slack, that people want what is asked for in their name. Pure.

A Slack account that somebody else got hold of is all it takes to ask for a new password.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.core.items import Request
from bot.core.known import Verified
from bot.core.thread import Ask
from bot.slack import blocks
from bot.slack.blocks import Block
from bot.slack.text import label

#: what is chosen: Slack tells us, and there is nothing to do before Approve is pressed
ACTION = "approval.verified"

#: what can be chosen, and how it is told of somebody
WAYS: Mapping[Verified, tuple[str, str]] = {
    "met": ("I met them", "met them"),
    "called": ("I called a number we have", "called a number we have"),
    "video": ("I saw them in a video call", "saw them in a video call"),
    "vouched": ("Their manager told me", "was told by their manager"),
    "other": ("In another way", "in another way"),
}


def question(request: Request) -> Iterator[Block]:
    """What approvers are asked, where they are."""
    if request.verify == "no":
        return
    who = label(request.subject.name) if request.subject else f"<@{request.requester}>"
    needed = " Approving needs an answer." if request.verify == "needed" else ""
    options = [blocks.option(text, way) for way, (text, _) in WAYS.items()]
    yield blocks.section(f"*How did you make sure, outside of Slack, that {who} wants this?*{needed}")
    choice = {"type": "static_select", "action_id": ACTION, "options": options}
    yield {**blocks.actions([choice]), "block_id": _block(request.id)}


def chosen(body: Mapping[str, Any], version: str) -> Verified | None:
    """What somebody chose for this version of a request where they pressed Approve; None where they chose nothing."""
    found: object = body.get("view") or body
    # whatever else somebody sends in its place is no choice
    for name in ("state", "values", _block(version), ACTION, "selected_option", "value"):
        found = found.get(name) if isinstance(found, Mapping) else None
    return way(found)


def way(value: object) -> Verified | None:
    """One of the ways, or None for anything else."""
    return next((each for each in WAYS if each == value), None)


def answers(ask: Ask) -> Iterator[Block]:
    """What those who approved said."""
    if ask.request.verify == "no":
        return
    for vote in (each for each in ask.votes if each.verdict == "approve"):
        told = WAYS[vote.verified][1] if vote.verified else "did not say"
        yield blocks.context(f"<@{vote.actor}>, how they made sure: {told}")


def _block(version: str) -> str:
    return f"verified {version}"
