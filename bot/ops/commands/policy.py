"""`helpdesk policy …`."""

import sys
from argparse import Namespace
from pathlib import Path

from bot.ops.commands.command import Commands, Settings
from bot.ops.commands.kinds import database_url


def add(to: Commands) -> None:
    """Add the command."""
    group = to.group("policy", "Check a policy file, or explain what it requires of a call.")
    text = "Say whether a policy file can be used, and what is wrong with it."
    group.add("check", _check, text, database=False).add_argument("file", type=Path)
    text = "Say what is required of a call, by which rules, and who is asked."
    explain = group.add("explain", _explain, text, database=False)
    explain.add_argument("tool", help="such as reset_password")
    explain.add_argument("arguments", metavar="ARGS_JSON", help="""such as '{"user_id": "U-456"}'""")
    explain.add_argument("--requester", help="directory id of who asks; default: somebody unknown")
    explain.add_argument("--subject", help="directory id of whom it touches; default: by the arguments")
    explain.add_argument("--resource", help="name or id of the thing it touches; default: by the arguments")
    explain.add_argument("--file", type=Path, help="default: POLICY_FILE, else the shipped policy")
    explain.add_argument("--tainted", action="store_true", help="the model had read text nobody vouches for")
    explain.add_argument("--database-url", type=database_url, help="where the directory is; default: DATABASE_URL")


async def _check(options: Namespace, settings: Settings) -> bool:
    from bot.ops.policy import check  # noqa: PLC0415 -- each command loads only what it needs

    _, approvers, tools = settings.policy()
    good, text = check(options.file, approvers, tools)
    print(text, file=sys.stdout if good else sys.stderr)
    return good


async def _explain(options: Namespace, settings: Settings) -> None:
    from bot.ops.policy import Question, explain  # noqa: PLC0415 -- as above

    file, approvers, tools = settings.policy()
    asked = Question(
        tool=options.tool,
        arguments=options.arguments,
        requester=options.requester,
        subject=options.subject,
        resource=options.resource,
        tainted=options.tainted,
    )
    async with settings.people_systems() as elsewhere:
        print(await explain(asked, options.file or file, approvers, tools, options.database_url, elsewhere))
