"""The forms around a card: why it is denied, all of a request to look at, the code of an authenticator, a last word."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from bot.core.known import SlackUser, Verified
from bot.core.thread import Ask
from bot.slack import blocks, card, parts, verified
from bot.slack.blocks import Block
from bot.slack.card_words import OUTDATED
from bot.slack.cases import Case
from bot.slack.progress import could_vote

#: blocks and bytes that Slack takes in one form (https://docs.slack.dev/surfaces/modals), with some room
MAX_BLOCKS, MAX_BYTES = 100, 240_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a form was opened: for which version, in which channel (empty: none), whether from App Home, and what was
    chosen there before."""

    version: str
    channel: str
    home: bool = False
    verified: Verified | None = None

    def __str__(self) -> str:
        return f"{self.version} {self.channel} {'home' if self.home else ''} {self.verified or ''}"

    @classmethod
    def of(cls, view: Mapping[str, Any]) -> Self:
        """The place that a form of ours carries."""
        version, channel, home, how = (*view.get("private_metadata", "").split(" "), "", "", "", "")[:4]
        return cls(version, channel, home == "home", verified.way(how))


def deny_form(place: Place) -> Block:
    """The form that asks why."""
    asked = {
        "type": "plain_text_input",
        "action_id": "reason",
        "multiline": True,
        "max_length": 1_000,
        "focus_on_load": True,
    }
    why = blocks.field("reason", "Why?", asked, "The person who asked will read this.")
    return blocks.modal("approval.deny", "Deny this request", [why], "Deny", str(place))


def confirm_form(place: Place) -> Block:
    """The form that asks for a code before an approval counts."""
    return blocks.modal("approval.confirm", "Approve with a code", [_code()], "Approve", str(place))


def authenticator_form() -> Block:
    """The form with which somebody shows that their new authenticator works."""
    return blocks.modal("house.authenticator", "Your authenticator", [_code()], "Confirm", "")


def _code() -> Block:
    asked = {"type": "plain_text_input", "action_id": "code", "max_length": 20, "focus_on_load": True}
    return blocks.field("code", "Code of your authenticator", asked, "Six digits. Each code counts once.")


def notice_form(words: str) -> Block:
    """A sentence where a form cannot show it beside an input."""
    return blocks.modal("approval.notice", "Helpdesk", [blocks.section(words)], None, "")


def typed(view: Mapping[str, Any], name: str) -> str:
    """What was typed into the form's field of this name; empty where it has none."""
    entry = view["state"]["values"].get(name, {}).get(name, {})
    return (entry.get("value") or "").strip()


def view_form(case: Case, user: SlackUser, place: Place) -> Block:
    """All of the request; with Approve for those who may, if all of it is there to see."""
    request = case.ask.request
    current = place.version == request.id
    before = [*parts.about(case), *parts.told(case)]
    behind = [*parts.note(request), parts.foot(case), *card.state(case)]
    behind += [] if current else [blocks.section(OUTDATED)]
    if current and may_approve(case.ask, user):
        behind += verified.question(request)
    if not case.ask.close:
        behind.append(blocks.actions([blocks.button("Deny…", "approval.deny", request.id, "danger")]))
    shown, whole = _fitting(before, blocks.fenced(parts.spelled(request)), behind)
    submit = "Approve" if whole and current and may_approve(case.ask, user) else None
    return blocks.modal("approval.view", f"Request {case.number}", shown, submit, str(place))


def subject_form(case: Case, place: Place) -> Block:
    """What the person it is about may see of it: what would be done to them, not what was said about it."""
    shown, _ = _fitting(parts.about(case), blocks.fenced(parts.spelled(case.ask.request)), card.state(case))
    return blocks.modal("approval.view", f"Request {case.number}", shown, None, str(place))


def may_approve(ask: Ask, user: SlackUser) -> bool:
    """The button is worth showing; whether the click counts is decided elsewhere."""
    return ask.close is None and user in could_vote(ask)


def _fitting(before: list[Block], middle: list[Block], behind: list[Block]) -> tuple[list[Block], bool]:
    """The blocks, and whether they all fit; else as much of the middle as does."""
    room = MAX_BYTES - _bytes(before) - _bytes(behind)
    kept: list[Block] = []
    for block in middle:
        room -= _bytes([block])
        if room < 0 or len(before) + len(kept) + len(behind) >= MAX_BLOCKS - 1:
            rest = sum(len(each["text"]["text"]) for each in middle[len(kept) :])
            words = f":warning: *{rest:,} more characters do not fit here*, so it cannot be approved; it can be denied."
            return [*before, *kept, blocks.section(words), *behind], False
        kept.append(block)
    return [*before, *kept, *behind], True


def _bytes(shown: list[Block]) -> int:
    return len(json.dumps(shown))
