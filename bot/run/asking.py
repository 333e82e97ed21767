"""Asking the model: the prompt from the log, the reply as items, a failure as an item with the time of the next try."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import structlog

from bot.core import items
from bot.core.exchange import CallPart, Function, OpaquePart, Picture, Prompt, PromptItem, Reply, TextPart
from bot.core.items import Item
from bot.core.outsiders import outside, told
from bot.core.prompt import functions, history
from bot.core.steps import CallModel
from bot.core.thread import Thread, Turn
from bot.core.weight import Room, Told, room, size_of
from bot.errors import ModelRejected, ModelUnavailable, NotAsked
from bot.model.port import Hear
from bot.run.begun import Begun
from bot.run.claim import Claim
from bot.run.instructions import Prompts
from bot.run.kit import Instructions, Kit
from bot.run.meter import Meter
from bot.store import attachments
from tools.wire import by_wire_name

#: the wait before the second try and the longest wait, seconds
FIRST_WAIT, LAST_WAIT = 0.5, 60.0

#: a provider that asks for a longer wait is asked again after this many seconds all the same
LONGEST_RETRY_AFTER = 300.0

#: calls taken from one reply; more than this is not a plan
MAX_CALLS = 64

log = structlog.get_logger()


class Asker:
    """Asks the model for many conversations."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._functions = functions(kit.tools)
        self._named = by_wire_name(kit.tools)
        self._room = room(kit.context_tokens, "", self._functions)
        self._prompts = Prompts(kit)

    async def room(self, thread: Thread) -> Room:
        """What a request has beside the menu and the prompt that leads the conversation."""
        return self._room.beside((await self._prompts.of(thread.prompt)).text)

    async def ask(self, claim: Claim, step: CallModel, begun: Begun) -> list[Item]:
        """What the model gave for the turn: an output with its calls, or a failure."""
        turn, seen, served = claim.thread.turns[step.turn], claim.thread.head, self._kit.served(step.model)
        about = {"conversation": claim.conversation, "model": served.model.name}
        instructions = await self._prompts.of(claim.thread.prompt)
        prompt = await self._prompt(claim, turn, seen, instructions, last=step.last, sees=served.sees)
        meter = Meter(self._kit, served.model.name)
        failed = partial(self._failed, turn, meter)
        begun.sent(meter, instructions.version, partial(self._estimate, prompt, claim.history.told))
        try:
            if claim.thread.opened and not claim.thread.opened.shared:
                # what nobody was announced to grows nowhere: other companies read a shared channel
                self._kit.live.asked(claim.conversation, turn.author, claim.thread.links)
            heard = partial(_each, (meter.heard, begun.hear, partial(self._kit.live.heard, claim.conversation)))
            reply = await self._kit.breakers.ask(served.provider, partial(served.model.reply, prompt, heard))
        except ModelUnavailable as error:
            log.warning("model unavailable", **about, failures=turn.failures + 1, why=str(error))
            return [failed("unavailable", self._wait(turn, error), asked=not isinstance(error, NotAsked))]
        except ModelRejected as error:
            log.warning("model rejected the request", **about, why=str(error))
            return [failed("rejected", None)]
        except Exception:  # a bug of ours or a provider's whim: it is told as if the model were down
            log.exception("asking the model broke", **about)
            return [failed("unavailable", self._wait(turn, ModelUnavailable("")))]
        if any(isinstance(part, TextPart) and part.text.strip() for part in reply.parts):
            self._kit.live.said(claim.conversation)
        said = self._items(reply, step.turn, seen, instructions.version, meter)
        return list(said) or [failed("empty", 0, reply=reply)]

    async def _prompt(
        self, claim: Claim, turn: Turn, seen: int, instructions: Instructions, *, last: bool, sees: bool
    ) -> Prompt:
        assert claim.thread.opened
        tenant = claim.thread.opened.tenant
        shown = _shown(claim, turn, seen)
        return Prompt(
            instructions=instructions.text,
            items=await self._with_pictures(claim.conversation, shown) if sees else shown,
            functions=self._on_offer(),
            may_call=not last,
            safety_identifier=safety_identifier(claim.thread, turn.seq),
            cache_key=f"{tenant}:{instructions.version}:{sum(claim.conversation.encode()) % 8}",
        )

    def _on_offer(self) -> tuple[Function, ...]:
        gone = self._kit.withdrawn()
        return tuple(each for each in self._functions if self._named[each.name] not in gone)

    def _estimate(self, prompt: Prompt, told: Told) -> float:
        """Tokens of the request."""
        return self._room.beside(prompt.instructions).estimate(size_of(prompt.items), told)

    async def _with_pictures(self, conversation: str, shown: tuple[PromptItem, ...]) -> tuple[PromptItem, ...]:
        """The same with the bytes of its pictures, as far as they are kept."""
        wanted = {item.sha256 for item in shown if isinstance(item, Picture)}
        if not wanted:
            return shown
        bodies = await self._kit.database.run(lambda connection: attachments.bodies(connection, conversation, wanted))
        return tuple(
            replace(item, body=bodies.get(item.sha256)) if isinstance(item, Picture) else item for item in shown
        )

    def _wait(self, turn: Turn, error: ModelUnavailable) -> float:
        return wait(turn.failures, error.retry_after, self._kit.chance.jitter())

    def _failed(
        self,
        turn: Turn,
        meter: Meter,
        why: items.FailureReason,
        wait: float | None,
        *,
        asked: bool = True,
        reply: Reply | None = None,
    ) -> Item:
        at = None if wait is None else self._kit.now() + timedelta(seconds=wait)
        return items.ModelFailed(turn=turn.seq, why=why, retry_at=at, asked=asked, **meter.read(reply))

    def _items(self, reply: Reply, turn: int, seen: int, prompt: str, meter: Meter) -> Iterator[Item]:
        """Nothing for a reply that says nothing and calls nothing.

        A reply that was cut off has no calls: they may be half.
        """
        whole = reply.status != "incomplete"
        calls = [part for part in reply.parts if isinstance(part, CallPart) and whole][:MAX_CALLS]
        if not calls and not any(isinstance(part, TextPart) and part.text.strip() for part in reply.parts):
            return
        yield items.ModelOutput(
            turn=turn,
            seen=seen,
            prompt=prompt,
            status=reply.status,
            parts=tuple(_parts(reply, len(calls))),
            **meter.read(reply),
        )
        for call in calls:
            yield items.Call(turn=turn, tool=self._named.get(call.tool, call.tool), arguments=call.arguments)


def _shown(claim: Claim, turn: Turn, seen: int) -> tuple[PromptItem, ...]:
    if outside(claim.thread, turn):
        return history([*told(claim.entries, turn.author)], turn.seq, seen)
    return claim.history.input(claim.entries, turn.seq, seen)


def safety_identifier(thread: Thread, turn: int) -> str:
    """Who the turn's author is, for the provider's abuse detection; nobody can tell a name from it."""
    assert thread.opened
    return hashlib.sha256(f"{thread.opened.tenant}:{thread.turns[turn].author}".encode()).hexdigest()


def wait(failures: int, retry_after: float | None, jitter: float) -> float:
    """Seconds to the next try after so many failures before; `jitter` is between 0 and 1."""
    backoff = min(LAST_WAIT, FIRST_WAIT * 2.0**failures) * (0.5 + jitter)
    return max(backoff, min(retry_after or 0, LONGEST_RETRY_AFTER))


def _each(listeners: tuple[Hear, ...], piece: str) -> None:
    for hear in listeners:
        hear(piece)


def _parts(reply: Reply, calls: int) -> Iterator[items.Text | items.Opaque | items.CallHere]:
    left = calls
    for part in reply.parts:
        match part:
            case TextPart(text):
                yield items.Text(text=text)
            case OpaquePart(item) if _storable(item):
                yield items.Opaque(item=dict(item))
            case CallPart() if left:
                left -= 1
                yield items.CallHere()


def _storable(item: Mapping[str, Any]) -> bool:
    """A provider's own item can hold what no text can: half a character."""
    try:
        json.dumps(item, ensure_ascii=False).encode()
    except (TypeError, ValueError, RecursionError):
        return False
    return True
