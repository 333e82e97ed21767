"""How the demo model words what became of a request or a call: approved, denied, refused, failed, waiting."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.model.demo import holdings
from bot.model.demo.record import NOT_DONE, Deed, Record, first, number

#: what a call does, to follow the word "to"; a call that lacks one of the arguments is named by its tool
_ACTIONS = {
    "calculator": "calculate {expression}",
    "create_ticket": "open a ticket about {title}",
    "find_device": "look up the device of {user_id}",
    "forget": "forget {memory_id}",
    "get_ticket": "look at ticket {ticket_id}",
    "grant_access": "give {user_id} access to {group} for {duration}",
    "list_my_access": "look up your access",
    "list_my_tickets": "list your tickets",
    "lookup_user": "look up {user_id}",
    "recall": "recall what I know of you",
    "remember": "remember it",
    "request_status": "look at request {request}",
    "reset_password": "reset the password of {user_id}",
    "revoke_access": "take {user_id} out of {group}",
    "search_kb": "look up {query}",
    "share_ticket": "let {user_id} follow ticket {ticket_id}",
    "update_ticket": "change ticket {ticket_id}",
    "unlock_account": "unlock the account of {user_id}",
    "wipe_device": "wipe {device_id}",
    "withdraw_request": "withdraw request {request}",
}


def action(tool: str, arguments: Mapping[str, Any]) -> str:
    """What a call does, to follow the word "to"."""
    hours = arguments.get("duration_hours")
    named = {**arguments, "duration": f"{hours} hour{'' if hours == 1 else 's'}"} if hours else arguments
    try:
        return _ACTIONS[tool].format_map(named)
    except KeyError:
        return tool.replace("_", " ")


def told(record: Record, deeds: Sequence[Deed]) -> Iterator[str]:
    """A sentence for each request that was decided and each call that did not work."""
    withdrawn = {number(deed) for deed in deeds if deed.tool == "withdraw_request"}
    for deed in deeds:
        if deed.tool == "request_status" and deed.status:
            if deed.status != "withdrawn" or number(deed) not in withdrawn:
                yield _decided(record, deed)
        elif deed.status in NOT_DONE:
            yield _not_done(action(deed.tool, deed.arguments), deed.result)
        elif deed.tool == "withdraw_request" and not isinstance(deed.result, str):
            yield f"I withdrew {_request(record, deed)}; nothing was done."


def waiting(record: Record, deeds: Sequence[Deed]) -> Iterator[str]:
    """One sentence for each call of these that still waits for people."""
    still = record.waiting()
    for deed in deeds:
        if deed.status.startswith("waiting") and deed.tool != "request_status" and number(deed) in still:
            asked = f"I asked for approval to {action(deed.tool, deed.arguments)} (request {number(deed)})"
            yield f"{asked}; nothing happens before somebody approves."


def result_text(deed: Deed) -> str:
    """The sentence in what a call brought, where there is one."""
    if found := holdings.said(deed):
        return found
    result = deed.result
    if isinstance(result, Mapping) and "was_locked" in result:
        end = "is unlocked" if result["was_locked"] else "was not locked, so nothing was changed"
        return f"The account of {first(result, 'id')} {end}."
    said, ticket = first(result, "what_happens_next", "note"), first(result, "ticket_id")
    return f"{said} The ticket is **{ticket}**." if said and ticket else said


def _decided(record: Record, deed: Deed) -> str:
    return f"{_outcome(record, deed)}{_edited(record, deed)}"


def _outcome(record: Record, deed: Deed) -> str:
    about, result = _request(record, deed), deed.result
    match deed.status:
        case "approved":
            return f"An approver approved {about}{_came_of(record, deed)}"
        case "denied":
            return f"{_capital(about)} was denied{_because(result)}."
        case "expired":
            return f"{_capital(about)} expired before anybody decided. Ask me again if it is still needed."
        case "void":
            return f"{_capital(about)} no longer counts{_because(result)}."
    state = "is still waiting for approval" if deed.status.startswith("waiting") else f"is {deed.status}"
    return f"{_capital(about)} {state}{_because(result)}."


def _edited(record: Record, deed: Deed) -> str:
    """That somebody changed the call before it was decided, and to what."""
    if deed.result.get("edited") is not True:
        return ""
    asked = record.requests().get(number(deed) or 0)
    before = asked.arguments if asked else {}
    changed = [f"{name.replace('_', ' ')} {value}" for name, value in _now(deed).items() if before.get(name) != value]
    told = f": now {', '.join(changed)}" if changed else ""
    return f" An approver changed it before{told}."


def _now(deed: Deed) -> Mapping[str, Any]:
    """The arguments after an edit; empty where there was none."""
    arguments = deed.result.get("arguments")
    return arguments if isinstance(arguments, Mapping) else {}


def _came_of(record: Record, deed: Deed) -> str:
    result, asked = deed.result.get("result"), record.requests().get(number(deed) or 0)
    if isinstance(result, Mapping) and result.get("status") in NOT_DONE:
        return f". {_not_done('do it', result)}"
    done = Deed(deed.place, asked.tool, {**asked.arguments, **_now(deed)}, result) if asked else deed
    return f": done. {result_text(done) if result else ''}".rstrip()


def _not_done(what: str, result: Mapping[str, Any]) -> str:
    if result.get("status") == "unknown":
        return f"Whether I managed to {what} is not known; please check before you ask again."
    return f"I {'may' if result.get('status') == 'refused' else 'could'} not {what}{_because(result)}."


def _request(record: Record, deed: Deed) -> str:
    place = number(deed)
    asked = record.requests().get(place) if place is not None else None
    return f"request {place} (to {action(asked.tool, asked.arguments)})" if asked else f"request {place}"


def _because(result: Any) -> str:
    reason = first(result, "reason", "note").strip().rstrip(".")
    return f": {reason}" if reason else ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
