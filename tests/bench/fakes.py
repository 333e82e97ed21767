"""A Slack and a model that answer at once, and remember what they were asked."""

import asyncio
import json
import time
from collections import Counter
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.fakes.events import streamed

TOKEN = "xoxb-bench"
SIGNING_SECRET = "bench"
TEAM, BOT, CHANNEL = "T0BENCH", "U0BOT", "C0BENCH"

QUESTION = "my laptop will not connect to wifi"

#: about 300 characters
ANSWER = (
    "Your MacBook most likely holds an old Wi-Fi profile. Open *System Settings → Wi-Fi*, choose the network, press "
    "**Forget**, then join it again with your usual password. If it is still not connected after that, turn the "
    "adapter off and on once. This is from the article **Wi-Fi does not connect**; tell me if it fails."
)


class Fakes:
    """What both subjects talk to; figures are of everything since `reset`."""

    def __init__(self) -> None:
        #: seconds the model takes
        self.latency = 0.0
        #: how often each method of Slack was called
        self.calls: Counter[str] = Counter()
        #: bytes of each first model request of a turn, in the order they came
        self.requests: list[int] = []
        #: when Slack was first told that the bot works on a thread (`time.monotonic`)
        self.signs: dict[str, float] = {}
        self._awaited: dict[str, asyncio.Future[tuple[float, bool]]] = {}

    def reset(self) -> None:
        """Forget all figures."""
        self.calls.clear()
        self.requests.clear()
        self.signs.clear()

    def post_in(self, thread: str) -> asyncio.Future[tuple[float, bool]]:
        """The next post in the thread: when it came (`time.monotonic`), and whether it is the model's whole answer."""
        self._awaited[thread] = asyncio.get_running_loop().create_future()
        return self._awaited[thread]

    def answer(self, target: str, body: bytes) -> tuple[bytes, float]:
        """The answer of Slack's Web API (/api/…) or of the model (/v1/responses)."""
        url = urlsplit(target)
        if url.path == "/v1/responses":
            return self._model(body), self.latency
        method = url.path.removeprefix("/api/")
        self.calls[method] += 1
        match method:
            case "auth.test":
                return _ok(
                    team_id=TEAM, user_id=BOT, bot_id="B0BENCH", team="bench", user="bot", url="https://bench/"
                ), 0
            case "users.info":
                return _ok(user=_person(parse_qs(url.query)["user"][0])), 0
            case "usergroups.users.list":
                return _ok(users=["U0ADMIN"]), 0
            case "conversations.open":
                return _ok(channel={"id": "D0BENCH"}), 0
            case "agents.sessions.setStatus":
                self.signs.setdefault(_given(body, "thread_ts"), time.monotonic())
            case "chat.postMessage":
                return self._post(json.loads(body)), 0
        return _ok(), 0

    def _post(self, message: dict[str, Any]) -> bytes:
        awaited = self._awaited.pop(message["thread_ts"], None)
        if awaited and not awaited.done():
            shown = message["blocks"][0]["text"] if message.get("blocks") else message["text"]
            awaited.set_result((time.monotonic(), shown == ANSWER))
        return _ok(channel=message["channel"], ts=f"{time.time():.6f}", message={"text": message["text"]})

    def _model(self, body: bytes) -> bytes:
        # not parsed: a long request must not cost more here than a short one
        streams = b'"stream":true' in body
        if body.rfind(b'"function_call_output"') > body.rfind(b'"user"'):
            return _FINAL[streams]
        self.requests.append(len(body))
        return _CALL[streams]


def _given(body: bytes, name: str) -> str:
    """An argument, whether the request is JSON or a form."""
    text = body.decode()
    return str(json.loads(text)[name] if text.startswith("{") else parse_qs(text)[name][0])


def _ok(**fields: Any) -> bytes:
    return json.dumps({"ok": True, **fields}).encode()


def _person(user: str) -> dict[str, Any]:
    profile = {"email": f"{user.lower()}@example.com", "real_name": user, "display_name": user}
    return {"id": user, "team_id": TEAM, "name": user.lower(), "deleted": False, "is_bot": False, "profile": profile}


def _response(*output: dict[str, Any]) -> tuple[bytes, bytes]:
    """The answer whole, and as a stream."""
    usage = {
        "input_tokens": 900,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": 90,
        "total_tokens": 990,
    }
    response = {
        "id": "resp_1",
        "object": "response",
        "created_at": 1_790_000_000,
        "status": "completed",
        "model": "bench",
        "output": output,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": usage | {"output_tokens_details": {"reasoning_tokens": 0}},
    }
    return json.dumps(response).encode(), streamed(response)


_CALL = _response(
    {
        "type": "function_call",
        "id": "fc_1",
        "call_id": "call_1",
        "name": "search_kb",
        "arguments": '{"query": "wifi does not connect on a MacBook"}',
        "status": "completed",
    }
)
_FINAL = _response(
    {
        "type": "message",
        "id": "msg_1",
        "role": "assistant",
        "status": "completed",
        "content": [{"type": "output_text", "text": ANSWER, "annotations": []}],
    }
)
