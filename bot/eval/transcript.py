"""A case as it was played, in lines for people: who did what, what the bot called, and what was seen then."""

import json
from collections.abc import Iterator

from bot.eval.case import Step
from bot.eval.happened import Happened

#: characters of one line
MAX_LINE = 300


def told(step: Step, came: Happened) -> Iterator[str]:
    """The step, and what came of it."""
    yield _did(step)
    for call in came.calls:
        arguments = json.dumps(call.arguments, ensure_ascii=False)
        yield _short(f"  → {call.tool} {arguments}: {call.outcome}")
    for seen in came.seen:
        where = "" if seen.thread else f" ({seen.place})"
        yield _short(f"  bot{where}: {seen.text}")


def _did(step: Step) -> str:
    match step:
        case Step(after=length) if length is not None:
            return f"{length} pass"
        case Step(about=about) if about is not None:
            return f"{step.who}, about what {about.who} wrote, “{about.said}”: {step.says}"
        case Step(edits=text) if text is not None:
            return f"{step.who} edits the message to: {text}"
        case Step(deletes=True):
            return f"{step.who} deletes the message"
        case Step(presses=button) if button is not None:
            on = f" on the card of {step.tool}" if step.tool else " below the answer"
            why = f": {step.reason}" if step.reason else ""
            return f"{step.who} presses {button}{on}{why}"
    return f"{step.who}: {step.says}"


def _short(text: str) -> str:
    line = " ⏎ ".join(part.strip() for part in text.splitlines() if part.strip())
    indent = " " * (len(text) - len(text.lstrip()))
    return indent + (f"{line[:MAX_LINE]}…" if len(line) > MAX_LINE else line)
