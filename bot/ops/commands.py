"""The commands beside the bot: their arguments, and what each calls; what it does is in the file of its name."""

import argparse
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bot.core import tokens
from bot.ops.arguments import database_url, days, seconds, slack_user, workspace
from bot.ops.privacy.arguments import add_privacy
from bot.telemetry.logs import configure_logs
from tools.backends.directory import Directory

#: how long `freeze` and `unfreeze` give the bot, seconds, unless told
WAIT = 10.0


@dataclass(frozen=True, slots=True)
class Settings:
    """Each is read when a command needs it. They raise ConfigError."""

    database_url: Callable[[], str]
    secret_key: Callable[[], SecretStr]
    prompts: Callable[[], Path | None]
    #: the folder of articles, which of its folders are reviewed, and what links begin with
    articles: Callable[[], tuple[Path | None, tuple[str, ...], str]]
    #: where that is not the embedded one
    directory: Callable[[], AbstractAsyncContextManager[Directory | None]] = nullcontext


Command = Callable[[Namespace, Settings], Awaitable[None]]


def add_to(commands: Any, settings: Settings) -> None:
    """Add them to the parser's commands; each sets `command`, which takes the options and gives the exit code."""

    def add(group: Any, name: str, command: Command, text: str) -> ArgumentParser:
        made: ArgumentParser = group.add_parser(name, help=text, description=text)
        made.add_argument("--database-url", type=database_url, help="default: DATABASE_URL")
        made.set_defaults(command=partial(_run, command, settings))
        return made

    def group(name: str, text: str) -> Any:
        return commands.add_parser(name, help=text, description=text).add_subparsers(required=True, metavar="ACTION")

    people = group("people", "Who is who: which record of the directory a Slack user is.")
    add(people, "list", _people_list, "List who is who, disputed ones first.")
    bring = add(people, "import", _people_import, "Bring people into the embedded directory from a CSV file.")
    bring.add_argument(
        "file", type=Path, metavar="FILE.csv", help="its first line names the columns (docs/directory.md)"
    )
    bring.add_argument("--remove-missing", action="store_true", help="who is not in the file is nobody any more")
    bring.add_argument("--dry-run", action="store_true", help="only say what it would do")
    link = add(people, "link", _people_link, "Say that a Slack user is a record; nobody else is it then.")
    link.add_argument("slack_user", type=slack_user, help="such as U0ALEX")
    link.add_argument("record", help="an id of the directory, such as U-123")
    unlink = add(people, "unlink", _people_unlink, "Forget who a Slack user is.")
    unlink.add_argument("slack_user", type=slack_user, help="such as U0ALEX")
    _switches(add, commands)
    approvals = group("approvals", "What waits for people.")
    listed = add(approvals, "list", _approvals_list, "List the open approval requests, oldest first.")
    listed.add_argument("--json", action="store_true", help="one JSON object a line")
    purge = add(commands, "purge", _purge, "Remove conversations that are long over; their chain stays provable.")
    purge.add_argument("--older-than", type=days, required=True, metavar="90d", help="nothing happened for so long")
    purge.add_argument("--content-only", action="store_true", help="erase what was written; who decided what stays")
    purge.add_argument("--dry-run", action="store_true", help="only say how much would go")
    add_privacy(add, group, seconds)
    _prompts(add, group)
    _used(add, commands)
    secrets = group("secrets", "The key that is changed.")
    add(secrets, "rotate", _secrets_rotate, "Make anew with HELPDESK_SECRET_KEY what the key of before made.")
    kb = group("kb", "The knowledge base.")
    sync = add(kb, "sync", _kb_sync, "Bring the knowledge base into step with a folder of articles, beside the bot.")
    sync.add_argument("folder", type=Path, nargs="?", metavar="DIR", help="default: KB_DIR")
    _tokens(add, group)
    totp = group("totp", "The authenticators of approvers.")
    enroll = add(totp, "enroll", _totp_enroll, "Make an authenticator for an approver, and show its secret once.")
    enroll.add_argument("slack_user", type=slack_user, help="such as U0DANA")
    enroll.add_argument("--replace", action="store_true", help="in the place of the one that the approver has")
    reset = add(totp, "reset", _totp_reset, "Take an approver's authenticator away.")
    reset.add_argument("slack_user", type=slack_user, help="such as U0DANA")


def _switches(add: Callable[..., ArgumentParser], commands: Any) -> None:
    freeze = add(commands, "freeze", _freeze, "Stop everything above low risk at once, whether the bot runs or not.")
    unfreeze = add(commands, "unfreeze", _unfreeze, "Be one of the two who say that everything may go on.")
    for each in (freeze, unfreeze):
        each.add_argument("--tenant", type=workspace, help="default: the workspace that the database knows")
        each.add_argument("--wait", type=seconds, default=WAIT, help="for the bot to note it, seconds (%(default)g)")


def percent(text: str) -> int:
    """From 1 to 100. Raises ArgumentTypeError for anything else."""
    if not text.isdecimal() or not 1 <= int(text) <= 100:  # noqa: PLR2004 -- as the sentence says
        raise argparse.ArgumentTypeError("takes a number from 1 to 100")
    return int(text)


def _prompts(add: Callable[..., ArgumentParser], group: Callable[[str, str], Any]) -> None:
    prompts = group("prompts", "The versions of the prompt: roll one out, and go back.")
    add(prompts, "list", _prompts_list, "List the versions, and what each of them leads.")
    activate = add(prompts, "activate", _prompts_activate, "Let a version lead new conversations.")
    activate.add_argument("version", help="as in the front matter of a file of HELPDESK_PROMPTS, or a shipped one")
    activate.add_argument("--percent", type=percent, default=100, help="of new conversations (%(default)d)")
    rollback = add(prompts, "rollback", _prompts_rollback, "Let the version before lead again.")
    for each in (activate, rollback):
        each.add_argument("--now", action="store_true", help="also conversations that have begun")
        each.add_argument("--tenant", type=workspace, help="default: the workspace that the database knows")


def token_name(text: str) -> str:
    """The name of a token of the API. Raises ArgumentTypeError for anything else."""
    if not tokens.NAME.fullmatch(text):
        raise argparse.ArgumentTypeError("takes a name of small letters, digits, - and _, such as portal")
    return text


def people(text: str) -> tuple[str, ...]:
    """Ids of people, comma-separated. Raises ArgumentTypeError for anything else."""
    found = tuple(each.strip() for each in text.split(",") if each.strip())
    if not found or not all(tokens.PERSON.fullmatch(each) for each in found):
        raise argparse.ArgumentTypeError("takes Slack users (U0ALEX) and ids of the directory (U-123), comma-separated")
    return found


def _tokens(add: Callable[..., ArgumentParser], group: Callable[[str, str], Any]) -> None:
    made = group("tokens", "The tokens of the API: make them, list them, revoke them.")
    create = add(
        made, "create", _tokens_create, "Make a token, and show it once. A second one of a name is its successor."
    )
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
    add(made, "list", _tokens_list, "List the tokens, and when each was used last; never what they are.")
    revoke = add(made, "revoke", _tokens_revoke, "Make a token worthless at once.")
    revoke.add_argument("id", help="as listed")


def _used(add: Callable[..., ArgumentParser], commands: Any) -> None:
    used = add(
        commands, "usage", _usage, "Show what was used and what it cost: requests, tokens, money, time, failures."
    )
    used.add_argument(
        "--by", choices=["user", "workspace", "day", "model", "prompt", "tool"], default="day", help="(%(default)s)"
    )
    used.add_argument("--since", type=days, default=days("30d"), metavar="30d", help="so many days back (30d)")
    used.add_argument("--conversation", metavar="ID", help="one conversation, turn by turn, whenever it was")
    used.add_argument("--json", action="store_true", help="one JSON object a line, the last with the totals")


async def _run(command: Command, settings: Settings, options: Namespace) -> int:
    configure_logs("INFO")
    options.database_url = options.database_url or settings.database_url()
    await command(options, settings)
    return 0


async def _people_list(options: Namespace, settings: Settings) -> None:
    from bot.ops import people  # noqa: PLC0415 -- each command loads only what it needs

    async with settings.directory() as directory:
        await people.show(options.database_url, sys.stdout, directory)


async def _people_import(options: Namespace, _: Settings) -> None:
    from bot.ops import people_import  # noqa: PLC0415

    wanted = {"remove_missing": options.remove_missing, "dry_run": options.dry_run}
    await people_import.bring(options.database_url, options.file, sys.stdout, **wanted)


async def _people_link(options: Namespace, settings: Settings) -> None:
    from bot.ops import people  # noqa: PLC0415

    user, now = options.slack_user, _now().timestamp()
    async with settings.directory() as directory:
        await people.link(options.database_url, user, options.record, now, sys.stdout, directory)


async def _people_unlink(options: Namespace, _: Settings) -> None:
    from bot.ops import people  # noqa: PLC0415

    await people.unlink(options.database_url, options.slack_user, sys.stdout)


async def _freeze(options: Namespace, _: Settings) -> None:
    from bot.ops import freeze  # noqa: PLC0415

    await freeze.freeze(options.database_url, options.tenant, options.wait, _now, sys.stdout)


async def _unfreeze(options: Namespace, _: Settings) -> None:
    from bot.ops import freeze  # noqa: PLC0415

    await freeze.unfreeze(options.database_url, options.tenant, options.wait, _now, sys.stdout)


async def _approvals_list(options: Namespace, _: Settings) -> None:
    from bot.ops import approvals  # noqa: PLC0415

    await approvals.show(options.database_url, _now(), sys.stdout, as_json=options.json)


async def _purge(options: Namespace, settings: Settings) -> None:
    from bot.ops.purge import purge  # noqa: PLC0415

    url, key, age = options.database_url, settings.secret_key(), options.older_than
    await purge(url, key, age, _now(), sys.stdout, dry_run=options.dry_run, content_only=options.content_only)


async def _prompts_list(options: Namespace, settings: Settings) -> None:
    from bot.ops import prompts  # noqa: PLC0415

    await prompts.show(options.database_url, settings.prompts(), sys.stdout)


async def _prompts_activate(options: Namespace, settings: Settings) -> None:
    from bot.ops import prompts  # noqa: PLC0415

    wanted = prompts.Wanted(options.version, options.percent, options.now)
    await prompts.activate(options.database_url, settings.prompts(), wanted, options.tenant, _now(), sys.stdout)


async def _prompts_rollback(options: Namespace, _: Settings) -> None:
    from bot.ops import prompts  # noqa: PLC0415

    await prompts.rollback(options.database_url, options.now, options.tenant, _now(), sys.stdout)


async def _usage(options: Namespace, _: Settings) -> None:
    from bot.ops import usage  # noqa: PLC0415

    url, as_json = options.database_url, options.json
    if options.conversation:
        await usage.show_conversation(url, options.conversation, sys.stdout, as_json=as_json)
    else:
        await usage.show(url, options.by, options.since, _now(), sys.stdout, as_json=as_json)


async def _kb_sync(options: Namespace, settings: Settings) -> None:
    from bot.ops import kb  # noqa: PLC0415

    folder, reviewed, url = settings.articles()
    await kb.sync(options.database_url, options.folder, (folder, reviewed), url, sys.stdout, sys.stderr)


async def _tokens_create(options: Namespace, _: Settings) -> None:
    from bot.ops import tokens as made  # noqa: PLC0415

    acts_for = (tokens.ANYONE,) if options.acts_for_anyone else options.acts_for
    wanted = made.Wanted(options.name, options.owner, acts_for, options.tenant, options.expires)
    await made.create(options.database_url, wanted, _now(), sys.stdout)


async def _tokens_list(options: Namespace, _: Settings) -> None:
    from bot.ops import tokens as made  # noqa: PLC0415

    await made.show(options.database_url, _now(), sys.stdout)


async def _tokens_revoke(options: Namespace, _: Settings) -> None:
    from bot.ops import tokens as made  # noqa: PLC0415

    await made.revoke(options.database_url, options.id, _now(), sys.stdout)


async def _totp_enroll(options: Namespace, settings: Settings) -> None:
    from bot.ops import totp  # noqa: PLC0415

    url, key, user = options.database_url, settings.secret_key(), options.slack_user
    await totp.enroll(url, key, user, _now().timestamp(), sys.stdout, replace=options.replace)


async def _totp_reset(options: Namespace, _: Settings) -> None:
    from bot.ops import totp  # noqa: PLC0415

    await totp.reset(options.database_url, options.slack_user, sys.stdout)


async def _secrets_rotate(options: Namespace, settings: Settings) -> None:
    from bot.ops import secrets  # noqa: PLC0415

    await secrets.rotate(options.database_url, settings.secret_key(), sys.stdout)


def _now() -> datetime:
    return datetime.now(UTC)
