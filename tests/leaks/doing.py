"""People, the model, tools and strangers: all that they can do with what is planted."""

import asyncio
import json
import re
import socket
from typing import Any

import httpx
from starlette.responses import PlainTextResponse

from tests.leaks.planted import EACH, FORMED, values
from tests.leaks.program import WAYS
from tests.leaks.told import Server, troubles
from tests.rig import CHANNEL
from tests.slack.edge import signed
from tests.world import World, card


def settings(world: World) -> dict[str, str]:
    """Settings with secrets in them, from the environment and from files."""
    secret, folder = values("setting"), world.folder
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "key").write_text(f"{secret[0]} which is long enough for a key\n")
    leaks = {kind: values(kind) for kind in ("result", "background", *WAYS)}
    return {
        "LOG_LEVEL": "DEBUG",
        "LEAKS": json.dumps(leaks),
        "HELPDESK_SECRET_KEY": f"{secret[1]} which is long enough for a key",
        "HELPDESK_SECRET_KEY_PREVIOUS_FILE": str(folder / "key"),
        "SLACK_SIGNING_SECRET_PREVIOUS": secret[2],
        "OPENAI_API_KEY": secret[3],
        "HELPDESK_APPROVAL_CHANNEL": "C0APPROVE",
        "HELPDESK_CHECKPOINT_FILE": str(folder / "checkpoints"),
        "HELPDESK_BUDGETS": "user 1000turns/hour",
        "HELPDESK_METRICS_PORT": str(port),
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{world.environment['OPENAI_BASE_URL']}/traces",
        "OTEL_EXPORTER_OTLP_HEADERS": f"x-key={secret[4]}",
        "OTEL_BSP_SCHEDULE_DELAY": "50",
    }


async def everything(world: World) -> None:
    """People, the model, tools and strangers do all they can."""
    await talk(world)
    await break_tools(world)
    await approve(world)
    await break_model(world)
    await break_slack(world)
    await knock(world)


async def what_has_a_form(world: World) -> None:
    """It is said in every way that is logged where content is: messages, files, arguments, results, reasons."""
    slack, texts = world.slack, [text for text, _ in FORMED]
    files = [("x.txt", "text/plain", f"it is {', '.join(texts)}.".encode())]
    thread = await answered(world, f"{'; '.join(texts)}.", files=files)
    await slack.edit("U0ALEX", CHANNEL, thread, f"<@U0BOT> not {', but '.join(texts)}.")
    await answered(world, json.dumps(texts), slack.dm("U0ALEX"))
    for text in texts:
        thread = await answered(world, f"DO announce(words={text}.)")
        shown = await slack.wait_for(lambda thread=thread: card(slack, thread), 60)  # type: ignore[misc]
        assert shown
        await slack.click("U0DANA", CHANNEL, shown.ts, "approval.deny")
        await slack.submit("U0DANA", slack.views("U0DANA")[0].id, {"reason": text})
        await slack.wait_for(lambda thread=thread: len(slack.thread(CHANNEL, thread)) > 2, 60)  # type: ignore[misc]
    await answered(world, " ".join(f"DO stumble_{way}_0()" for way in ("result", *WAYS)))


async def answered(world: World, words: str, channel: str = CHANNEL, **given: Any) -> str:
    """The thread of a message, once something came back."""
    mention = "" if channel.startswith("D") else "<@U0BOT> "
    thread = await world.slack.say("U0ALEX", channel, mention + words, **given)
    await world.slack.wait_for(lambda: len(world.slack.thread(channel, thread)) > 1, 60)
    return thread


async def talk(world: World) -> None:
    slack, direct = world.slack, world.slack.dm("U0ALEX")
    thread = await answered(world, "My details: " + ", ".join(values("message")))
    await answered(world, ", ".join(values("private message")), direct)
    await slack.say("U0ALEX", CHANNEL, ", ".join(values("reply")), thread)
    await slack.wait_for(lambda: len(slack.thread(CHANNEL, thread)) > 3, 60)
    await slack.edit("U0ALEX", CHANNEL, thread, f"<@U0BOT> {values('edited')}")
    gone = await answered(world, ", ".join(values("deleted")))
    await slack.delete("U0ALEX", CHANNEL, gone)
    pairs = zip(values("file name"), values("file"), strict=True)
    texts = [(f"{re.sub('[/:?]', '_', name)}.txt", "text/plain", text.encode()) for name, text in pairs]
    for first in range(0, EACH, 2):
        await answered(world, "look", files=texts[first : first + 2])
    await answered(world, "and this", files=[("x.png", "image/png", str(values("picture")).encode())])
    for each in values("command"):
        assert await slack.command("U0ALEX", CHANNEL, "/helpdesk", each) == 200


async def break_tools(world: World) -> None:
    for way in ("result", "background", *WAYS):
        orders = " ".join(f"DO stumble_{way}_{number}()" for number in range(EACH))
        await answered(world, orders)


async def approve(world: World) -> None:
    slack = world.slack
    for number, each in enumerate(values("arguments")):
        thread = await answered(world, f"DO announce(words=it is {each})")
        shown = await slack.wait_for(lambda thread=thread: card(slack, thread), 60)  # type: ignore[misc]
        assert shown
        before = len(slack.thread(CHANNEL, thread))
        if number % 2:
            await slack.click("U0DANA", CHANNEL, shown.ts, "approval.approve")
        else:
            await slack.click("U0DANA", CHANNEL, shown.ts, "approval.deny")
            reasons = values("denial")
            (view,) = slack.views("U0DANA")
            await slack.submit("U0DANA", view.id, {"reason": f"{reasons[number]} {reasons[number + 1]}"})
        await slack.wait_for(lambda thread=thread, n=before: len(slack.thread(CHANNEL, thread)) > n, 60)  # type: ignore[misc]


async def break_model(world: World) -> None:
    server = world.model
    assert isinstance(server, Server)
    nonsense = [PlainTextResponse(f"<html>{each}") for each in values("model nonsense")]
    for answers in (troubles(429, "model 429"), troubles(500, "model 500"), troubles(400, "model 400"), nonsense):
        for each in answers:
            server.troubles = [each]
            await answered(world, "hello")


async def break_slack(world: World) -> None:
    for number, each in enumerate(values("slack")):
        method = ("chat.postMessage", "users.info")[number % 2]
        world.slack.fail(method, 1, f"not allowed: {each}")
    for _ in range(EACH):  # a post that Slack refuses is not made again
        await world.slack.say("U0ALEX", CHANNEL, "<@U0BOT> hello")
        await asyncio.sleep(0.2)
    await answered(world, "hello")


async def knock(world: World) -> None:
    address = f"http://127.0.0.1:{world.environment['PORT']}"
    async with httpx.AsyncClient(base_url=address) as client:
        for each in values("unsigned"):
            event = json.dumps({"type": "event_callback", "event": {"type": "message", "text": each}}).encode()
            for body in (each.encode(), event):
                sent = await client.post("/slack/events", content=body, headers=signed(body, secret="another"))
                assert sent.status_code in (400, 401)
        for each in values("no request"):
            for body in (each.encode(), json.dumps({"event": {"type": each, "user": each}, "event_id": each}).encode()):
                headers = signed(body, secret=world.slack.signing_secret) | {"content-type": "application/json"}
                await client.post("/slack/events", content=body, headers=headers)
        for each in values("address"):
            headers = {"authorization": each, "cookie": f"a={each}", "user-agent": each}
            assert (await client.get("/" + each.replace("#", ""), headers=headers)).status_code in (404, 405)
            await client.get("/reset", params={"token": each}, headers=headers)
        for each in values("form"):
            sent = await client.post("/reset", data={"token": each, "password": f"{each} and a long password"})
            assert sent.status_code < 500
