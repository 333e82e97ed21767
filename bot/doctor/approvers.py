"""The approvers: whether there are enough, whether Slack knows them, and whether they have what the policy asks for."""

from collections.abc import AsyncIterator, Iterator

from sqlalchemy.exc import SQLAlchemyError

from bot.config import Settings
from bot.doctor.findings import Finding, good, warning, wrong
from bot.doctor.policy import policy_of
from bot.errors import ConfigError, HelpdeskError, Unanswered
from bot.ops.beside import opened
from bot.run.ports import People
from bot.slack.client import connection_pool, web_client, who_we_are
from bot.slack.clients import OneWorkspace
from bot.slack.people import SlackPeople
from bot.store import authenticators

ABOUT = "approvers"

#: people that are looked up
MOST = 200

_FIX = "Change HELPDESK_APPROVERS, or the user group in Slack (docs/approvals.md)."


async def look(settings: Settings) -> AsyncIterator[Finding]:
    """Who of them could approve now; for one workspace."""
    token = settings.slack_bot_token
    if token is None:
        return
    try:
        policy = policy_of(settings)
        async with connection_pool() as pool:
            client = web_client(token.get_secret_value(), settings.slack_api_url, pool)
            people = SlackPeople(OneWorkspace(client, await who_we_are(client)), "")
            found = {each: await _behind(people, each) for each in policy.approvers if each[0] in "UWS"}
        able = sorted({user for users in found.values() for user in users})
        enrolled = await _enrolled(settings, able)
    except (ConfigError, Unanswered) as error:
        yield warning(
            ABOUT, "They could not be looked up.", str(error), "Mend what is wrong with Slack or the policy first."
        )
        return
    for each in _enough(found, able):
        yield each
    strict = [rule.name for rule in policy.rules if rule.step_up]
    if strict and len(enrolled) < len(able):
        why = f"They cannot approve where a rule wants a code ({', '.join(strict[:5])})."
        without = ", ".join(user for user in able if user not in enrolled)
        fix = "helpdesk totp enroll USER (docs/authenticators.md)"
        yield warning(ABOUT, f"Without an authenticator: {without}.", why, fix)


def _enough(found: dict[str, tuple[str, ...]], able: list[str]) -> Iterator[Finding]:
    for source, users in found.items():
        if not users:
            why = "Nobody behind it is an active, full member of the workspace, so it approves nothing."
            yield warning(ABOUT, f"{source} is nobody who can approve.", why, _FIX)
    match len(able):
        case 0:
            yield wrong(ABOUT, "Nobody can approve.", "Whatever needs an approval is refused.", _FIX)
        case 1:
            why = "Nobody can approve what that person asks for, and nothing critical."
            yield warning(ABOUT, "One person can approve.", why, _FIX)
        case several:
            yield good(ABOUT, f"{several} people can approve.")


async def _behind(people: People, source: str) -> tuple[str, ...]:
    """Active full members of the workspace that a source stands for."""
    users = await people.members(source) if source.startswith("S") else [source]
    known = [await people.who(user) for user in sorted(users)[:MOST]]
    return tuple(each.user for each in known if each and each.colleague and each.member)


async def _enrolled(settings: Settings, users: list[str]) -> tuple[str, ...]:
    try:
        async with opened(settings.database_url.get_secret_value()) as database:
            return await database.run(lambda connection: authenticators.enrolled_among(connection, users))
    except (HelpdeskError, SQLAlchemyError):  # told where the database is looked at
        return tuple(users)
