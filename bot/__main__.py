"""START HERE. The command line: reads the settings, wires the bot once, and runs it.

helpdesk run     the bot in a workspace        bot/wiring.py puts it together
helpdesk web     its ears alone, and
helpdesk worker  its hands alone: many of each on one PostgreSQL database
helpdesk demo    a local Slack and the bot     bot/playground/
helpdesk chat    one exchange in the terminal  bot/playground/chat.py
helpdesk eval    cases, with any model         bot/eval/
helpdesk doctor  what is wrong here            bot/doctor/

All others work beside the bot. The arguments of each are in its file in bot/ops/commands/, what it does in bot/ops/.
"""

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from bot import config
from bot.errors import ConfigError, HelpdeskError
from bot.eval.arguments import add_eval
from bot.ops.commands import ALL, shell
from bot.ops.commands.command import FAILED, GOOD, Commands, Settings
from bot.readers import settings as readers
from bot.telemetry.logs import configure_logs
from bot.unexpected import traced, watched

#: the exit code of what makes no sense, or is set wrong
USAGE = 2

#: where the demo keeps its conversations
DEMO_FOLDER = Path(".demo")

#: told of what nobody expected; its own words may quote what is nobody's business
BROKEN = "This is a bug: {} where the last lines say. Please report them; they quote nothing that anybody wrote."

#: told at the start where it is so
OPEN_TO_OTHERS = "the file .env can be read by others on this machine: chmod 600 .env"

#: where the playground was left out, as in the image
NO_DEMO = "The demo is not part of this installation. Get the sources and run: make demo"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0 (good), 1 (failed) or 2 (usage or settings)."""
    parser, words = _parser(), sys.argv[1:] if argv is None else argv
    if found := shell.wrong(words):
        parser.error(found)
    options = parser.parse_args(words)
    try:
        return _expected(options)
    except Exception as error:  # a bug of ours; Python would quote it with all its values  # noqa: BLE001
        sys.stderr.writelines(traced(error))
        print(BROKEN.format(type(error).__name__), file=sys.stderr)
        return FAILED


def _expected(options: Namespace) -> int:
    command: Callable[[Namespace], Coroutine[Any, Any, int]] = options.command
    try:
        return shell.flushed(asyncio.run(watched(command(options))))
    except ConfigError as error:
        return _told(error, options.debug, USAGE)
    except HelpdeskError as error:
        return _told(error, options.debug, FAILED)
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("bot.playground"):
            raise
        return _told(ConfigError(NO_DEMO), options.debug, USAGE)
    except (KeyboardInterrupt, BrokenPipeError):
        shell.let_go()
        return GOOD
    except OSError as error:
        return _told(shell.no_room(error), options.debug, FAILED)


def _told(error: HelpdeskError, debug: bool, code: int) -> int:
    if debug:
        sys.stderr.writelines(traced(error))
    print(error, file=sys.stderr)
    return code


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="helpdesk", description="An IT-helpdesk agent in Slack.")
    parser.add_argument("--debug", action="store_true", help="show where an error came from")
    to = Commands(parser.add_subparsers(required=True, metavar="COMMAND"), readers())
    for add in (_add_bot, _add_trials, _add_doctor, *ALL):
        add(to)
    return parser


def _add_bot(to: Commands) -> None:
    ears, hands = partial(_live, hears=True, works=False), partial(_live, hears=False, works=True)
    text = "Run the bot: Socket Mode if SLACK_APP_TOKEN is set, else HTTP."
    to.add("run", partial(_live, hears=True, works=True), text, database=False)
    text = "Only hear Slack, for helpdesk worker: any number by HTTP, up to ten by Socket Mode. PostgreSQL only."
    to.add("web", ears, text, database=False)
    to.add("worker", hands, "Only work on what helpdesk web heard; any number. PostgreSQL only.", database=False)


def _add_trials(to: Commands) -> None:
    text = "Try it in the browser: a local Slack with the bot in it. No keys needed."
    demo = to.add("demo", _demo, text, database=False)
    demo.add_argument("--folder", type=Path, default=DEMO_FOLDER, help="where it keeps its conversations (%(default)s)")
    demo.add_argument("--policy", type=Path, help="a policy file to try; default: the demo's own")
    text = "One exchange in the terminal, on a database that is thrown away."
    chat = to.add("chat", _chat, text, database=False)
    chat.add_argument("message", help="what you say, as U-123; in quotes")
    chat.add_argument(
        "--json", action="store_true", help="print what Slack would show as JSON lines; nothing is approved"
    )
    text = "Play cases through the whole bot in a local Slack, and check what came of them."
    add_eval(to.add("eval", _eval, text, database=False))


def _add_doctor(to: Commands) -> None:
    text = "Say what of this installation is wrong, why that matters, and what to do."
    doctor = to.add("doctor", _doctor, text, database=False)
    doctor.add_argument("--json", action="store_true", help="one JSON object")
    doctor.add_argument("--offline", action="store_true", help="ask nobody on the network")


# ── the commands that are the bot, play it, or examine it ──


async def _live(_: Namespace, __: Settings, *, hears: bool, works: bool) -> None:
    from bot.workspace import serve  # noqa: PLC0415 -- each command loads only what it needs

    settings = config.settings(hears=hears, works=works)
    redactor = configure_logs(settings.log_level)
    if config.open_to_others(Path(".env")):
        structlog.get_logger().warning(OPEN_TO_OTHERS)
    await serve(settings, redactor, hears=hears, works=works, keeping=_keeping)


def _keeping(settings: config.Settings) -> AbstractAsyncContextManager[None]:
    from bot.ops.retention import Keep, keeping  # noqa: PLC0415

    keep = Keep(settings.helpdesk_keep_content, settings.helpdesk_keep_decisions)
    return keeping(settings.database_url.get_secret_value(), settings.key, keep, lambda: datetime.now(UTC))


async def _demo(options: Namespace, __: Settings) -> None:
    from bot.api.serving import told_to_stop  # noqa: PLC0415
    from bot.model.demo import PAUSE_S  # noqa: PLC0415
    from bot.models import model_of  # noqa: PLC0415
    from bot.playground.demo import POLICY, playing, secret_key_in  # noqa: PLC0415

    settings = config.read(config.DemoSettings)
    configure_logs("WARNING")
    folder, key, policy = options.folder, secret_key_in(options.folder), options.policy or POLICY
    async with (
        model_of(settings, PAUSE_S) as model,
        playing(folder, settings.port, model, key, policy_file=policy) as (*_, address),
    ):
        print(f"The playground is at {address}\nModel: {model.name}. Stop with Ctrl-C.", flush=True)
        await told_to_stop().wait()


async def _chat(options: Namespace, _: Settings) -> bool:
    from bot.models import model_of  # noqa: PLC0415
    from bot.playground.chat import chat  # noqa: PLC0415

    configure_logs("ERROR")
    async with model_of(config.read(config.DemoSettings)) as model:
        return await chat(options.message, model, as_json=options.json)


async def _eval(options: Namespace, _: Settings) -> bool:
    from bot.eval.command import Wanted, evaluated  # noqa: PLC0415
    from bot.models import model_of  # noqa: PLC0415

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
        return await evaluated(wanted, model, sys.stdout, sys.stderr)


async def _doctor(options: Namespace, _: Settings) -> bool:
    from bot.doctor import examined  # noqa: PLC0415

    configure_logs("CRITICAL")
    now, out = partial(datetime.now, UTC), sys.stdout
    return await examined(config.settings, now, out, json=options.json, offline=options.offline)


if __name__ == "__main__":
    sys.exit(main())
