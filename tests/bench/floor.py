"""The yardstick: the least a Slack bot with one tool call can do. Bolt as usual, one shared connection pool, the SDK as
in its README, so answers are not streamed; nothing is stored, checked or remembered.

`python -m tests.bench.floor ADDRESS_OF_THE_FAKES`
"""

import asyncio
import sys
from typing import Any

from openai import AsyncOpenAI
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.routing import Route

from bot.api.serving import serving, told_to_stop
from bot.slack.client import connection_pool
from tests.bench.fakes import SIGNING_SECRET, TOKEN

INSTRUCTIONS = "You are an IT helpdesk agent. Search the knowledge base before you answer."

TOOLS: Any = [
    {
        "type": "function",
        "name": "search_kb",
        "description": "Search IT's knowledge base.",
        "parameters": {
            "type": "object",
            "properties": {"query": {"type": "string"}},
            "required": ["query"],
            "additionalProperties": False,
        },
        "strict": True,
    }
]

#: about what the real search gives
ARTICLE = "Forget the network, then join it again. " * 100


async def main(address: str) -> None:
    """Serve until told to stop; the port is the first line printed."""
    async with connection_pool() as pool, AsyncOpenAI(api_key="none", base_url=f"{address}/v1") as model:
        client = AsyncWebClient(token=TOKEN, base_url=f"{address}/api/", session=pool)
        slack = AsyncApp(client=client, signing_secret=SIGNING_SECRET)

        @slack.event("app_mention")
        async def mentioned(event: dict[str, Any]) -> None:
            said: list[Any] = [{"role": "user", "content": event["text"]}]
            first = await _ask(model, said)
            (call,) = [each for each in first.output if each.type == "function_call"]
            said.append(call.model_dump(exclude_none=True))
            said.append({"type": "function_call_output", "call_id": call.call_id, "output": ARTICLE})
            last = await _ask(model, said)
            thread = event.get("thread_ts") or event["ts"]
            await client.chat_postMessage(channel=event["channel"], thread_ts=thread, text=last.output_text)

        app = Starlette(routes=[Route("/slack/events", AsyncSlackRequestHandler(slack).handle, methods=["POST"])])
        async with serving(app, "127.0.0.1", 0) as port:
            print(port, flush=True)
            await told_to_stop().wait()


async def _ask(model: AsyncOpenAI, said: list[Any]) -> Any:
    return await model.responses.create(model="bench", instructions=INSTRUCTIONS, input=said, tools=TOOLS, store=False)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
