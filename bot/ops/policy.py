"""What admins ask of a policy: whether a file can be used, and what it requires of a call. Changes nothing."""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from bot import policies
from bot.core.explained import Explained
from bot.core.known import Person, Recent, Source
from bot.core.lengths import spelled
from bot.core.policy import Circumstances, Forbidden, Free, NeedsApproval, Policy, Requirement
from bot.core.rules import Outcome
from bot.core.sight import Look, Sight
from bot.errors import ConfigError
from bot.ops.beside import opened
from bot.ops.tools.asked import fitting, named
from bot.run.identity import person_of
from tools.backends.directory import Directory
from tools.backends.embedded import together
from tools.spec import Resolves, Resource, Tool, ToolFailed

#: seconds for all look-ups of one question
LOOKUP_LIMIT = 10

#: nobody looks in Slack here, so everybody is taken to be there
_SOMEBODY = "U0"

#: what tools work with, by the type they ask for
Systems = Mapping[type, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A call that somebody wonders about; ids are of the directory, `arguments` is JSON."""

    tool: str
    arguments: str
    requester: str | None = None
    #: None: whom and what the arguments name
    subject: str | None = None
    resource: str | None = None
    tainted: bool = False


def check(file: Path, approvers: tuple[str, ...], tools: Iterable[Tool]) -> tuple[bool, str]:
    """Whether the file can be used, and that in words with what is wrong or unusual. Raises ConfigError for no file."""
    policies.text_of(file)
    try:
        policy = policies.load(file, approvers, tools)
    except ConfigError as error:
        return False, str(error)
    number = len(policy.rules)
    told = [f"{file} is fine: {number} rule{'s' * (number != 1)}", *_seen(policy.see)]
    return True, "\n".join([*told, *(f"Warning: {each}" for each in policies.warnings(policy))])


def _seen(see: Sight) -> Iterable[str]:
    """Who is shown what of others."""
    if see.people:
        yield f"In a direct message people see the address, manager and groups of others where {see.people.when}"
    if see.tickets:
        yield f"In a direct message people see and work on everybody's tickets where {see.tickets.when}"


async def explain(
    asked: Question,
    file: Path | None,
    approvers: tuple[str, ...],
    tools: Collection[Tool],
    database_url: str,
    elsewhere: Systems,
) -> str:
    """What is required of the call, by which rules, and who is asked. Raises ConfigError for what makes no sense.

    Systems that are not `elsewhere` are those in the database.
    """
    tool = named(tools, asked.tool)
    arguments = tool.parse(fitting(tool, asked.arguments)).model_dump(mode="json")
    policy = policies.load(file, approvers, tools)
    async with opened(database_url) as database:
        try:
            async with asyncio.timeout(LOOKUP_LIMIT):
                circumstances = await _circumstances(asked, tool, arguments, together(database, elsewhere, links=False))
        except (ToolFailed, TimeoutError) as error:
            silent = f"The directory did not answer within {LOOKUP_LIMIT} seconds."
            raise ConfigError(str(error) or silent) from None
    return "\n".join(_lines(policy, circumstances))


async def _circumstances(asked: Question, tool: Tool, arguments: Mapping[str, Any], systems: Systems) -> Circumstances:
    directory = cast("Directory", systems[Directory])
    thing = asked.resource or (str(arguments[tool.resource]) if tool.resource else None)
    resource = await _resource(tool, thing, systems) if thing else None
    holder = resource.holder if resource else None
    touched = asked.subject or (arguments[tool.subject] if tool.subject else holder)
    return Circumstances(
        tool=tool,
        arguments=arguments,
        requester=await _person(directory, asked.requester, "--requester"),
        subject=await _person(directory, touched, "--subject" if asked.subject else None),
        resource=resource,
        channel="",
        private=False,
        tainted=asked.tainted,
        recent=Recent(),
        now=datetime.now(UTC),
    )


async def _person(directory: Directory, record: str | None, option: str | None) -> Person | None:
    """Nobody where nobody is named; a typing error of an `option` is told."""
    found = await directory.find(record) if record else None
    if found is None and record and option:
        raise ConfigError(f"{option}: nobody in the directory has the id {record}.")
    return person_of(found, _SOMEBODY) if found else None


async def _resource(tool: Tool, named: str, systems: Systems) -> Resource | None:
    if tool.resource is None:
        raise ConfigError(f"--resource: {tool.name} touches no thing.")
    resolver = systems.get(tool.resolved_by or object)
    if resolver is None:
        raise ConfigError(f"The things that {tool.name} touches cannot be looked up by this command.")
    return await cast("Resolves", resolver).resolve(named)


def _lines(policy: Policy, circumstances: Circumstances) -> Iterable[str]:
    rows = policy.explain(circumstances)
    width = max(len(row.name) for row in rows)
    yield from (_row(row, width) for row in rows)
    yield ""
    yield from _required(policy.requires(circumstances), circumstances)
    yield from _shown_of_others(policy, circumstances)
    yield "The time is now, nothing was done lately, it is not a direct message, and everybody is in Slack."


def _shown_of_others(policy: Policy, circumstances: Circumstances) -> Iterable[str]:
    """What the requester would be shown in a direct message, as far as the policy says something of that."""
    requester, subject = circumstances.requester, circumstances.subject
    if requester is None:
        return
    look = Look(requester=requester, subject=subject, tainted=circumstances.tainted, now=circumstances.now)
    if policy.see.people and subject:
        outcome = policy.see.people.outcome(look, policy.zone)
        what = f"the address, manager and groups of {subject.record}"
        yield f"see.people: {outcome}, so {requester.record} is {_shown_or_not(outcome)} {what} in a direct message."
    if policy.see.tickets:
        outcome = policy.see.tickets.outcome(look, policy.zone)
        yield f"see.tickets: {outcome}, so {requester.record} is {_shown_or_not(outcome)} the tickets of others there."


def _shown_or_not(outcome: Outcome) -> str:
    return "shown" if outcome is Outcome.MATCHED else "not shown"


def _row(row: Explained, width: int) -> str:
    when = f"  when {row.when}" if row.when else ""
    note = f"({row.note})  " if row.note else ""
    return f"{row.name:<{width}}  {row.outcome:<11}  {note}{row.asked}{when}".rstrip()


def _required(need: Requirement, circumstances: Circumstances) -> Iterable[str]:
    match need:
        case Free():
            yield "It runs: no approval is needed."
        case Forbidden():
            yield f"It is refused: {need.reason}"
        case NeedsApproval():
            code = ", each with a code of an authenticator" if need.step_up else ""
            code += ", each saying how people were verified" if need.verified else ""
            votes = f"{need.approvals} approval{'s' * (need.approvals > 1)}"
            yield f"It needs {votes}{code}, within {spelled(need.expires_after)}."
            for quorum in need.quorums:
                who = (
                    ", ".join(_shown(each, circumstances) for each in quorum.sources)
                    or "nobody: there are no approvers"
                )
                yield f"  {quorum.approvals} of: {who}{' (each of another)' * quorum.distinct}"


def _shown(source: Source, circumstances: Circumstances) -> str:
    """As written, with the person it stands for."""
    requester, subject, resource = circumstances.requester, circumstances.subject, circumstances.resource
    person = {
        "requester.manager": requester and requester.manager,
        "subject.manager": subject and subject.manager,
        "resource.owner": resource and resource.owner,
    }
    return f"{source} = {person[source] or 'nobody'}" if source in person else source
