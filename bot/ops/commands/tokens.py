"""`helpdesk tokens …`."""

import sys
from argparse import ArgumentParser, Namespace

from bot.core.tokens import ANYONE
from bot.ops.commands.command import Commands, Settings, now
from bot.ops.commands.kinds import days, people, slack_user, token_name, workspace


def add(to: Commands) -> None:
    """Add the command."""
    group = to.group("tokens", "The tokens of the API: make them, list them, revoke them.")
    text = "Make a token, and show it once. A second one of a name is its successor."
    _add_create(group.add("create", _create, text))
    group.add("list", _list, "List the tokens, and when each was used last; never what they are.")
    group.add("revoke", _revoke, "Make a token worthless at once.").add_argument("id", help="as listed")


def _add_create(create: ArgumentParser) -> None:
    create.add_argument(
        "name", type=token_name, help="what uses it, such as portal: its conversations belong to this name"
    )
    create.add_argument(
        "--owner", type=slack_user, required=True, help="the Slack user who answers for it, such as U0DANA"
    )
    whom = create.add_mutually_exclusive_group(required=True)
    whom.add_argument(
        "--acts-for", type=people, metavar="U0ALEX,U-123", help="in whose name it may ask, and nobody else's"
    )
    whom.add_argument("--acts-for-anyone", action="store_true", help="it may ask in everybody's name")
    create.add_argument("--expires", type=days, metavar="90d", help="so long it is good (until it is revoked)")
    create.add_argument("--tenant", type=workspace, help="needed where several workspaces have the bot")


async def _create(options: Namespace, _: Settings) -> None:
    from bot.ops import tokens  # noqa: PLC0415 -- each command loads only what it needs

    acts_for = (ANYONE,) if options.acts_for_anyone else options.acts_for
    wanted = tokens.Wanted(options.name, options.owner, acts_for, options.tenant, options.expires)
    await tokens.create(options.database_url, wanted, now(), sys.stdout)


async def _list(options: Namespace, _: Settings) -> None:
    from bot.ops import tokens  # noqa: PLC0415 -- as above

    await tokens.show(options.database_url, now(), sys.stdout)


async def _revoke(options: Namespace, _: Settings) -> None:
    from bot.ops import tokens  # noqa: PLC0415 -- as above

    await tokens.revoke(options.database_url, options.id, now(), sys.stdout)
