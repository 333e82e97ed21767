"""Asking the small model to sum up what the model is not shown any more.

Promise: within PATIENCE_S the model's input begins anew, with a summary or without; nobody waits longer for one.
"""

import asyncio
from functools import partial

import structlog

from bot.core import items
from bot.core.exchange import Prompt, Reply, Said
from bot.core.items import Item
from bot.core.prompt import history
from bot.core.steps import Summarise
from bot.core.summary import INSTRUCTIONS, MAX_TOKENS, kept, shown, transcript
from bot.errors import ModelRejected, ModelUnavailable
from bot.model.speech import text_of
from bot.run.asking import safety_identifier
from bot.run.claim import Claim
from bot.run.kit import Kit
from bot.run.meter import Meter

#: seconds that a person waits for a summary at most
PATIENCE_S = 15.0

#: bytes of what is summed up, for each token of the budget: half of it at most, as bytes are estimated
BYTES_PER_TOKEN = 1.5

log = structlog.get_logger()


class Summariser:
    """Sums up for many conversations."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._model = kit.small or kit.model
        self._provider = kit.served(self._model.name).provider

    async def summarise(self, claim: Claim, step: Summarise) -> list[Item]:
        """The rebase, with a summary where the model gave one in time."""
        thread, why = claim.thread, ""
        prompt = self._prompt(claim, step)
        rebase = partial(items.Rebase, reason="compaction", since=step.since, actor=thread.turns[step.turn].author)
        covers, meter = thread.covers if thread.summary else thread.since, Meter(self._kit, self._model.name)
        try:
            async with asyncio.timeout(PATIENCE_S):
                ask = partial(self._model.reply, prompt)
                return [_rebase(rebase, await self._kit.breakers.ask(self._provider, ask), covers, meter)]
        except (ModelUnavailable, ModelRejected) as error:
            why = str(error)
        except TimeoutError:
            why = f"it took longer than {PATIENCE_S:.0f} seconds"
        except Exception:  # a bug of ours or a provider's whim: a summary is not worth a turn
            log.exception("summing up broke", conversation=claim.conversation)
        log.warning("earlier turns are left out without a summary", conversation=claim.conversation, why=why)
        return [rebase()]

    def _prompt(self, claim: Claim, step: Summarise) -> Prompt:
        entries, thread = claim.entries, claim.thread
        earlier = [
            each.item.summary for each in entries if isinstance(each.item, items.Rebase) and each.seq == thread.summary
        ]
        left = [each for each in entries if each.seq < step.since and not isinstance(each.item, items.Rebase)]
        said = (*map(shown, earlier), *history(left, step.since, step.since - 1))
        return Prompt(
            instructions=INSTRUCTIONS,
            items=(Said(transcript(said, int(self._kit.context_tokens * BYTES_PER_TOKEN))),),
            functions=(),
            may_call=False,
            max_tokens=MAX_TOKENS,
            safety_identifier=safety_identifier(claim.thread, step.turn),
        )


def _rebase(rebase: "partial[items.Rebase]", reply: Reply, covers: int, meter: Meter) -> items.Rebase:
    """Whatever it says, what it took is on record."""
    summary = "" if reply.status == "refused" else kept(text_of(reply))
    return rebase(summary=summary, covers=covers if summary else 0, **meter.read(reply))
