"""A thread with the demo model in it, driven the way the worker does: calls get outputs, waiting ones come later."""

import json
from typing import Any

from bot.core.exchange import Answered, Called, CallPart, Function, Output, Prompt, PromptItem, Said, TextPart
from bot.model.demo import DemoModel

PEOPLE = {
    "U-123": {
        "id": "U-123",
        "name": "Alex Chen",
        "department": "Design",
        "location": "London",
        "device": "MacBook Pro M3",
    },
    "U-456": {
        "id": "U-456",
        "name": "Sam Patel",
        "department": "Sales",
        "location": "New York",
        "device": "ThinkPad X1",
    },
}
WIFI = """Do the steps in order.

## 1. Re-enable the adapter

**MacBook**
1. Turn Wi-Fi off and on in
   the menu bar.

**Windows ThinkPad**
1. Disable and enable the adapter in Device Manager.

## 2. Restart

Restart the laptop. Have a tea.

## When to ask IT

- None of the steps helped.
"""
ARTICLES = {
    "wifi": ("Wifi does not connect", "https://kb.example.com/wifi", WIFI),
    "vpn": ("VPN does not connect", "vpn.md", "1. Reinstall the client from the portal.\n2. Restart the computer."),
}
TOOLS = (
    "calculator",
    "create_ticket",
    "escalate_to_human",
    "find_device",
    "get_ticket",
    "grant_access",
    "list_my_access",
    "list_my_tickets",
    "lookup_user",
    "request_status",
    "reset_password",
    "revoke_access",
    "search_kb",
    "share_ticket",
    "unlock_account",
    "update_ticket",
    "wipe_device",
    "withdraw_request",
)
WAITS = {"grant_access", "reset_password", "wipe_device"}
MAX_ROUNDS = 3


class Thread:
    """`say` plays one message until the model answers (or only waits); `transcript` is what happened, line by line."""

    def __init__(self, tools: tuple[str, ...] = TOOLS) -> None:
        self.functions = tuple(Function(name, name, {"type": "object"}) for name in tools)
        self.items: list[PromptItem] = []
        self.transcript: list[str] = []
        self.results: dict[str, Any] = {}

    async def say(self, text: str, sender: str = "U-123") -> str:
        """The answer to a message; "" where all there is waits for people."""
        self.items.append(Said(f"[from {sender}]\n{text}"))
        self.transcript.append(f"{sender}: {text}")
        return await self.go_on()

    async def late(self, request: int, status: str, **told: object) -> str:
        """The answer to the outcome of a request."""
        call_id = f"r{len(self.items)}"
        self.items.append(Called(call_id, "request_status", json.dumps({"request": request})))
        self.items.append(Output(call_id, json.dumps({"status": status, "request": request, **told})))
        return await self.go_on()

    async def go_on(self, *, may_call: bool = True) -> str:
        made: set[CallPart] = set()
        for _ in range(MAX_ROUNDS + 1):
            prompt = Prompt(instructions="", items=tuple(self.items), functions=self.functions, may_call=may_call)
            reply = await DemoModel().reply(prompt)
            asked = [part for part in reply.parts if isinstance(part, CallPart)]
            assert not set(asked) & made, "the same call twice in a turn"
            made |= set(asked)
            if not asked:
                return self._answered("".join(part.text for part in reply.parts if isinstance(part, TextPart)))
            assert may_call
            self._perform(asked)
            if all(part.tool in WAITS - self.results.keys() for part in asked):
                return ""
        raise AssertionError("more than three rounds")

    def calls(self) -> list[str]:
        """The calls so far, as `tool({…})`."""
        return [line for line in self.transcript if line.startswith("→ ")]

    def _answered(self, text: str) -> str:
        self.items.append(Answered(text))
        self.transcript.append(f"bot: {text}")
        return text

    def _perform(self, asked: list[CallPart]) -> None:
        called = [Called(f"c{len(self.items) + at}", part.tool, part.arguments) for at, part in enumerate(asked)]
        self.items += called
        for call in called:
            self.transcript.append(f"→ {call.tool}({call.arguments})")
            result = self._result(call.call_id, call.tool, json.loads(call.arguments))
            self.items.append(Output(call.call_id, result if isinstance(result, str) else json.dumps(result)))

    def _result(self, call_id: str, tool: str, arguments: dict[str, Any]) -> Any:
        if tool in self.results:
            return self.results[tool]
        match tool:
            case "lookup_user":
                return PEOPLE.get(arguments["user_id"], f"Nobody in the directory has the id {arguments['user_id']}.")
            case "search_kb":
                return {"articles": [_found(topic) for topic in ARTICLES if topic in arguments["query"].lower()]}
            case "find_device":
                return {"devices": [{"device_id": "L-1005", "model": PEOPLE[arguments["user_id"]]["device"]}]}
            case tool if tool in WAITS:
                return {"status": "waiting_for_approval", "request": int(call_id[1:]), "tool": tool, "note": "…"}
        return "Done by the fake."


def waiting(thread: Thread) -> int:
    """The number of the newest request in the thread."""
    texts = [json.loads(item.text) for item in thread.items if isinstance(item, Output) and "waiting" in item.text]
    number: int = texts[-1]["request"]
    return number


def _found(topic: str) -> dict[str, str]:
    title, url, text = ARTICLES[topic]
    return {"title": title, "url": url, "snippet": text[:40], "text": text}
