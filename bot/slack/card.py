"""The approval card: what would be done and to whom, complete, and what became of it.

Promise: one look for every copy, made of the request alone, so that an old card can always be drawn again; and what
is approved on it stands on it in full.
"""

import json
from datetime import datetime, timedelta

from bot.core.items import Request
from bot.core.thread import Ask
from bot.core.words import moment
from bot.slack import blocks, edit, parts, verified
from bot.slack.blocks import Block, Content
from bot.slack.card_words import UNKNOWN, VERDICTS
from bot.slack.cases import Case
from bot.slack.parts import title
from bot.slack.progress import progress
from bot.slack.text import label, pieces, plain
from tools.spec import Risk, Tool

#: characters of what would be taken back in the question before it is; Slack takes 300 in all
MAX_ASKED = 250

_FOREVER = blocks.confirm("Approve it?", "It cannot be undone.", "Approve")
_WITHDRAW = blocks.confirm("Withdraw it?", "The request is closed and nothing is done.", "Withdraw")


def card(case: Case, *, may_decide: bool) -> Content:
    """The card of the request; `may_decide`: the people who see this copy may include approvers."""
    ask = case.ask
    shown = [*_head(case), *parts.told(case), *body(case), *state(case)]
    if may_decide and not ask.close and not parts.too_long(ask.request):
        shown += verified.question(ask.request)
    if pressed := (_after(case) if ask.close else _buttons(case, may_decide=may_decide)):
        shown.append(blocks.actions(pressed))
    return {"text": _notice(ask), "blocks": shown}


def subject_card(case: Case) -> Content:
    """What the person it is about gets: they may object."""
    ask, request = case.ask, case.ask.request
    may = "." if ask.close else ", so you may object; then it is not done."
    words = f"<@{request.requester}> asked for this. It is about you{may}"
    shown = [blocks.header(_title(ask)), blocks.section(words), *parts.about(case), *parts.arguments(request)]
    shown += _closed(case) if ask.close else [blocks.context(f"Expires {moment(request.expires_at)}")]
    pressed = [blocks.button("View all…", "approval.view", request.id)] if parts.too_long(request) else []
    if not ask.close:
        pressed.insert(0, blocks.button("Object…", "approval.deny", request.id, "danger"))
    return {"text": f"About you: {_notice(ask)}", "blocks": [*shown, *([blocks.actions(pressed)] if pressed else [])]}


def _head(case: Case) -> list[Block]:
    return [blocks.header(_title(case.ask)), *parts.about(case)]


def body(case: Case) -> list[Block]:
    """The call itself, as far as a card can hold it."""
    return [*parts.arguments(case.ask.request), *parts.note(case.ask.request), parts.foot(case)]


def state(case: Case) -> list[Block]:
    """How far it is, or how it ended."""
    return _closed(case) if case.ask.close else [blocks.section(progress(case.ask))]


def _title(ask: Ask) -> str:
    words = title(ask.request)
    return words.capitalize() if ask.close else f"Approval needed: {words}"


def _notice(ask: Ask) -> str:
    request = ask.request
    subject = f" for {label(request.subject.name)}" if request.subject else ""
    verdict = ask.close.verdict if ask.close else "waiting for approval"
    return f"{title(request).capitalize()}{subject}: {verdict}"


# ── buttons ──


def _buttons(case: Case, *, may_decide: bool) -> list[Block]:
    request, pressed = case.ask.request, []
    whole = not parts.too_long(request)
    if may_decide and whole:
        asked = _FOREVER if _forever(case) else None
        pressed.append(blocks.button("Approve", "approval.approve", request.id, "primary", asked))
    if not whole:
        pressed.append(blocks.button("View all…", "approval.view", request.id, "primary"))
    if may_decide:
        pressed.append(blocks.button("Deny…", "approval.deny", request.id, "danger"))
    if whole and case.tool and edit.fields(request, case.tool):
        pressed.append(blocks.button("Edit…", "approval.edit", request.id))
    return [*pressed, blocks.button("Withdraw", "approval.withdraw", request.id, confirm=_WITHDRAW)]


def _forever(case: Case) -> bool:
    """The worst of what nobody can take back; where everybody is asked for a code, that is question enough."""
    tool = case.tool
    return bool(tool and tool.risk is Risk.CRITICAL and not tool.undo and case.ask.request.step_up != "everybody")


def _after(case: Case) -> list[Block]:
    ask, pressed = case.ask, []
    if parts.too_long(ask.request):
        pressed.append(blocks.button("View all…", "approval.view", ask.request.id))
    if ask.ended == "done" and ask.undone_at is None and case.tool and case.tool.undone_by:
        pressed.append(blocks.button("Undo…", "approval.undo", ask.request.id, confirm=_undo(ask, case.tool)))
    return pressed


def _undo(ask: Ask, tool: Tool) -> Block:
    """The question before it is taken back: what would be done, and to whom."""
    touched = ", ".join(label(each.name) for each in (ask.request.subject, ask.request.resource) if each)
    what = ": ".join(each for each in (plain(tool.undo or "").rstrip("."), touched) if each)
    words = f"{next(pieces(what, MAX_ASKED))}.\nIt may need an approval."
    return blocks.confirm("Take it back?", words, "Take it back")


# ── how it ended ──


def _closed(case: Case) -> list[Block]:
    ask, close = case.ask, case.ask.close
    assert close
    decided = tuple(ask.voted) if close.verdict == "approved" else ()
    by = parts.people(decided or ((close.by,) if close.by else ()))
    at = f" · {moment(ask.closed_at)}" if ask.closed_at else ""
    verdict = f"{VERDICTS[close.verdict]}{f' by {by}' if by else ''}{at}"
    shown = [blocks.section(verdict), *blocks.quoted(close.reason or ""), *verified.answers(ask)]
    if ask.renewed_by is not None:
        shown.append(blocks.section(f":repeat: Not run: request {ask.renewed_by} takes its place."))
    if ask.ended:
        shown += _ended(ask)
    if ask.undone_at:
        shown.append(blocks.section(_undone(case, ask.undone_at)))
    return shown


def _ended(ask: Ask) -> list[Block]:
    at = f" · {moment(ask.ended_at)}" if ask.ended_at else ""
    match ask.ended:
        case "done":
            return [blocks.section(f":white_check_mark: Done.{at}")]
        case "failed":
            return [blocks.section(f":x: Did not work{at}:"), *blocks.quoted(ask.ended_text)]
        case "unknown":
            return [blocks.section(f":warning: Interrupted{at}: {UNKNOWN}")]
    return [blocks.section(f":warning: It did not start{at}:"), *blocks.quoted(ask.ended_text)]


def _undone(case: Case, at: datetime) -> str:
    over = _over(case.ask.request, case)
    if over is not None and at >= over:
        return f":hourglass: Ended by itself on {moment(at)}"
    return f":leftwards_arrow_with_hook: Taken back on {moment(at)}"


def _over(request: Request, case: Case) -> datetime | None:
    """From when on what it gave was to end by itself; a little early, since it started after its approval."""
    tool, approved = case.tool, case.ask.closed_at
    hours = json.loads(request.arguments).get(tool.ends_after) if tool and tool.ends_after else None
    return approved + timedelta(hours=hours) if approved and isinstance(hours, int) else None
