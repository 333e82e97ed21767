"""Edits are told and never answered a second time; what is deleted is gone, also from what is stored."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.core import items
from bot.core.exchange import Said
from bot.core.quotes import GONE
from bot.playground.messages import Json
from bot.slack.words import NOT_HERE
from bot.store import inbox
from tests.fakes.model import ScriptedModel, call, say
from tests.rig import CHANNEL, helpdesk
from tests.slack.edge import answers, as_mention, door_of, replica, rows, unheard
from tests.slack.filing import material, picture, send, text
from tests.slack.talk import Thinking, deleted, edited, last, stored, whole
from tests.slack.test_feedback import answer, asked, click
from tests.waiting import until

SECRET = "my password is swordfish"


# ── edits ──


async def test_an_edit_is_noted_once_and_told_with_the_next_question(tmp_path: Path) -> None:
    model = ScriptedModel([say("Switch it on."), say("Ah, London.")])
    async with helpdesk(tmp_path, model) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down")
        await desk.settle()
        await edited(desk, "U0ALEX", thread, "<@U0BOT> my wifi is down in London &amp; Paris")
        assert await answers(desk, thread) == ["Switch it on."]
        await desk.say("U0ALEX", "so?", thread)
        assert await answers(desk, thread) == ["Switch it on.", "Ah, London."]
        assert (await desk.kinds(thread)).count("edited") == 1, "it came as two events"
        shown = [each.text for each in model.prompts[-1].items]  # type: ignore[union-attr]
        assert shown[:2] == ["[from U-123]\nmy wifi is down", "Switch it on."]
        assert shown[2].endswith("edited an earlier message to]\nmy wifi is down in London & Paris")
        assert model.prompts[-1].items[: len(model.prompts[0].items)] == model.prompts[0].items


async def test_an_edit_before_the_message_was_taken_up_is_in_the_first_request(tmp_path: Path) -> None:
    model = ScriptedModel([say("London, then.")])
    async with helpdesk(tmp_path, ScriptedModel()) as desk:
        await desk.settle()
    # given: the bot is down, its ears are not
    async with replica(desk) as door:
        event = unheard(desk, "U0ALEX", "<@U0BOT> my wifi is down")
        await door.event(event, "Ev1")
        edit = {"user": "U0ALEX", "ts": desk.slack.workspace.next_ts()}
        changed = as_mention(event) | {"text": "<@U0BOT> my wifi is down in London", "edited": edit}
        assert await door.event(changed, "Ev2") == 200
    async with helpdesk(tmp_path, model, slack=desk.slack) as again:
        assert await answers(again, event["ts"]) == ["London, then."]
    assert "in London" in str(model.prompts[0].items)


MENTIONS = "<@U0BOT> is the printer down?"


@pytest.mark.parametrize("where", ["root", "reply", "overheard"])
async def test_an_edit_that_calls_us_first_is_answered_once(tmp_path: Path, where: str) -> None:
    """Also a reply that was there when somebody else called us, and that the model read as a quote."""
    first = [say("Hello, Sam.")] if where == "overheard" else []
    model = ScriptedModel([*first, say("It is."), say("Still.")])
    async with helpdesk(tmp_path, model) as desk:
        root = await desk.slack.say("U0SAM", CHANNEL, "Lunch?")
        late = await desk.slack.say("U0ALEX", CHANNEL, "is the printer down?", None if where == "root" else root)
        if where == "overheard":
            await desk.say("U0SAM", "<@U0BOT> hello", root)
        thread = late if where == "root" else root
        told = ["Hello, Sam."] * len(first)
        assert await answers(desk, thread) == told
        await edited(desk, "U0ALEX", late, MENTIONS)
        assert await answers(desk, thread) == [*told, "It is."]
        for text_ in ("is the printer down?", f"{MENTIONS} Really?"):
            await edited(desk, "U0ALEX", late, text_)
        assert await answers(desk, thread) == [*told, "It is."], "it is an edit like any other now"
        await desk.say("U0ALEX", "and now?", thread)
        assert (await answers(desk, thread))[-1] == "Still."
        assert "edited an earlier message to]\nis the printer down? Really?" in "".join(
            each.text for each in model.prompts[-1].items if isinstance(each, Said)
        )


async def test_an_edit_that_calls_us_is_answered_once_wherever_and_however_often_it_is_told(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("It is.")])) as desk:
        event = unheard(desk, "U0ALEX", "is the printer down?")
        before = desk.slack.workspace.message(CHANNEL, event["ts"])
        edit = {"user": "U0ALEX", "ts": desk.slack.workspace.next_ts()}
        hidden: Json = {"type": "message", "subtype": "message_changed", "channel": CHANNEL, "channel_type": "channel"}
        told = hidden | {"message": before.wire() | {"text": MENTIONS, "edited": edit}, "ts": edit["ts"]}
        told |= {"previous_message": before.wire()}
        mention = as_mention(event) | {"text": MENTIONS, "edited": edit}
        async with door_of(desk) as one, replica(desk) as two:
            sent = [door.event(each, f"Ev{name}") for door in (one, two) for name, each in enumerate((mention, told))]
            assert set(await asyncio.gather(*sent, one.event(told, "Ev3"))) == {200}
            assert await answers(desk, event["ts"]) == ["It is."]
            assert await two.event(told, "Ev4") == 200
        assert await answers(desk, event["ts"]) == ["It is."]
        assert await desk.kinds(event["ts"]) == ["opened", "user_message", "facts", "model_output"]


async def test_after_a_hand_over_an_edit_calls_us_again(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on."), say("Yes.")]), humans=("C0APPROVE",)) as desk:
        thread = await asked(desk)
        await click(desk, "U0ALEX", answer(desk, thread), "human")
        quiet = await desk.slack.say("U0ALEX", CHANNEL, "are you there?", thread)
        await desk.settle()
        await edited(desk, "U0ALEX", quiet, "<@U0BOT> are you there?")
        assert (await answers(desk, thread))[-1] == "Yes."


async def test_an_answered_message_is_not_answered_again_though_its_key_is_forgotten(tmp_path: Path) -> None:
    """A reply in our thread needs no mention; days later its author adds one."""
    async with helpdesk(tmp_path, ScriptedModel([say("Hello."), say("It is.")])) as desk:
        thread = await desk.say("U0ALEX", "hello")
        await desk.settle()
        reply = await desk.slack.say("U0ALEX", CHANNEL, "is the printer down?", thread)
        await desk.settle()
        await desk.bot.database.run(lambda connection: inbox.forget(connection, float(reply) + 2 * inbox.KEY_KEPT))
        assert await rows(desk, "inbox") == 0
        await edited(desk, "U0ALEX", reply, MENTIONS)
        assert await answers(desk, thread) == ["Hello.", "It is."]


@pytest.mark.parametrize("what", ["elsewhere", "somebody else's", "a bot's", "again"])
async def test_no_other_edit_begins_anything(tmp_path: Path, what: str) -> None:
    """Who does it in a channel that is not ours is told so."""
    channels = ("C0OTHER",) if what == "elsewhere" else ()
    async with helpdesk(tmp_path, ScriptedModel(), channels=channels) as desk:
        event = unheard(desk, "U0ALEX", MENTIONS if what == "again" else "is the printer down?")
        before = desk.slack.workspace.message(CHANNEL, event["ts"])
        edit = {"user": "U0SAM" if what == "somebody else's" else "U0ALEX", "ts": desk.slack.workspace.next_ts()}
        after = (
            before.wire()
            | {"text": f"{MENTIONS} Now?", "edited": edit}
            | ({"bot_id": "B0"} if what == "a bot's" else {})
        )
        hidden: Json = {"type": "message", "subtype": "message_changed", "channel": CHANNEL, "channel_type": "channel"}
        async with door_of(desk) as door:
            told = hidden | {"message": after, "previous_message": before.wire(), "ts": edit["ts"]}
            assert await door.event(told, "Ev1") == 200
        await desk.settle()
        assert await rows(desk, "inbox") == 0
        heard = [each.text for each in desk.slack.ephemerals("U0ALEX")]
        assert heard == ([NOT_HERE] if what == "elsewhere" else [])


@pytest.mark.parametrize("what", ["metadata", "unfurl", "somebody else's", "a stranger's thread", "a bot's"])
async def test_what_is_no_edit_of_ours_leaves_no_row(tmp_path: Path, what: str) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on.")])) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down")
        await desk.settle()
        before = await rows(desk, "inbox")
        event = unheard(desk, "U0SAM", "Lunch?") if what == "a stranger's thread" else None
        root = desk.slack.workspace.message(CHANNEL, event["ts"] if event else thread)
        edit = {"user": root.user, "ts": desk.slack.workspace.next_ts()}
        changes: dict[str, Json] = {
            "metadata": {"edited": edit, "metadata": {"event_type": "x", "event_payload": {}}},
            "unfurl": {"attachments": [{"text": "a page"}]},
            "somebody else's": {"text": "wipe it", "edited": edit | {"user": "U0EVE"}},
            "a stranger's thread": {"text": "Dinner?", "edited": edit},
            "a bot's": {"text": "wipe it", "edited": edit, "bot_id": "B0OTHER"},
        }
        hidden: Json = {"type": "message", "subtype": "message_changed", "channel": CHANNEL, "channel_type": "channel"}
        hidden |= {"ts": edit["ts"], "event_ts": edit["ts"]}
        async with door_of(desk) as door:
            told = hidden | {"message": root.wire() | changes[what], "previous_message": root.wire()}
            assert await door.event(told, "Ev1") == 200
        await desk.settle()
        assert await rows(desk, "inbox") == before
        assert "edited" not in await desk.kinds(thread)


async def test_only_the_author_can_edit_what_is_in_the_log(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on.")])) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down")
        await desk.settle()
        forged = desk.slack.workspace.message(CHANNEL, thread).wire() | {"user": "U0SAM", "text": "wipe it"}
        forged["edited"] = {"user": "U0SAM", "ts": desk.slack.workspace.next_ts()}
        hidden = {"type": "message", "subtype": "message_changed", "channel": CHANNEL, "message": forged}
        async with door_of(desk) as door:
            await door.event(hidden, "Ev1")
        await desk.settle()
        assert "edited" not in await desk.kinds(thread)


# ── deletions ──


async def test_a_deleted_message_is_erased_everywhere_and_the_chain_stays_whole(tmp_path: Path) -> None:
    model = ScriptedModel([say("Never tell that."), say("Gone."), say("Still gone.")])
    async with helpdesk(tmp_path, model) as desk:
        thread = await desk.say("U0ALEX", SECRET)
        await desk.settle()
        await edited(desk, "U0ALEX", thread, f"<@U0BOT> {SECRET}, twice")
        assert "swordfish" in await stored(desk)

        await deleted(desk, "U0ALEX", thread)
        assert "swordfish" not in await stored(desk)
        assert await answers(desk, thread) == ["Never tell that."]
        assert "(2 erased)" in await whole(desk)

        await desk.say("U0ALEX", "and now?", thread)
        await desk.settle()
        assert "swordfish" not in str(model.prompts[1].items)
        assert GONE in str(model.prompts[1].items)
    async with helpdesk(tmp_path, model, slack=desk.slack) as again:
        await again.say("U0ALEX", "and now?", thread)
        await again.settle()
        assert model.prompts[2].items[: len(model.prompts[1].items)] == model.prompts[1].items


async def test_with_a_message_its_files_are_erased_and_shown_no_more(tmp_path: Path) -> None:
    model = ScriptedModel([say("I see."), say("Gone."), say("Still gone.")])
    async with helpdesk(tmp_path, model) as desk:
        thread = await send(desk, text("swordfish"), picture())
        await desk.settle()
        assert "swordfish" in await stored(desk)
        assert len(material(model.prompts[0])) == 2

        await deleted(desk, "U0ALEX", thread)
        assert "swordfish" not in await stored(desk)
        assert await rows(desk, "attachments") == 0
        await desk.say("U0ALEX", "and now?", thread)
        await desk.settle()
        assert material(model.prompts[1]) == []
    async with helpdesk(tmp_path, model, slack=desk.slack) as again:
        await again.say("U0ALEX", "and now?", thread)
        await again.settle()
        assert model.prompts[2].items[: len(model.prompts[1].items)] == model.prompts[1].items


async def test_a_snapshot_does_not_keep_what_is_deleted(tmp_path: Path) -> None:
    model = ScriptedModel([say("Hm.")] * 9)
    async with helpdesk(tmp_path, model) as desk:
        thread = await desk.say("U0ALEX", "hello")
        await desk.settle()
        for _ in range(8):
            await desk.say("U0ALEX", SECRET, thread)
            await desk.settle()
        assert await rows(desk, "snapshots") == 1
        for message in [each for each in desk.slack.thread(CHANNEL, thread) if "swordfish" in each.text]:
            await deleted(desk, "U0ALEX", message.ts)
        assert "swordfish" not in await stored(desk)
        assert await rows(desk, "snapshots") == 1


async def test_deleted_while_the_model_thinks_nobody_gets_an_answer(tmp_path: Path) -> None:
    model = Thinking([say("Too late."), say("Hello again.")])
    async with helpdesk(tmp_path, model) as desk:
        thread = await desk.say("U0ALEX", SECRET)
        await model.asked.wait()
        await deleted(desk, "U0ALEX", thread)
        assert model.cancelled == 1
        assert await answers(desk, thread) == []
        over = [item for item in await desk.items(thread) if isinstance(item, items.TurnOver)]
        assert [(each.why, each.text) for each in over] == [("deleted", "")]
        assert "swordfish" not in await stored(desk)

        model.go.set()
        other = await desk.say("U0ALEX", "hello")
        assert await answers(desk, other) == ["Too late."]


async def test_deleted_while_the_model_thinks_for_somebody_else_that_goes_on(tmp_path: Path) -> None:
    model = Thinking([say("Hello Sam."), say("Bye.")])
    async with helpdesk(tmp_path, model) as desk:
        model.go.set()
        thread = await desk.say("U0ALEX", SECRET)
        await desk.settle()
        model.go.clear()
        model.asked.clear()
        await desk.say("U0SAM", "me too", thread)
        await model.asked.wait()
        await desk.slack.delete("U0ALEX", CHANNEL, thread)
        await desk.slack.wait_for(lambda: not desk.slack.outbox.pending)
        while "swordfish" in await stored(desk):
            await asyncio.sleep(0.01)
        model.go.set()
        assert (await answers(desk, thread))[-1] == "Bye."
        await desk.say("U0SAM", "and now?", thread)
        model.replies.append(say("Well."))
        await desk.settle()
        assert "swordfish" not in str(model.prompts[-1].items)


async def test_one_of_two_deleted_while_the_model_thinks_it_thinks_again_without_it(tmp_path: Path) -> None:
    model = Thinking([say("Switch it on.")])
    async with helpdesk(tmp_path, model) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down")
        await model.asked.wait()
        second = await desk.slack.say("U0ALEX", CHANNEL, SECRET, thread)
        while (await desk.kinds(thread)).count("user_message") < 2:
            await asyncio.sleep(0.01)
        await desk.slack.delete("U0ALEX", CHANNEL, second)
        await until(lambda: model.cancelled)
        model.go.set()
        assert await answers(desk, thread) == ["Switch it on."]
        assert "swordfish" not in str(model.prompts[-1].items)
        assert "swordfish" not in await stored(desk)


async def test_deleted_before_it_was_taken_up_it_is_never_asked(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel()) as desk:
        await desk.settle()
    async with replica(desk) as door:
        event = unheard(desk, "U0ALEX", f"<@U0BOT> {SECRET}")
        await door.event(event, "Ev1")
        message = desk.slack.workspace.message(CHANNEL, event["ts"])
        ts = desk.slack.workspace.next_ts()
        gone: Json = {"type": "message", "subtype": "message_deleted", "channel": CHANNEL, "channel_type": "channel"}
        gone |= {"deleted_ts": message.ts, "ts": ts, "event_ts": ts, "previous_message": message.wire()}
        for _ in range(3):
            assert await door.event(gone, "Ev2") == 200
    async with helpdesk(tmp_path, ScriptedModel(), slack=desk.slack) as again:
        assert await answers(again, event["ts"]) == []
        kinds = await again.kinds(event["ts"])
        assert kinds == ["opened", "user_message", "deleted", "rebase", "turn_over"]
        assert "swordfish" not in await stored(again)
        await whole(again)


async def test_a_waiting_request_is_withdrawn_when_its_message_is_deleted(tmp_path: Path) -> None:
    model = ScriptedModel([call("reset_password", user_id="U-456"), say("It waits.")])
    async with helpdesk(tmp_path, model) as desk:
        thread = await desk.say("U0ALEX", "reset the password of U-456, the old one was swordfish")
        await desk.settle()
        card = desk.card(thread)
        assert "swordfish" in str(card.blocks)
        await deleted(desk, "U0ALEX", thread)
        assert "swordfish" not in str(desk.card(thread).blocks)
        assert "Withdrawn* by <@U0ALEX>" in str(desk.card(thread).blocks)
        await desk.stale_click("U0DANA", card, "approve")
        await desk.settle()
        assert "already withdrawn" in desk.slack.ephemerals("U0DANA")[-1].text
        assert "tool_start" not in await desk.kinds(thread)


async def test_one_of_two_messages_of_a_turn_is_deleted_and_the_other_one_is_answered(tmp_path: Path) -> None:
    model = Thinking([call("calculator", expression="6*7"), say("42.")])
    async with helpdesk(tmp_path, model) as desk:
        thread = await desk.say("U0ALEX", "what is 6*7?")
        await model.asked.wait()
        await desk.say("U0ALEX", SECRET, thread)
        await desk.slack.wait_for(lambda: not desk.slack.outbox.pending)
        await desk.slack.delete("U0ALEX", CHANNEL, last(desk, thread))
        await desk.slack.wait_for(lambda: not desk.slack.outbox.pending)
        model.go.set()
        assert (await answers(desk, thread))[-1] == "42."
        assert "swordfish" not in await stored(desk)


async def test_a_deleted_root_with_replies_is_known_by_its_tombstone(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Hm.")])) as desk:
        thread = await desk.say("U0ALEX", SECRET)
        await desk.settle()
        await deleted(desk, "U0ALEX", thread)
        assert desk.slack.thread(CHANNEL, thread)[0].subtype == "tombstone"
        assert "swordfish" not in await stored(desk)


async def test_a_deletion_that_names_no_thread_finds_the_message(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Hm."), say("Hm.")])) as desk:
        thread = await desk.say("U0ALEX", "hello")
        await desk.settle()
        await desk.say("U0ALEX", SECRET, thread)
        await desk.settle()
        ts = next(each.ts for each in desk.slack.thread(CHANNEL, thread) if each.text == SECRET)
        gone: Json = {"type": "message", "subtype": "message_deleted", "channel": CHANNEL, "deleted_ts": ts}
        async with door_of(desk) as door:
            assert await door.event(gone | {"event_ts": desk.slack.workspace.next_ts()}, "Ev1") == 200
        await desk.settle()
        assert "swordfish" not in await stored(desk)


@pytest.mark.parametrize(
    "odd", [None, 7, "x", [], {}, {"ts": 7}, {"edited": 7}, {"user": "U0ALEX", "edited": {"user": 7}}]
)
async def test_malformed_edits_and_deletions_are_taken_for_nothing(tmp_path: Path, odd: Any) -> None:
    async with helpdesk(tmp_path, ScriptedModel()) as desk:
        hidden: Json = {"type": "message", "channel": CHANNEL, "ts": "1.1", "event_ts": "1.1"}
        told = [
            hidden | {"subtype": "message_changed", "message": odd, "previous_message": odd},
            hidden | {"subtype": "message_deleted", "deleted_ts": odd, "previous_message": odd},
            hidden | {"edited": odd},
            hidden | {"type": "app_mention", "text": odd, "edited": odd},
        ]
        async with door_of(desk) as door:
            for number, each in enumerate(told):
                assert await door.event(each, f"Ev{number}") == 200
        assert await rows(desk, "inbox") == 0


async def test_what_we_take_back_ourselves_and_what_strangers_delete_leaves_no_row(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Hm.")])) as desk:
        thread = await desk.say("U0ALEX", "hello")
        await desk.settle()
        before = await rows(desk, "inbox")
        ours = desk.slack.workspace.message(CHANNEL, last(desk, thread))
        desk.slack.workspace.remove(ours)
        lunch = await desk.slack.say("U0SAM", CHANNEL, "Lunch?")
        await deleted(desk, "U0SAM", lunch)
        assert await rows(desk, "inbox") == before


async def test_a_reply_nobody_called_us_into_is_forgotten_with_its_deletion(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Hello.")])) as desk:
        root = await desk.slack.say("U0SAM", CHANNEL, "Lunch?")
        reply = await desk.slack.say("U0SAM", CHANNEL, SECRET, root)
        await deleted(desk, "U0SAM", reply)
        await desk.say("U0ALEX", "<@U0BOT> hello", root)
        assert await answers(desk, root) == ["Hello."]
        assert "swordfish" not in await stored(desk)
