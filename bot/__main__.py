"""START HERE. The command line: reads the settings, wires the bot once, and runs it.

helpdesk run     the bot in a workspace        bot/wiring.py puts it together
helpdesk web     its ears alone, and
helpdesk worker  its hands alone: many of each on one PostgreSQL database
helpdesk demo    a local Slack and the bot     bot/playground/
helpdesk chat    one exchange in the terminal  bot/playground/chat.py
helpdesk eval    cases, with any model         bot/eval/
helpdesk audit   what happened, from the log   bot/ops/audit/
helpdesk db      the schema                    bot/store/schema.py
helpdesk doctor  what is wrong here            bot/doctor/
helpdesk policy  who must agree to what        bot/ops/policy.py

people, freeze, unfreeze, approvals, prompts, secrets, tokens and totp work beside the bot, each from its file in
bot/ops/.
"""

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from pydantic import SecretStr

from bot import config
from bot.errors import ConfigError, HelpdeskError
from bot.eval.arguments import add_eval
from bot.ops import commands as beside
from bot.ops.arguments import add_audit, database_url
from bot.ops.mcp_arguments import add_mcp
from bot.ops.tools.arguments import add_tools
from bot.telemetry.logs import configure_logs
from bot.unexpected import traced, watched
from tools.backends.directory import Directory

if TYPE_CHECKING:
    from bot.ops.tools.box import Toolbox
    from tools.backends.mcp_config import McpFile

#: exit codes
GOOD, FAILED, USAGE = 0, 1, 2

#: where the demo keeps its conversations
DEMO_FOLDER = Path(".demo")

#: told of what nobody expected; its own words may quote what is nobody's business
BROKEN = "This is a bug: {} where the last lines say. Please report them; they quote nothing that anybody wrote."

#: told at the start where it is so
OPEN_TO_OTHERS = "the file .env can be read by others on this machine: chmod 600 .env"

#: told where the playground was left out, as in the image
NO_DEMO = "The demo is not part of this installation. Get the sources and run: make demo"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0 (good), 1 (failed) or 2 (usage or settings)."""
    options = _parser().parse_args(argv)
    try:
        return _expected(options)
    except Exception as error:  # a bug of ours; Python would quote it with all its values  # noqa: BLE001
        sys.stderr.writelines(traced(error))
        print(BROKEN.format(type(error).__name__), file=sys.stderr)
        return FAILED


def _expected(options: argparse.Namespace) -> int:
    command: Callable[[argparse.Namespace], Coroutine[Any, Any, int]] = options.command
    try:
        return asyncio.run(watched(command(options)))
    except ConfigError as error:
        return _told(error, options.debug, USAGE)
    except HelpdeskError as error:
        return _told(error, options.debug, FAILED)
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("bot.playground"):
            raise
        print(NO_DEMO, file=sys.stderr)
        return USAGE
    except (KeyboardInterrupt, BrokenPipeError):
        return GOOD


def _told(error: HelpdeskError, debug: bool, code: int) -> int:
    if debug:
        sys.stderr.writelines(traced(error))
    print(error, file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="helpdesk", description="An IT-helpdesk agent in Slack.")
    parser.add_argument("--debug", action="store_true", help="show where an error came from")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Callable[[argparse.Namespace], Coroutine[Any, Any, int]], text: str) -> Any:
        made = commands.add_parser(name, help=text, description=text)
        made.set_defaults(command=command)
        return made

    add("run", _run, "Run the bot: Socket Mode if SLACK_APP_TOKEN is set, else HTTP.")
    add(
        "web",
        _web,
        "Only hear Slack, for helpdesk worker: any number by HTTP, up to ten by Socket Mode. PostgreSQL only.",
    )
    add("worker", _worker, "Only work on what helpdesk web heard; any number. PostgreSQL only.")
    demo = add("demo", _demo, "Try it in the browser: a local Slack with the bot in it. No keys needed.")
    demo.add_argument("--folder", type=Path, default=DEMO_FOLDER, help="where it keeps its conversations (%(default)s)")
    chat = add("chat", _chat, "One exchange in the terminal, on a database that is thrown away.")
    chat.add_argument("message", help="what you say, as U-123; in quotes")
    chat.add_argument(
        "--json", action="store_true", help="print what Slack would show as JSON lines; nothing is approved"
    )
    add_eval(add("eval", _eval, "Play cases through the whole bot in a local Slack, and check what came of them."))
    add_audit(add("audit", _audit, "Show and export what happened, and prove that it is what was written."))
    database = add("db", _db, "Bring the database to the schema of this version, or deal with a restored backup.")
    database.add_argument("action", choices=["upgrade", "restored"], help="restored: once, after restoring a backup")
    database.add_argument("--database-url", type=database_url, help="default: DATABASE_URL")
    doctor = add("doctor", _doctor, "Say what of this installation is wrong, why that matters, and what to do.")
    doctor.add_argument("--json", action="store_true", help="one JSON object")
    doctor.add_argument("--offline", action="store_true", help="ask nobody on the network")
    _add_policy(add("policy", _policy_check, "Check a policy file, or explain what it requires of a call."))
    mcp = commands.add_parser("mcp", help="Tools of MCP servers.", description="Tools of MCP servers.")
    add_mcp(mcp, _mcp_file)
    text = "The tools: what there is, what each says about itself, and a call from here."
    add_tools(commands.add_parser("tools", help=text, description=text), _toolbox, config.database_url)
    beside.add_to(
        commands,
        beside.Settings(config.database_url, config.secret_key, config.prompts_folder, _articles, _directory),
    )
    return parser


def _mcp_file() -> "McpFile | None":
    from bot.systems import mcp_file  # noqa: PLC0415 -- each command loads only what it needs

    return mcp_file(config.mcp_settings())


def _toolbox() -> "Toolbox":
    from bot.ops.tools.box import Toolbox  # noqa: PLC0415 -- each command loads only what it needs
    from bot.systems import systems_of, tools_of  # noqa: PLC0415

    found = config.tool_settings()
    return Toolbox(
        tools=tools_of(found),
        systems=lambda: systems_of(found),
        links=bool(found.helpdesk_reset_url),
        policy_file=found.policy_file,
        approvers=found.helpdesk_approvers,
    )


def _articles() -> tuple[Path | None, tuple[str, ...], str]:
    found = config.knowledge_settings()
    return found.kb_dir, found.helpdesk_kb_reviewed, found.helpdesk_kb_url or ""


def _directory() -> AbstractAsyncContextManager[Directory | None]:
    from bot.systems import directory_of  # noqa: PLC0415 -- loaded only where it is used

    return directory_of(config.scim_settings())


def _add_policy(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    check = actions.add_parser("check", help="say whether a policy file can be used, and what is wrong with it")
    check.add_argument("file", type=Path)
    check.set_defaults(command=_policy_check)
    explain = actions.add_parser("explain", help="say what is required of a call, by which rules, and who is asked")
    explain.add_argument("tool", help="such as reset_password")
    explain.add_argument("arguments", metavar="ARGS_JSON", help="""such as '{"user_id": "U-456"}'""")
    explain.add_argument("--requester", help="directory id of who asks; default: somebody unknown")
    explain.add_argument("--subject", help="directory id of whom it touches; default: by the arguments")
    explain.add_argument("--resource", help="name or id of the thing it touches; default: by the arguments")
    explain.add_argument("--file", type=Path, help="default: POLICY_FILE, else the shipped policy")
    explain.add_argument("--tainted", action="store_true", help="the model had read text nobody vouches for")
    explain.add_argument("--database-url", type=database_url, help="where the directory is; default: DATABASE_URL")
    explain.set_defaults(command=_policy_explain)


async def _run(_: argparse.Namespace) -> int:
    return await _live(hears=True, works=True)


async def _web(_: argparse.Namespace) -> int:
    return await _live(hears=True, works=False)


async def _worker(_: argparse.Namespace) -> int:
    return await _live(hears=False, works=True)


async def _live(*, hears: bool, works: bool) -> int:
    from bot.live import live  # noqa: PLC0415 -- each command loads only what it needs

    settings = config.settings(hears=hears, works=works)
    redactor = configure_logs(settings.log_level)
    if config.open_to_others(Path(".env")):
        structlog.get_logger().warning(OPEN_TO_OTHERS)
    await live(settings, redactor, hears=hears, works=works, keeping=_keeping)
    return GOOD


def _keeping(settings: config.Settings) -> AbstractAsyncContextManager[None]:
    from bot.ops.retention import Keep, keeping  # noqa: PLC0415

    keep = Keep(settings.helpdesk_keep_content, settings.helpdesk_keep_decisions)
    return keeping(settings.database_url.get_secret_value(), settings.key, keep, lambda: datetime.now(UTC))


async def _demo(options: argparse.Namespace) -> int:
    from bot.api.serving import told_to_stop  # noqa: PLC0415
    from bot.live import model_of  # noqa: PLC0415
    from bot.model.demo import PAUSE_S  # noqa: PLC0415
    from bot.playground.demo import playing, secret_key_in  # noqa: PLC0415

    settings = config.demo_settings()
    configure_logs("WARNING")
    options.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    async with model_of(settings, PAUSE_S) as model:
        key = secret_key_in(options.folder)
        async with playing(options.folder, settings.port, model, key) as (_, __, address):
            print(f"The playground is at {address}\nModel: {model.name}. Stop with Ctrl-C.", flush=True)
            await told_to_stop().wait()
    return GOOD


async def _chat(options: argparse.Namespace) -> int:
    from bot.live import model_of  # noqa: PLC0415
    from bot.playground.chat import chat  # noqa: PLC0415

    configure_logs("ERROR")
    async with model_of(config.demo_settings()) as model:
        return GOOD if await chat(options.message, model, as_json=options.json) else FAILED


async def _eval(options: argparse.Namespace) -> int:
    from bot.eval.command import Wanted, evaluated  # noqa: PLC0415
    from bot.live import model_of  # noqa: PLC0415

    configure_logs("INFO" if options.debug else "CRITICAL")
    wanted = Wanted(
        folder=options.folder,
        mode=options.mode,
        prompt=options.prompt,
        prompts=config.prompts_folder(),
        parallel=options.parallel,
        only=tuple(options.only or ()),
        report=options.report,
        junit=options.junit,
    )
    async with model_of(config.model_settings(options.model)) as model:
        return GOOD if await evaluated(wanted, model, sys.stdout, sys.stderr) else FAILED


async def _audit(options: argparse.Namespace) -> int:
    from bot.ops import audit  # noqa: PLC0415

    url, now, out = options.database_url or config.database_url(), datetime.now(UTC), sys.stdout
    match options.action:
        case "export":
            await audit.export(url, out)
        case "checkpoint":
            file = None if options.out == "-" else Path(options.out)
            await audit.checkpoint(url, config.secret_key(), file, now, out)
        case "show":
            since = now - options.since if options.since else None
            wanted = audit.Wanted(
                options.conversation, since, options.tool, options.request, options.last, options.model
            )
            await audit.show(url, wanted, out)
        case "verify":
            secret = config.secret_key() if options.checkpoint else _key_if_set()
            pinned = audit.Pinned(options.checkpoint, secret, now, options.max_age)
            return GOOD if await audit.verified(url, options.export, pinned, out) else FAILED
    return GOOD


def _key_if_set() -> SecretStr | None:
    # one that is wrong is told: a proof without the key would look like one with it
    return config.secret_key() if config.variable("HELPDESK_SECRET_KEY") else None


async def _db(options: argparse.Namespace) -> int:
    from bot.ops.database import upgrade  # noqa: PLC0415
    from bot.ops.restored import restored  # noqa: PLC0415

    url = options.database_url or config.database_url()
    if options.action == "restored":
        configure_logs("INFO")
        await restored(url, datetime.now(UTC), sys.stdout)
    else:
        print(f"The schema is at revision {await upgrade(url)}.")
    return GOOD


async def _doctor(options: argparse.Namespace) -> int:
    from bot.doctor import examined  # noqa: PLC0415

    configure_logs("CRITICAL")
    found = examined(config.settings, lambda: datetime.now(UTC), sys.stdout, json=options.json, offline=options.offline)
    return GOOD if await found else FAILED


async def _policy_check(options: argparse.Namespace) -> int:
    from bot.ops.policy import check  # noqa: PLC0415
    from bot.systems import tools_of  # noqa: PLC0415

    good, text = check(options.file, config.policy_settings().helpdesk_approvers, tools_of(config.mcp_settings()))
    print(text, file=sys.stdout if good else sys.stderr)
    return GOOD if good else FAILED


async def _policy_explain(options: argparse.Namespace) -> int:
    from bot.ops.policy import Question, explain  # noqa: PLC0415
    from bot.systems import people_systems_of, tools_of  # noqa: PLC0415

    settings = config.policy_settings()
    asked = Question(
        tool=options.tool,
        arguments=options.arguments,
        requester=options.requester,
        subject=options.subject,
        resource=options.resource,
        tainted=options.tainted,
    )
    url = options.database_url or config.database_url()
    tools = tools_of(config.mcp_settings())
    file, approvers = options.file or settings.policy_file, settings.helpdesk_approvers
    async with people_systems_of(config.scim_settings()) as elsewhere:
        print(await explain(asked, file, approvers, tools, url, elsewhere))
    return GOOD


if __name__ == "__main__":
    sys.exit(main())
