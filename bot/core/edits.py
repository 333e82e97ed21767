"""Another version of a request, because somebody edited it.

Promise: it never asks for less than the one before, touches the same person and thing, and its editor is an author of
it, unless they only lowered a limit.
"""

import json
from dataclasses import replace

from bot.core import items
from bot.core.drafts import Draft, circumstances, no_less, too_long
from bot.core.known import CallKnown
from bot.core.policy import Forbidden
from bot.core.terms import Terms
from bot.core.thread import Thread
from tools.spec import Tool


def edited(
    thread: Thread, click: int, arguments: str, record: str | None, known: CallKnown, terms: Terms
) -> items.Request | str:
    """The next version with these arguments, which fit the tool; or why there is none. `record`: who the editor is."""
    number, editor = thread.clicks[click].request, thread.clicks[click].actor
    ask = thread.asks[number]
    old = ask.request
    work = replace(thread.works[old.call], arguments=arguments)
    if reason := known.refusal or too_long(arguments):
        return reason
    need = terms.policy.requires(circumstances(thread, work, known, terms))
    if isinstance(need, Forbidden):
        return need.reason
    need = no_less(need, old, terms.policy)
    asking = Draft(thread, work, known, terms)
    out, records = asking.excluded | ask.excluded, asking.excluded_records | ask.excluded_records
    anybody = terms.policy.allow_self_approval and old.self_approval
    narrowed = _only_narrowed(asking.tool, old.arguments, arguments)
    if not (anybody or narrowed):
        out, records = out | {editor}, records | ({record} if record else set())
    return asking.request(
        need,
        version=old.version + 1,
        excluded=out,
        excluded_records=tuple(sorted(records)),
        self_approval=anybody,
        number=number,
        edited_by=editor,
        click=click,
        narrowed=narrowed,
        renews=old.renews,
        expires_at=min(old.expires_at, terms.now + need.expires_after),
        remind_at=old.remind_at,
        escalate_at=old.escalate_at,
    )


def _only_narrowed(tool: Tool, before: str, after: str) -> bool:
    """Nothing changed but numbers that only limit what the call does, downwards."""
    old, new = json.loads(before), json.loads(after)
    changed = [name for name in old.keys() | new.keys() if old.get(name) != new.get(name)]
    return all(name in tool.narrow and _lower(new.get(name), old.get(name)) for name in changed)


def _lower(new: object, old: object) -> bool:
    return isinstance(new, int | float) and isinstance(old, int | float) and new < old


def editable(tool: Tool) -> tuple[str, ...]:
    """The arguments people may change: never whom or what the call touches."""
    fixed = {tool.subject, tool.resource}
    return tuple(name for name in tool.arguments.model_fields if name not in fixed)
