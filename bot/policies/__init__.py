"""The policy file: read, checked and compiled once, at the start.

Promise: what `load` returns is decidable in bounded time; whatever is wrong in the file is told at once, with its line.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

from pydantic import ValidationError

from bot.core import canonical
from bot.core.policy import Policy
from bot.core.rules import Rule
from bot.core.sight import OF_PEOPLE, OF_TICKETS, Clause, Sight
from bot.errors import ConfigError
from bot.policies.checks import clause, complaints, condition, expanded, made, most_people
from bot.policies.conditions import Wrong
from bot.policies.document import Unreadable, parse
from bot.policies.engine import Clock
from bot.policies.entries import APPROVERS, PolicyFile
from bot.policies.problems import Place, Problem, at, refusal, says
from tools import spec
from tools.spec import Tool

#: the policy of those who have no file
SHIPPED = Path(spec.__file__).with_name("policy.yml")

#: what can be seen of others, and what its condition may name
_SEEN = {"people": OF_PEOPLE, "tickets": OF_TICKETS}


def load(
    path: Path | None, approvers: tuple[str, ...], tools: Iterable[Tool], *, clock: Clock = perf_counter
) -> Policy:
    """The policy in a file, or the shipped one. Raises ConfigError with all that is wrong, a line each.

    `approvers` are those of the settings; a list in the file goes before them. `clock` returns seconds.
    """
    file = path or SHIPPED
    text = text_of(file)
    try:
        value, lines = parse(text)
        entries = _entries(value, lines)
        return _policy(entries, lines, approvers, {each.name: each for each in tools}, clock)
    except Unreadable as error:
        raise refusal(file.name, error.problems) from None


def text_of(file: Path) -> str:
    """What the file holds. Raises ConfigError where it cannot be read."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}") from None


def warnings(policy: Policy) -> tuple[str, ...]:
    """What is allowed but seldom meant, a sentence each."""
    told = []
    if policy.allow_self_approval:
        told.append("allow_self_approval is on: people may approve what they ask for. Use it for trials only.")
    most = most_people(policy.approvers)
    if most == 0:
        told.append("There are no approvers: whatever needs an approval is refused unless a rule says who is asked.")
    elif most == 1:
        told.append("There is one approver: nobody can approve what that person asks for, and nothing critical.")
    return tuple(told)


def _entries(value: Any, lines: Mapping[Place, int]) -> PolicyFile:
    if not isinstance(value, dict):
        raise Unreadable(Problem(1, "", "is not a policy: it begins with version: 1"))
    try:
        return PolicyFile.model_validate(value)
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_context=False, include_url=False)
        raise Unreadable(*(at(lines, each["loc"], says(each["type"], each["msg"])) for each in wrong)) from None


def _policy(
    file: PolicyFile, lines: Mapping[Place, int], ours: tuple[str, ...], tools: Mapping[str, Tool], clock: Clock
) -> Policy:
    approvers = tuple(ours if file.approvers is None else dict.fromkeys(file.approvers))
    problems = [at(lines, place, says) for place, says in _order(file)]
    rules = [_rule(file, number, approvers, tools, clock) for number in range(len(file.rules))]
    problems += [at(lines, place, says) for rule in rules if isinstance(rule, list) for place, says in rule]
    see = {name: _clause(file, name, names, clock) for name, names in _SEEN.items()}
    problems += [at(lines, ("see", name), str(each)) for name, each in see.items() if isinstance(each, Wrong)]
    if problems:
        raise Unreadable(*problems)
    return Policy(
        approvers=approvers,
        rules=tuple(rule for rule in rules if isinstance(rule, Rule)),
        zone=file.clock,
        fallback=expanded(file.fallback, approvers),
        expires_after=file.expires,
        remind_after=file.remind,
        escalate_after=file.escalate.after if file.escalate else None,
        escalate_to=expanded(file.escalate.to, approvers) if file.escalate else (),
        max_open=file.max_open,
        see=Sight(**{name: each for name, each in see.items() if isinstance(each, Clause)}),
        allow_self_approval=file.allow_self_approval,
        digest=canonical.digest([file.model_dump(mode="json"), list(approvers)]),
    )


def _rule(
    file: PolicyFile, number: int, approvers: tuple[str, ...], tools: Mapping[str, Tool], clock: Clock
) -> Rule | list[tuple[Place, str]]:
    """The rule, or where in the file it is wrong and why."""
    entry, place = file.rules[number], ("rules", number)
    wrong = [((*place, *inner), says) for inner, says in complaints(entry, tools, approvers)]
    if any(inner[2:] == ("tool",) for inner, _ in wrong):
        return wrong
    try:
        holds = condition(entry, tools, clock)
    except Wrong as error:
        return [*wrong, ((*place, "when"), str(error))]
    return wrong or made(entry, holds, approvers)


def _clause(file: PolicyFile, name: str, names: tuple[str, ...], clock: Clock) -> Clause | Wrong | None:
    """When what is called `name` is seen of others, or why the file cannot be taken."""
    try:
        return clause(getattr(file.see, name), names, clock)
    except Wrong as error:
        return error


def _order(file: PolicyFile) -> Iterator[tuple[Place, str]]:
    """What is wrong between the parts of the file."""
    if APPROVERS in (file.approvers or ()):
        yield ("approvers",), "cannot contain itself"
    if file.remind and file.remind >= file.expires:
        yield ("remind",), "is not before expires"
    if file.escalate and file.escalate.after >= file.expires:
        yield ("escalate", "after"), "is not before expires"
    several = {name for name, times in Counter(rule.name for rule in file.rules).items() if times > 1}
    for number, rule in enumerate(file.rules):
        if rule.name in several:
            yield ("rules", number, "name"), "is the name of another rule, too"
