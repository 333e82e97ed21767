"""`helpdesk totp …`."""

import sys
from argparse import Namespace

from bot.ops.commands.command import Commands, Settings, now
from bot.ops.commands.kinds import slack_user


def add(to: Commands) -> None:
    """Add the command."""
    group = to.group("totp", "The authenticators of approvers.")
    enroll = group.add("enroll", _enroll, "Make an authenticator for an approver, and show its secret once.")
    enroll.add_argument("slack_user", type=slack_user, help="such as U0DANA")
    enroll.add_argument("--replace", action="store_true", help="in the place of the one that the approver has")
    reset = group.add("reset", _reset, "Take an approver's authenticator away.")
    reset.add_argument("slack_user", type=slack_user, help="such as U0DANA")


async def _enroll(options: Namespace, settings: Settings) -> None:
    from bot.ops import totp  # noqa: PLC0415 -- each command loads only what it needs

    url, key, user = options.database_url, settings.secret_key(), options.slack_user
    await totp.enroll(url, key, user, now().timestamp(), sys.stdout, replace=options.replace)


async def _reset(options: Namespace, _: Settings) -> None:
    from bot.ops import totp  # noqa: PLC0415 -- as above

    await totp.reset(options.database_url, options.slack_user, sys.stdout)
