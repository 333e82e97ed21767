"""What the worker makes of a conversation that is too long for the model: a summary, or none, and never a wait."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.core import items
from bot.core.exchange import Prompt, Said
from bot.core.prompt import functions
from bot.core.rebase import KEPT, LEFT_OUT
from bot.core.rollout import Rollout
from bot.core.summary import INSTRUCTIONS, MAX_CHARS, MAX_TOKENS, shown
from bot.core.summary import LEFT_OUT as LEFT_OUT_LINE
from bot.core.weight import room
from bot.errors import ModelUnavailable
from bot.model.port import Served, Several
from bot.model.responses_items import request_body
from bot.run import summarising
from bot.run.breakers import CALLS
from bot.run.kit import CONTEXT_TOKENS, Kit
from bot.run.worker import Worker
from bot.store import prompts
from bot.store.arrivals import DeletionArrived, MessageArrived, StopArrived
from bot.store.log import ERASED
from bot.store.tables import log, snapshots, usage
from tests.core.story import ALEX
from tests.fakes.model import Notes, ScriptedModel, say
from tests.run.growing import HERE, PLACE, advance, arrives, at_work, conversation, entries_of, said, write

PROMPT = Prompt(instructions="Help.", items=(Said("hello"),), functions=())

SUMMARY = "Alex asked about wifi; forgetting the network did not help."


@asynccontextmanager
async def grown(folder: Path, answer: str | Exception | asyncio.Event = SUMMARY) -> AsyncIterator[tuple[Kit, Notes]]:
    """A conversation whose next turn leaves the oldest ones out, and the model that is asked to sum up."""
    async with at_work(folder) as kit:
        notes = Notes(answer)
        await kit.database.run(lambda connection: write(connection, conversation(KEPT + LEFT_OUT)))
        yield replace(kit, small=notes), notes


def first(kit: Kit) -> object:
    """What the model's newest request begins with."""
    assert isinstance(kit.model, ScriptedModel)
    return kit.model.prompts[-1].items[0]


async def rebases(kit: Kit) -> list[items.Rebase]:
    return [entry.item for entry in await entries_of(kit) if isinstance(entry.item, items.Rebase)]


async def test_a_summary_stands_in_place_of_what_is_left_out(tmp_path: Path) -> None:
    async with grown(tmp_path) as (kit, notes):
        await said(kit, "Try again.", "m1")
        await advance(kit)
        assert first(kit) == shown(SUMMARY)
        (rebase,) = await rebases(kit)
        assert (rebase.summary, rebase.model, rebase.actor) == (SUMMARY, "notes", ALEX)
        assert (rebase.tokens_in, rebase.tokens_cached, rebase.tokens_out) == (1_000, 600, 50)
        (prompt,) = notes.prompts
        assert (prompt.instructions, prompt.functions, prompt.may_call) == (INSTRUCTIONS, (), False)
        assert request_body("m", prompt)["max_output_tokens"] == MAX_TOKENS
        (transcript,) = prompt.items
        assert isinstance(transcript, Said)
        assert "my wifi is down" in transcript.text
        assert "and now?" not in transcript.text, "what stays is not summed up"


async def test_what_a_summary_took_is_on_the_bill_of_whose_turn_it_was(tmp_path: Path) -> None:
    async with grown(tmp_path) as (kit, _):
        await said(kit, "Try again.", "m1")
        await advance(kit)
        bill = select(usage.c.principal, usage.c.calls, usage.c.tokens_cached).where(usage.c.model == "notes")
        assert await kit.database.run(lambda connection: connection.execute(bill).all()) == [(ALEX, 1, 600)]


async def test_a_later_summary_is_made_of_the_earlier_one_and_of_what_came_since(tmp_path: Path) -> None:
    async with grown(tmp_path) as (kit, notes):
        # so that nobody asks too often
        worker, turn = Worker(replace(kit, now=lambda: kit.now() + turn * timedelta(minutes=5)), lambda _: None), 0
        while len(notes.prompts) < 2:
            await said(kit, f"Answer {turn}.", f"m{turn}")
            await worker.advance(HERE, asyncio.Event())
            turn += 1
        (transcript,) = notes.prompts[1].items
        assert isinstance(transcript, Said)
        assert SUMMARY in transcript.text
        assert "Answer 0." in transcript.text
        earlier, later = await rebases(kit)
        assert (earlier.covers, later.covers) == (0, 0)
        assert earlier.since < later.since


@pytest.mark.parametrize("answer", [ModelUnavailable("away"), RuntimeError("a bug"), "", "  \n"])
async def test_without_a_summary_the_rest_is_shown_all_the_same(tmp_path: Path, answer: str | Exception) -> None:
    async with grown(tmp_path, answer) as (kit, notes):
        await said(kit, "Try again.", "m1")
        await advance(kit)
        assert first(kit) == LEFT_OUT_LINE
        (rebase,) = await rebases(kit)
        assert rebase.summary == ""
        assert len(notes.prompts) == 1


async def test_a_provider_that_is_left_alone_is_not_asked_for_a_summary(tmp_path: Path) -> None:
    async with grown(tmp_path) as (kit, notes):
        several = Several({"notes": Served(notes, "second")})
        for _ in range(CALLS):
            with pytest.raises(ModelUnavailable):
                await kit.breakers.ask("second", partial(Notes(ModelUnavailable("503")).reply, PROMPT))
        await said(kit, "Try again.", "m1")
        await advance(replace(kit, several=several))
        assert notes.prompts == []
        assert first(kit) == LEFT_OUT_LINE


@pytest.mark.parametrize(("length", "asked"), [(6_000, 1), (60, 0)])
async def test_the_prompt_that_is_rolled_out_takes_its_own_room(tmp_path: Path, length: int, asked: int) -> None:
    """However short the shipped one is."""
    async with at_work(tmp_path) as kit:
        notes = Notes(SUMMARY)
        few = replace(kit, small=notes, context_tokens=room(2_000, "", functions(kit.tools)).fixed // 3 + 2_000)
        await kit.database.run(lambda connection: write(connection, conversation(10)))
        await kit.database.run(lambda connection: prompts.add(connection, "2", "x" * length, 0))
        rollout = Rollout(active="2", before="1", everywhere=True)
        await kit.database.run(lambda connection: prompts.roll_out(connection, rollout, 0))
        await said(few, "Try again.", "m1")
        await advance(few)
        assert isinstance(kit.model, ScriptedModel)
        assert kit.model.prompts[-1].instructions == "x" * length
        assert len(notes.prompts) == asked


async def test_nobody_waits_for_a_summary_that_does_not_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summarising, "PATIENCE_S", 0.05)
    async with grown(tmp_path, asyncio.Event()) as (kit, _):
        await said(kit, "Try again.", "m1")
        await advance(kit)
        assert first(kit) == LEFT_OUT_LINE


async def test_a_summary_without_an_end_is_cut(tmp_path: Path) -> None:
    async with grown(tmp_path, "x" * 100_000) as (kit, _):
        await said(kit, "Try again.", "m1")
        await advance(kit)
        (rebase,) = await rebases(kit)
        assert len(rebase.summary) == MAX_CHARS


async def test_a_stop_ends_the_wait_for_a_summary(tmp_path: Path) -> None:
    async with grown(tmp_path, asyncio.Event()) as (kit, notes):
        assert isinstance(kit.model, ScriptedModel)
        woken = asyncio.Event()
        message = MessageArrived(thread=PLACE, author=ALEX, text="and now?", ts="9.9")
        await arrives(kit, message, "m1")
        working = asyncio.create_task(Worker(kit, lambda _: None).advance(HERE, woken))
        async with asyncio.timeout(60):
            while not notes.prompts:
                await asyncio.sleep(0.01)
            await arrives(kit, StopArrived(actor=ALEX, channel="C1"), "s1")
            woken.set()
            await working
        assert [entry.item.kind for entry in await entries_of(kit)][-2:] == ["stop", "turn_over"]
        assert not await rebases(kit)
        assert not kit.model.prompts


async def test_a_message_that_is_deleted_while_it_is_summed_up_is_in_no_summary(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with grown(tmp_path, gate) as (kit, notes):
        await said(kit, "Try again.", "m1")
        woken = asyncio.Event()
        working = asyncio.create_task(Worker(kit, lambda _: None).advance(HERE, woken))
        async with asyncio.timeout(60):
            while not notes.prompts:
                await asyncio.sleep(0.01)
            await arrives(kit, DeletionArrived(ts="1.1"), "d1")
            woken.set()
            while len(notes.prompts) < 2:
                await asyncio.sleep(0.01)
            gate.set()
            await working
        assert [ERASED in str(prompt.items) for prompt in notes.prompts] == [False, True]
        (_, rebase) = await rebases(kit)
        assert rebase.summary == "too late"


async def test_the_summary_of_a_deleted_message_is_erased_with_it(tmp_path: Path) -> None:
    async with grown(tmp_path) as (kit, notes):
        worker = Worker(kit, lambda _: None)
        await said(kit, "Try again.", "m1")
        await worker.advance(HERE, asyncio.Event())
        assert first(kit) == shown(SUMMARY)
        notes.answer = "another one"
        await arrives(kit, DeletionArrived(ts="1.1"), "d1")
        await said(kit, "Well.", "m2")
        await worker.advance(HERE, asyncio.Event())
        assert first(kit) == LEFT_OUT_LINE
        warm = [prompt.items for prompt in kit.model.prompts][-1]  # type: ignore[attr-defined]
        held = str([(claim.entries, vars(claim.history), claim.thread) for claim in worker._recalled._claims.values()])
        rows = await kit.database.run(lambda c: [*c.execute(select(log)).all(), *c.execute(select(snapshots)).all()])
        assert SUMMARY not in f"{held} {rows}"
        await said(kit, "Well.", "m3")
        await advance(kit)
        assert kit.model.prompts[-1].items[: len(warm)] == warm  # type: ignore[attr-defined]


@pytest.mark.sqlite
async def test_a_thread_of_a_thousand_messages_stays_under_the_budget_at_every_request(tmp_path: Path) -> None:
    """Two hundred people write five messages each, some 500 characters long; a byte is taken for a third of a token."""
    async with at_work(tmp_path) as made:
        notes = Notes(SUMMARY)
        kit = replace(made, small=notes)
        assert isinstance(kit.model, ScriptedModel)
        worker = Worker(kit, lambda _: None)
        for number in range(1_000):
            text = f"message {number}: {'my wifi is down, ' * 30}"
            await arrives(
                kit, MessageArrived(thread=PLACE, author=f"U0N{number // 5}", text=text, ts=f"{number}.1"), f"m{number}"
            )
            if number % 5 == 4:
                kit.model.replies.append(say("Switch it off and on. " * 20))
                await worker.advance(HERE, asyncio.Event())
        assert len(kit.model.prompts) == 200
        sizes = [len(json.dumps(request_body("m", each))) for each in (*kit.model.prompts, *notes.prompts)]
        assert max(sizes) / 3 <= CONTEXT_TOKENS
        assert 3 <= len(notes.prompts) <= 20
        assert first(kit) == shown(SUMMARY)
        assert "message 999:" in str(kit.model.prompts[-1].items[-1])
