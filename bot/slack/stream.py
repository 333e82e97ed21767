"""One message that grows in Slack: what it shows so far, and what is to be added next. Nothing here is sent.

Promise: what was added is a beginning of what the delivery will show, or nothing is added any more.
"""

import asyncio
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Any

from bot.slack.markdown import LOOK, NOTHING, settled
from bot.slack.text import MAX_FENCE, MAX_MESSAGE

#: characters heard that are looked at: more than one message shows
MAX_HEARD = 2 * MAX_MESSAGE

#: tasks of one turn that are shown
MAX_TASKS = 30

#: where a long text is cut at the latest, and the first place where it may be cut
_ROOM = MAX_MESSAGE - MAX_FENCE - 1
_SURE = _ROOM // 2 - LOOK

Chunk = dict[str, Any]


@dataclass(slots=True)
class Task:
    """A tool at work; `began` by the loop's clock, seconds."""

    title: str
    began: float
    status: str = "in_progress"


@dataclass(slots=True)
class Talk:
    """What is heard of a conversation since it last rested."""

    conversation: str
    #: when that was, by the loop's clock, seconds
    since: float
    reader: str
    links: AbstractSet[str] = NOTHING
    heard: str = ""
    tasks: dict[int, Task] = field(default_factory=dict)
    #: no stream is begun any more before it rests
    silent: bool = False

    def hear(self, text: str) -> None:
        """The model goes on so."""
        if len(self.heard) < MAX_HEARD:
            self.heard += text


@dataclass(slots=True)
class Stream:
    """A stream that was begun here; without `ts` Slack did not say yes, and where that is `certain` there is none."""

    #: seconds since the epoch
    started_at: float
    talk: Talk
    ts: str | None = None
    text: str = ""
    #: the statuses of tasks that it shows
    told: dict[int, str] = field(default_factory=dict)
    #: what Slack shows is what stands here
    certain: bool = True
    #: nothing is added any more: a delivery follows
    sealed: asyncio.Event = field(default_factory=asyncio.Event)
    sealed_at: float = 0.0
    #: a row says so; a delivery takes its place
    reserved: bool = False
    task: "asyncio.Task[None] | None" = None
    _ended: dict[int, Task] = field(default_factory=dict)

    def next_text(self) -> str:
        """What is heard and not shown, as far as it is certain; nothing where the model began anew with other words."""
        shown = streamable(self.talk.heard, self.talk.links)
        return shown[len(self.text) :] if shown.startswith(self.text) else ""

    def next_tasks(self) -> dict[int, Task]:
        """Tasks that are shown otherwise than they are."""
        known = list(self.talk.tasks.items())[:MAX_TASKS]
        return {call: replace(task) for call, task in known if self.told.get(call) != task.status}

    def seal(self, now: float) -> None:
        """Nothing is added any more; `now` by the loop's clock."""
        if not self.sealed.is_set():
            self._ended = {call: task for call, task in self.next_tasks().items() if task.status != "in_progress"}
            self.sealed_at = now
            self.sealed.set()

    def last_tasks(self) -> dict[int, Task]:
        """Tasks that had ended when it was sealed, where it does not show that."""
        return {call: task for call, task in self._ended.items() if self.told.get(call) != task.status}

    def show(self, text: str, tasks: dict[int, Task]) -> None:
        """Slack shows this, too."""
        self.text += text
        self.told |= {call: task.status for call, task in tasks.items()}


def streamable(heard: str, links: AbstractSet[str] = NOTHING) -> str:
    """As much as is a beginning of the first message of the answer, whatever follows."""
    shown = settled(heard.lstrip()[:MAX_HEARD], links)
    if len(shown) > _SURE:
        at = shown.rfind("\n\n", _ROOM // 2, _ROOM)
        shown = shown[: at if at > 0 else _SURE]
    return shown.rstrip()


def chunks(text: str, tasks: dict[int, Task]) -> list[Chunk]:
    """What is added, as Slack takes it: what was done, then what is said."""
    done = [
        {"type": "task_update", "id": f"c{call}", "title": task.title, "status": task.status}
        for call, task in tasks.items()
    ]
    return [*done, *([{"type": "markdown_text", "text": text}] if text else [])]
