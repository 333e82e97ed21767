"""An item of the log as a sentence for an auditor. Of kinds unknown here a plain line says what they hold."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from bot.ops.audit.chain import TIME
from bot.ops.audit.fields import Fields
from bot.ops.audit.plain import plain
from bot.store.log import ERASED

#: characters of arguments, reasons and outputs in a sentence; the export has all
MAX_TEXT = 400

#: what the model was asked and shown, and what that took; told where it is asked for
OF_MODEL = frozenset(("model_output", "rebase"))

#: nothing is decided by these: talk and its edits, what the model is shown, what was looked up, and clicks,
#: whose outcome is an item of its own
SILENT = OF_MODEL.union(
    (
        *("opened", "user_message", "edited", "earlier", "attached", "facts", "model_failed"),
        *("routed", "delayed", "click", "switch", "feedback", "turn_over"),
    )
)


def sentence(fields: Fields, silent: frozenset[str] = SILENT) -> str | None:
    """The sentence, without an end; None for kinds that decide nothing."""
    kind = str(fields["kind"])
    if kind in silent or (kind == "call" and fields["origin"] != "undo"):
        return None
    return _SENTENCES.get(kind, _unknown)(fields)


def _request(f: Fields) -> str:
    asks = f"{f['requester'] if not f.erased else f['actor']} asks for {_what(f)}{_on(f)}{_at(f['terminal'])}"
    if f["edited_by"] and not f.erased:
        asks = f"{f['edited_by']} changed it to {_what(f)}{_on(f)}"
    if f["renews"] and not f.erased:
        asks += f", in place of request {f['renews']}, because {_text(f['why'])}"
    return f"{_version(f)}: {asks}; approvals needed: {f['needs']}; it ends {_time(f['expires_at'])}"


def _commanded(f: Fields) -> str:
    name = f" in the name of {f['actor']}" if f["actor"] else ""
    return f"somebody{_at(f['terminal'])}, wants a tool called{name}"


def _at(terminal: object) -> str:
    """From which command line; nothing where it was none."""
    if not isinstance(terminal, dict):
        return ""
    return f" at the command line of {_text(terminal.get('host'))}, OS user {_text(terminal.get('user'))}"


def _version(f: Fields) -> str:
    number = f["number"] if isinstance(f["number"], int) else f.seq
    return f"request {number}" + (f", version {f['version']}" if f["version"] not in (None, 1, ERASED) else "")


def _decision(f: Fields) -> str:
    verb = {"approve": "approved", "deny": "denied"}.get(f["verdict"], f"decided {f['verdict']} on")
    return f"{f['actor']} {verb} {_about(f)}{_because(f)}{_verified(f)}"


def _verified(f: Fields) -> str:
    """How the approver made sure that the person wants it."""
    return f", having made sure of the person ({_text(f['verified'])})" if f["verified"] and not f.erased else ""


def _click_refused(f: Fields) -> str:
    click = f.of("click")
    action = click["action"] if click else "click"
    return f"{f['actor']} pressed {action} on {_about(f)}, which changed nothing{_because(f)}"


def _close(f: Fields) -> str:
    by = f" by {f['by']}" if f["by"] and not f.erased else f" by {f['actor']}" if f.erased and f["actor"] else ""
    return f"{_about(f)} is {f['verdict']}{by}{_because(f)}"


def _refused(f: Fields) -> str:
    return f"{_run(f)} was not run{_because(f)}"


def _start(f: Fields) -> str:
    return f"{_run(f)} starts, attempt {f['attempt']}"


def _result(f: Fields) -> str:
    outcomes = {"done": "done", "wrong": "its arguments were wrong", "passing": "it failed and is to be tried again"}
    outcome = outcomes.get(f["outcome"], f["outcome"])
    said = "" if f["outcome"] in ("done", ERASED) else f": {_text(f['output'])}"
    ended = "was unknown and is known now" if f["late"] is True else "ended"
    return f"{f['tool']}, call {f['call']}, {ended}: {outcome}{said}"


def _switched(f: Fields) -> str:
    by = f["actor"] or "the command line"
    if f["asked"] is True:
        return f"{by} wants everything above low risk to go on; somebody else has to agree"
    done = {True: "froze everything above low risk", False: "let everything go on"}
    return f"{by} {done.get(f['frozen'], f'turned the switch: {ERASED}')}"


def _switch_refused(f: Fields) -> str:
    switch = f.of("switch")
    action = switch["action"] if switch else "switch"
    return f"{f['actor'] or 'the command line'} wanted to {action}, which changed nothing{_because(f)}"


def _handed_over(f: Fields) -> str:
    ticket = f" with ticket {f['ticket']}" if f["ticket"] else " without a ticket"
    return f"handed over to people in IT for {f['actor'] or f['by']}{ticket}"


def _stop_refused(f: Fields) -> str:
    return f"{f['actor']} wanted the bot to stop, which changed nothing{_because(f)}"


def _unknown(f: Fields) -> str:
    told = [f"{name} {_text(f[name])}" for name in f.names if name not in ("kind", "seq") and f[name] is not None]
    return ", ".join([f"{f['kind']}", *told, *([ERASED] if f.erased else [])])


def _output(f: Fields) -> str:
    return f"{f['model']} was asked for turn {f['turn']}{_used(f)}"


def _rebase(f: Fields) -> str:
    if f.erased:
        return f"what the model is shown begins at item {f['turn']}; the summary of what was before that is erased"
    begins = f"what the model is shown begins at item {f['since']} ({f['reason']})"
    if f["summary"]:
        return f"{begins}, behind a summary by {f['model']} of what was shown from item {f['covers'] or 1}{_used(f)}"
    return f"{begins}; {f['model']} gave no summary{_used(f)}" if f["model"] else begins


def _used(f: Fields) -> str:
    about = ", as estimated" if f["estimated"] is True else ""
    return f": {f['tokens_in']} tokens in, {f['tokens_cached']} of them cached, {f['tokens_out']} out{about}"


def _undo(f: Fields) -> str:
    given = f.version_of(f["of"]) or f.of("of")
    of = f" ({_what(given)})" if given else ""
    return f"{f['by']} pressed undo of call {f['of']}{of}, which asks for {_what(f)}, call {f.seq}"


_SENTENCES: Mapping[str, Callable[[Fields], str]] = MappingProxyType(
    {
        "call": _undo,
        "commanded": _commanded,
        "model_output": _output,
        "rebase": _rebase,
        "request": _request,
        "joined": lambda f: f"{_run(f)} joins {_about(f)}",
        "nudge": lambda f: f"{_about(f)} waits: {f['step']}",
        "decision": _decision,
        "click_refused": _click_refused,
        "close": _close,
        "refused": _refused,
        "postponed": lambda f: f"{_run(f)} is put off until {_time(f['until'])}",
        "tool_start": _start,
        "tool_result": _result,
        "tool_unknown": lambda f: f"{_run(f)}: nobody knows whether it took effect; it is not repeated",
        "link_lost": lambda f: f"the one-time link of {_run(f)} could not be delivered",
        "interrupted": lambda f: f"calls {f['calls']} were cut off: the process that ran them is gone",
        "handed_over": _handed_over,
        "deleted": lambda f: f"a message of {f['actor']} was deleted; its words are erased here, too",
        "person_left": lambda f: f"{f['record']} is no longer there",
        "thawed": lambda _: "what was put off while everything stood still ends now",
        "stop": lambda f: f"{f['actor']} told the bot to stop",
        "stop_refused": _stop_refused,
        "switched": _switched,
        "switch_refused": _switch_refused,
        "rolled_out": lambda f: f"the prompt {f['active']} leads {f['percent']} % of conversations, else {f['before']}",
        "alert": lambda f: f"told: {f['about']} {_text(f['what'])}, {f['percent']} % since {f['period']}",
        "policy_changed": lambda f: f"the policy is now {f['digest']}" + (f"; it was {f['was']}" if f["was"] else ""),
    }
)


def _what(f: Fields) -> str:
    """Tool and arguments of a request or a call."""
    of = f if f["arguments"] is not None else f.called or f
    return f"{of['tool']} {_text(of['arguments'])}"


def _on(f: Fields) -> str:
    """Whom and what a request touches."""
    subject, resource = f["subject"], f["resource"]
    told = f" on {subject.get('name')} ({subject.get('record')})" if isinstance(subject, dict) else ""
    return told + (f" on {resource.get('name')} ({resource.get('id')})" if isinstance(resource, dict) else "")


def _about(f: Fields) -> str:
    """The request, and what it is for."""
    asked = f.asked
    return f"request {f['request']}" + (
        f" ({asked['tool']} for {asked['actor'] or asked['requester']})" if asked else ""
    )


def _run(f: Fields) -> str:
    """The call with the arguments it had by then, and who asked for it."""
    call = f.called
    if call is None:
        return f"call {f['call']}"
    return f"{_what(f.version_of(f['call']) or call)}{_for(call)}, call {f['call']},"


def _for(call: Fields) -> str:
    """Whose call it is."""
    if not call.erased and (call["by"] or call["origin"] == "clock"):
        return f" for {call['by'] or 'the clock'}"
    message = call.of("turn")
    return f" for {message['actor']}" if message and message["actor"] else ""


def _because(f: Fields) -> str:
    return f": {_text(f['reason'])}" if f["reason"] else ""


def _text(value: object) -> str:
    return plain(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), MAX_TEXT)


def _time(value: object) -> str:
    try:
        return f"{datetime.fromisoformat(str(value)).astimezone(UTC):{TIME}}"
    except (ValueError, OverflowError):  # erased, or tampered with
        return str(value)
