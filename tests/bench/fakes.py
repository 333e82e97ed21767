"""A Slack and a model that answer at once, and remember what they were asked."""

import asyncio
import json
import time
from collections import Counter, deque
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.bench.spoken import THINKS, Speech
from tests.bench.wire import Drip
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

#: about 1,250 characters, which are shown while they come
LONG_ANSWER = "\n\n".join([ANSWER] * 4)


class Fakes:
    """What both subjects talk to; figures are of everything since `reset`."""

    def __init__(self) -> None:
        #: seconds the model takes
        self.latency = 0.0
        #: its answers are long, and come word by word
        self.speaks = False
        self.speech = Speech(_whole(_said(LONG_ANSWER)))
        #: how often each method of Slack was called
        self.calls: Counter[str] = Counter()
        #: when Slack was first told that the bot works on a thread (`time.monotonic`)
        self.signs: dict[str, float] = {}
        #: bytes of each request to the model
        self.requests: list[int] = []
        #: the newest posts
        self.posts: deque[dict[str, Any]] = deque(maxlen=20)
        #: what the model calls first, whole and as a stream
        self.first = CALL
        self._awaited: dict[str, asyncio.Future[tuple[float, bool]]] = {}

    def reset(self) -> None:
        """Forget all figures."""
        self.calls.clear()
        self.signs.clear()
        self.requests.clear()
        self.posts.clear()

    def post_in(self, thread: str) -> asyncio.Future[tuple[float, bool]]:
        """The next post in the thread: when it came (`time.monotonic`), and whether it is the model's whole answer."""
        self._awaited[thread] = asyncio.get_running_loop().create_future()
        return self._awaited[thread]

    def answer(self, target: str, body: bytes) -> tuple[bytes | Drip, float]:
        """The answer of Slack's Web API (/api/…) or of the model (/v1/responses)."""
        url = urlsplit(target)
        if url.path == "/v1/responses":
            return self._model(body)
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
            case "chat.startStream" | "chat.appendStream" | "chat.stopStream":
                return self._grow(method, json.loads(body)), 0
        return _ok(), 0

    def _post(self, message: dict[str, Any]) -> bytes:
        self.posts.append(message)
        shown = message["blocks"][0].get("text") if message.get("blocks") else message["text"]
        self._shown(message["thread_ts"], right=shown == ANSWER)
        return _ok(channel=message["channel"], ts=f"{time.time():.6f}", message={"text": message["text"]})

    def _shown(self, thread: str, *, right: bool) -> None:
        awaited = self._awaited.pop(thread, None)
        if awaited and not awaited.done():
            awaited.set_result((time.monotonic(), right))

    def _grow(self, method: str, asked: dict[str, Any]) -> bytes:
        if method == "chat.startStream":
            return _ok(channel=asked["channel"], ts=self.speech.started(asked))
        if method == "chat.appendStream":
            self.speech.added(asked["ts"], asked)
        else:
            thread, text = self.speech.stopped(asked)
            self._shown(thread, right=text == (LONG_ANSWER if self.speaks else ANSWER))
        return _ok(channel=asked["channel"], ts=asked["ts"])

    def _model(self, body: bytes) -> tuple[bytes | Drip, float]:
        # not parsed: a long request must not cost more here than a short one
        streams = b'"stream":true' in body
        if b'"tools"' not in body:
            # a summary is asked for, which is no turn's request
            return _SUMMARY[streams], self.latency
        self.requests.append(len(body))
        if body.rfind(b'"function_call_output"') <= body.rfind(b'"user"'):
            return self.first[streams], self.latency
        return (self.speech.begin(), THINKS) if self.speaks else (_FINAL[streams], self.latency)


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
    response = _whole(*output)
    return json.dumps(response).encode(), streamed(response)


def _whole(*output: dict[str, Any]) -> dict[str, Any]:
    usage = {
        "input_tokens": 900,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": 90,
        "total_tokens": 990,
    }
    return {
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


def called(name: str, arguments: dict[str, Any]) -> tuple[bytes, bytes]:
    """A call of a tool, whole and as a stream."""
    call = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": name, "status": "completed"}
    return _response(call | {"arguments": json.dumps(arguments)})


CALL = called("search_kb", {"query": "wifi does not connect on a MacBook"})


def _said(text: str) -> dict[str, Any]:
    content = [{"type": "output_text", "text": text, "annotations": []}]
    return {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": content}


_FINAL = _response(_said(ANSWER))
_SUMMARY = _response(_said("Several colleagues could not connect to wifi; forgetting the network was advised. " * 8))
