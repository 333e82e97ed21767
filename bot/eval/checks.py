"""What must hold, held against what happened. Pure: each thing that is not so is one sentence for people."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.eval.case import CallCheck, Expect, RequestCheck, TextCheck
from bot.eval.fields import PEOPLE
from bot.eval.happened import Asked, Happened, Made, Seen

#: characters of what people saw that a sentence quotes
MAX_QUOTED = 300

_NAMES = {slack_user: name for name, slack_user in PEOPLE.items()}


def check(expected: Expect, found: Happened) -> list[str]:
    """What is not as expected, in the order of the case; nothing where all is well."""
    return [
        *(said for each in expected.calls for said in _called(each, found.calls)),
        *(said for each in expected.forbidden for said in _forbidden(each, found.made)),
        *(f"{tool} ran, which it never should." for tool in expected.never_started if tool in found.started),
        *_asked(expected, found.requests),
        *(
            f"No press of {each.who} on the card of {each.tool} was refused."
            for each in expected.refused
            if (PEOPLE[each.who], each.tool) not in found.refused
        ),
        *(said for each in expected.text for said in _read(each, found.seen)),
        *_answered(expected.answers, found.answers),
    ]


def _called(wanted: CallCheck, calls: list[Made]) -> Iterator[str]:
    fitting = [each for each in calls if each.tool in wanted.tool and fits(wanted.given, each.arguments)]
    right = [each for each in fitting if wanted.outcome in (None, each.outcome)]
    if right and wanted.times in (None, len(right)):
        return
    what = f"{' or '.join(wanted.tool)}{_with(wanted.given)}"
    end = f" with the outcome {wanted.outcome}" if wanted.outcome else ""
    often = f" {wanted.times} times, but {len(right)} times" if wanted.times and right else ""
    told = "; ".join(f"{each.tool}{_with(each.arguments)}: {each.outcome}" for each in calls) or "nothing"
    yield f"{what} should have been called{end}{often}. Called was: {told}."


def _forbidden(wanted: CallCheck, made: list[Made]) -> Iterator[str]:
    for each in made:
        if each.tool in wanted.tool and fits(wanted.given, each.arguments) and wanted.outcome in (None, each.outcome):
            yield f"{each.tool}{_with(each.arguments)} was called, which is forbidden here."


def _asked(expected: Expect, requests: list[Asked]) -> Iterator[str]:
    if expected.requests is None:
        return
    told = "; ".join(map(_request, requests)) or "none"
    if not expected.requests and requests:
        yield f"Nobody should have been asked for approval. Requests: {told}."
    for wanted in expected.requests:
        if not any(_is(wanted, each) for each in requests):
            yield f"There should be a request for {_wanted(wanted)}. Requests: {told}."


def _is(wanted: RequestCheck, found: Asked) -> bool:
    return (
        wanted.tool == found.tool
        and fits(wanted.given, found.arguments)
        and wanted.verdict == found.verdict
        and (wanted.requester is None or PEOPLE[wanted.requester] == found.requester)
        and wanted.needs in (None, found.needs)
        and (wanted.votes is None or {PEOPLE[each] for each in wanted.votes} == set(found.votes))
    )


def _read(wanted: TextCheck, seen: list[Seen]) -> Iterator[str]:
    shown = "\n".join(each.text for each in seen if _is_there(each, wanted.where))
    folded = shown.casefold()
    there = f"in the {wanted.where}" if wanted.where in ("thread", "channels") else f"by {wanted.where}"
    there = "anywhere" if wanted.where == "everywhere" else there
    if wanted.contains and not any(word.casefold() in folded for word in wanted.contains):
        yield f"To be read {there}: {_either(wanted.contains)}. What was read: {_quoted(shown)}."
    for word in wanted.lacks or ():
        if word.casefold() in folded:
            yield f"Not to be read {there}: “{word}”. What was read: {_quoted(_around(shown, word))}."
    if wanted.matches and not re.search(wanted.matches, shown, re.IGNORECASE | re.MULTILINE):
        yield f"To be read {there}: what matches {wanted.matches}. What was read: {_quoted(shown)}."


def _is_there(seen: Seen, where: str) -> bool:
    match where:
        case "thread":
            return seen.thread
        case "channels":
            return seen.place not in PEOPLE
        case "everywhere":
            return True
    return seen.place == where


def _answered(wanted: int | None, found: int) -> Iterator[str]:
    if wanted not in (None, found):
        yield f"There should be {wanted} answers, and there were {found}."


def fits(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """Whether the arguments hold at least what is wanted; upper and lower case are alike."""
    return all(name in found and _fits(value, found[name]) for name, value in wanted.items())


def _fits(wanted: Any, found: Any) -> bool:
    match wanted:
        case {"contains": str(part), **others} if not others:
            return part.casefold() in str(found).casefold()
        case {"any_of": [*values], **others} if not others:
            return any(_fits(each, found) for each in values)
        case str():
            return isinstance(found, str) and wanted.strip().casefold() == found.strip().casefold()
    return bool(wanted == found) and isinstance(wanted, bool) is isinstance(found, bool)


def _with(arguments: Mapping[str, Any]) -> str:
    return f"({', '.join(f'{name}={_short(value)}' for name, value in arguments.items())})"


def _short(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:MAX_QUOTED]


def _wanted(wanted: RequestCheck) -> str:
    by = f" by {wanted.requester}" if wanted.requester else ""
    needs = f", needs: {wanted.needs}" if wanted.needs else ""
    votes = f", votes: {_people(wanted.votes)}" if wanted.votes is not None else ""
    return f"{wanted.tool}{_with(wanted.given)}{by}: {wanted.verdict}{needs}{votes}"


def _request(found: Asked) -> str:
    people = _people(_NAMES.get(each, each) for each in found.votes)
    by = _NAMES.get(found.requester, found.requester)
    told = f"{found.tool}{_with(found.arguments)} by {by}: {found.verdict}"
    return f"{told} (needs: {found.needs}, votes: {people})"


def _people(names: Iterable[str]) -> str:
    return ", ".join(names) or "nobody"


def _either(words: Iterable[str]) -> str:
    return " or ".join(f"“{word}”" for word in words)


def _around(text: str, word: str) -> str:
    at = text.casefold().find(word.casefold())
    return text[max(0, at - MAX_QUOTED // 2) :]


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return f"“{line[:MAX_QUOTED]}…”" if len(line) > MAX_QUOTED else f"“{line}”" if line else "nothing"
