"""What a call requires before it may run. Unknown means refuse.

    low       runs
    medium    runs where the requester is its subject; else as high
    high      one approval of a different, entitled person
    critical  is refused (two people and step-up are not available yet)

A call on a privileged person, or on somebody who is not in the directory, is critical whatever the tool says.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from bot.core.items import CallKnown, Subject
from tools.spec import Risk, Tool

#: an approval request nobody decided is closed after this long
EXPIRES_AFTER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Free:
    """The call may run."""


@dataclass(frozen=True, slots=True)
class NeedsApproval:
    """`approvals` different entitled people must approve first."""

    approvals: int


@dataclass(frozen=True, slots=True)
class Forbidden:
    """The call is not run; `reason` says why and what to do instead."""

    reason: str


Requirement = Free | NeedsApproval | Forbidden


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may approve (Slack users and user groups) and how long a request stays open."""

    approvers: tuple[str, ...]
    expires_after: timedelta = EXPIRES_AFTER

    def needs_facts(self, tool: Tool) -> bool:
        """False where nothing outside can change the requirement."""
        return tool.risk is not Risk.LOW

    def requires(self, tool: Tool, known: CallKnown) -> Requirement:
        """What a call of `tool` needs, by what is known about it."""
        if tool.risk is Risk.LOW:
            return Free()
        subject = known.subject
        if tool.subject and (subject is None or subject.privileged):
            return Forbidden(_critical(subject))
        if tool.risk is Risk.CRITICAL:
            return Forbidden(f"{tool.name} is critical and cannot be approved here. Ask IT to do it by hand.")
        if tool.sealed and subject and not subject.slack_user:
            return Forbidden(f"{subject.name} is not in Slack, so the one-time link cannot be delivered.")
        if tool.risk is Risk.MEDIUM and subject and subject.record == known.requester_record:
            return Free()
        return NeedsApproval(1)


def eligible(
    approvers: Iterable[str], requester: str, subject: Subject | None, speakers: Iterable[str]
) -> tuple[str, ...]:
    """Who of the approvers may decide: never the requester, the subject, or anybody whose words the model has read."""
    out = {requester, *speakers}
    if subject and subject.slack_user:
        out.add(subject.slack_user)
    return tuple(sorted(set(approvers) - out))


def _critical(subject: Subject | None) -> str:
    if subject is None:
        return "The person this would touch is not in the directory, so nobody can approve it. Check the id."
    return (
        f"{subject.name} is in an admin group; this is critical and cannot be approved here. Ask IT to do it by hand."
    )
