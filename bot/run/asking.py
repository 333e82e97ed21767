"""Asking the model: the prompt from the log, the reply as items, a failure as an item with the time of the next try."""

import asyncio
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import structlog

from bot.core import items
from bot.core.exchange import CallPart, OpaquePart, Picture, Prompt, PromptItem, Reply, TextPart
from bot.core.items import Item
from bot.core.prompt import functions
from bot.core.steps import CallModel
from bot.core.thread import Turn
from bot.errors import ModelRejected, ModelUnavailable
from bot.model.port import Hear, unheard
from bot.run.claim import Claim
from bot.run.kit import Kit
from bot.store import attachments

#: requests at once to a model that failed the last time
MAX_PROBES = 10

#: the wait before the second try and the longest wait, seconds
FIRST_WAIT, LAST_WAIT = 0.5, 60.0

#: a provider that asks for a longer wait is asked again after this many seconds all the same
LONGEST_RETRY_AFTER = 300.0

#: characters kept of a reply that was cut off
MAX_HEARD = 100_000

#: calls taken from one reply; more than this is not a plan
MAX_CALLS = 64

log = structlog.get_logger()


class Asker:
    """Asks the model for many conversations."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._functions = functions(kit.tools)
        self._probes = asyncio.Semaphore(MAX_PROBES)

    async def ask(self, claim: Claim, step: CallModel, hear: Hear = unheard) -> list[Item]:
        """What the model gave for the turn: an output with its calls, or a failure."""
        turn, seen = claim.thread.turns[step.turn], claim.thread.head
        prompt = await self._prompt(claim, turn, seen, step.last)
        try:
            async with self._probes if turn.failures else nullcontext():
                if claim.thread.opened and not claim.thread.opened.shared:
                    # what nobody was announced to grows nowhere: other companies read a shared channel
                    self._kit.live.asked(claim.conversation, turn.author, claim.thread.links)
                reply = await self._kit.model.reply(
                    prompt, partial(_each, (hear, partial(self._kit.live.heard, claim.conversation)))
                )
        except ModelUnavailable as error:
            log.warning(
                "model unavailable", conversation=claim.conversation, failures=turn.failures + 1, why=str(error)
            )
            return [self._failed(turn, "unavailable", self._wait(turn, error))]
        except ModelRejected as error:
            log.warning("model rejected the request", conversation=claim.conversation, why=str(error))
            return [self._failed(turn, "rejected", None)]
        except Exception:  # a bug of ours or a provider's whim: it is told as if the model were down
            log.exception("asking the model broke", conversation=claim.conversation)
            return [self._failed(turn, "unavailable", self._wait(turn, ModelUnavailable("")))]
        if any(isinstance(part, TextPart) and part.text.strip() for part in reply.parts):
            self._kit.live.said(claim.conversation)
        return list(self._items(reply, step.turn, seen)) or [self._failed(turn, "empty", 0)]

    def cut_off(self, turn: int, seen: int, heard: list[str]) -> list[Item]:
        """What is left of a reply that a person did not want to hear to its end."""
        text = "".join(heard).strip()[:MAX_HEARD]
        if not text:
            return []
        return [
            items.ModelOutput(
                turn=turn,
                seen=seen,
                model=self._kit.model.name,
                prompt=self._kit.instructions.version,
                status="stopped",
                parts=(items.Text(text=text),),
            )
        ]

    async def _prompt(self, claim: Claim, turn: Turn, seen: int, last: bool) -> Prompt:
        assert claim.thread.opened
        tenant = claim.thread.opened.tenant
        return Prompt(
            instructions=self._kit.instructions.text,
            items=await self._with_pictures(claim.conversation, claim.history.input(claim.entries, turn.seq, seen)),
            functions=self._functions,
            may_call=not last,
            safety_identifier=hashlib.sha256(f"{tenant}:{turn.author}".encode()).hexdigest(),
            cache_key=f"{tenant}:{self._kit.instructions.version}:{sum(claim.conversation.encode()) % 8}",
        )

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
        backoff = min(LAST_WAIT, FIRST_WAIT * 2.0**turn.failures) * (0.5 + self._kit.chance.jitter())
        return max(backoff, min(error.retry_after or 0, LONGEST_RETRY_AFTER))

    def _failed(self, turn: Turn, why: items.FailureReason, wait: float | None) -> Item:
        at = None if wait is None else self._kit.now() + timedelta(seconds=wait)
        return items.ModelFailed(turn=turn.seq, why=why, retry_at=at)

    def _items(self, reply: Reply, turn: int, seen: int) -> Iterator[Item]:
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
            model=reply.model,
            prompt=self._kit.instructions.version,
            status=reply.status,
            parts=tuple(_parts(reply, len(calls))),
            tokens_in=reply.usage.input,
            tokens_cached=reply.usage.cached,
            tokens_out=reply.usage.output,
        )
        for call in calls:
            yield items.Call(turn=turn, tool=call.tool, arguments=call.arguments)


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
