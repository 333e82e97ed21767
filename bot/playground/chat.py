"""One exchange in the terminal: what Slack would show, with approvals asked there. Everything is thrown away after."""

import asyncio
import json
import tempfile
from pathlib import Path

from bot.model.port import Model
from bot.playground.demo import playing, throwaway_key
from bot.playground.messages import Message, elements
from bot.playground.seed import BOT_USER_ID
from bot.playground.slack import LocalSlack
from bot.playground.terminal import lines
from bot.wiring import Bot

#: who speaks, who is asked to approve, and where
EMPLOYEE, APPROVER, CHANNEL = "U0ALEX", "U0DANA", "C0IT"

#: how long the bot may take for one step of it, seconds
PATIENCE = 120.0

#: how often it is asked whether it is done, seconds
GLANCE = 0.05


async def chat(message: str, model: Model, *, as_json: bool) -> bool:
    """Say it, print what comes, ask for approvals unless `as_json`; False where nothing came in time."""
    with tempfile.TemporaryDirectory() as folder:
        async with playing(Path(folder), 0, model, throwaway_key(), keep_slack=False) as (slack, bot, _):
            try:
                async with asyncio.timeout(PATIENCE):
                    thread = await _say(slack, bot, message)
                if not as_json:
                    await _approvals(slack, bot, thread)
            except TimeoutError:
                return False
            for shown in slack.thread(CHANNEL, thread)[1:] if as_json else ():
                plain = {"ts": shown.ts, "user": shown.user, "text": _shown(slack, shown), "blocks": shown.blocks}
                print(json.dumps(plain, ensure_ascii=False))
            return True


async def _say(slack: LocalSlack, bot: Bot, message: str) -> str:
    thread = await slack.say(EMPLOYEE, CHANNEL, f"<@{BOT_USER_ID}> {message}")
    await slack.wait_for(lambda: slack.thread(CHANNEL, thread)[1:], timeout=PATIENCE)
    await _rest(bot)
    return thread


async def _rest(bot: Bot) -> None:
    while not await bot.at_rest():  # noqa: ASYNC110 -- rest is what the database says, not an event
        await asyncio.sleep(GLANCE)


async def _approvals(slack: LocalSlack, bot: Bot, thread: str) -> None:
    """Print what came, and ask about each card once, as an approver would be."""
    told: set[str] = set()
    while new := [each for each in slack.thread(CHANNEL, thread)[1:] if each.ts not in told]:
        for shown in new:
            told.add(shown.ts)
            print(_shown(slack, shown) + "\n", flush=True)
            if _asks(shown):
                await _decide(slack, shown)
                async with asyncio.timeout(PATIENCE):
                    await _rest(bot)
                changed = next(each for each in slack.thread(CHANNEL, thread) if each.ts == shown.ts)
                print(_shown(slack, changed) + "\n", flush=True)


async def _decide(slack: LocalSlack, card: Message) -> None:
    answer = await asyncio.to_thread(_asked, "Approve as Dana Kim (IT)? [y/N] ")
    if answer.strip().lower() in ("y", "yes"):
        await slack.click(APPROVER, CHANNEL, card.ts, "approval.approve")
        return
    await slack.click(APPROVER, CHANNEL, card.ts, "approval.deny")
    for form in slack.views(APPROVER):
        await slack.submit(APPROVER, form.id, {"reason": "Denied in the terminal."})


def _asked(question: str) -> str:
    try:
        return input(question)
    except (EOFError, RuntimeError):  # the latter where standard input is closed
        print()
        return ""


def _asks(message: Message) -> bool:
    return any(element["action_id"] == "approval.approve" for _, element in elements(message.blocks))


def _shown(slack: LocalSlack, message: Message) -> str:
    names = {user.id: user.real_name for user in slack.workspace.users.values()}
    return "\n".join(lines(message, names))
