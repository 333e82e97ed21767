"""`/api/agent` as its callers see it: questions, answers, approvals in Slack, and what comes of sending twice."""

import asyncio
from pathlib import Path

import pytest

from bot.core import items
from bot.errors import ModelRejected
from bot.playground.seed import BOT_USER_ID
from bot.store import log
from bot.store.tables import log as log_table
from tests.api.rig import Api, an_api, error
from tests.fakes.model import ScriptedModel, call, say, speak
from tests.rig import is_card, spoken
from tests.slack.edge import rows

RESET = call("reset_password", user_id="U-456")


def ours(api: Api, channel: str) -> list[str]:
    """What we said there."""
    return [spoken(each) for each in api.desk.slack.messages(channel) if each.user == BOT_USER_ID]


async def approve(api: Api, user: str, channel: str) -> None:
    """Press Approve on the newest card there."""
    card = [each for each in api.desk.slack.messages(channel) if is_card(each)][-1]
    await api.desk.click(user, card, "approve")
    await api.desk.settle()


async def requested(api: Api, conversation: str) -> items.Request:
    """What people were asked."""
    entries = await api.desk.bot.database.run(lambda connection: log.read(connection, conversation))
    (found,) = [entry.item for entry in entries if isinstance(entry.item, items.Request)]
    return found


async def test_a_question_is_answered_with_what_was_done_for_it(tmp_path: Path) -> None:
    model = ScriptedModel([call("calculator", expression="6*7"), say("42. See [here](https://evil.example).")])
    async with an_api(tmp_path, model) as api:
        token = await api.token()
        response = await api.ask(token)
        assert response.status_code == 200
        assert response.headers["cache-control"] == "no-store"
        told = response.json()
        conversation = told.pop("conversation_id")
        assert conversation.startswith("T0DEMO:api:")
        number = told["tool_calls"][0].pop("call")
        assert number
        assert "](https://evil.example)" not in told.pop("answer")
        assert told.pop("usage")["model"] == "scripted"
        assert told == {
            "status": "answered",
            "tool_calls": [{"name": "calculator", "arguments": {"expression": "6*7"}, "outcome": "done"}],
            "pending_approvals": [],
        }
        assert (await api.look(token, conversation)).json()["status"] == "answered"


async def test_nothing_of_it_stands_in_slack(tmp_path: Path) -> None:
    async with an_api(tmp_path, ScriptedModel([say("42."), say("x" * 900)])) as api:
        token = await api.token()
        first = (await api.ask(token)).json()["conversation_id"]
        await api.ask(token, conversation=first)
        await api.desk.settle()
        for channel in ("C0IT", *(api.desk.slack.dm(user) for user in ("U0ALEX", "U0DANA"))):
            assert ours(api, channel) == []
        assert await rows(api.desk, "deliveries") == 0
        assert await rows(api.desk, "streams") == 0


async def test_a_conversation_goes_on_and_the_model_knows_what_was_said(tmp_path: Path) -> None:
    model = ScriptedModel([say("Hello Alex."), say("You said hello.")])
    async with an_api(tmp_path, model) as api:
        token = await api.token()
        first = (await api.ask(token, message="hello")).json()
        second = (await api.ask(token, message="what did I say?", conversation=first["conversation_id"])).json()
        assert second["conversation_id"] == first["conversation_id"]
        assert second["answer"] == "You said hello."
        assert "hello" in str(model.prompts[1].items)


async def test_a_directory_id_means_the_same_person(tmp_path: Path) -> None:
    async with an_api(tmp_path, ScriptedModel([say("Yes."), say("Yes."), say("Yes.")])) as api:
        by_slack, by_record = await api.token(), await api.token("other", acts_for=("U-123",))
        for token in (by_slack, by_record):
            for user in ("U0ALEX", "U-123"):
                if (token, user) != (by_record, "U-123"):
                    assert (await api.ask(token, user)).status_code == 200
        # by now Alex is linked, whichever way he was named
        assert error(await api.ask(by_record, "U-456")) == (403, "forbidden")


@pytest.mark.parametrize("channel", [None, "C0IT"])
async def test_an_approval_is_given_in_slack_and_seen_by_whoever_comes_back(
    tmp_path: Path, channel: str | None
) -> None:
    model = ScriptedModel([RESET, say("Done: Sam has a link.")])
    async with an_api(tmp_path, model, approval_channel=channel) as api:
        token = await api.token()
        told = (await api.ask(token, message="reset the password of U-456")).json()
        assert (told["status"], told["answer"]) == ("waiting_for_approval", None)
        (waits,) = told["pending_approvals"]
        assert (waits["tool"], waits["summary"]) == ("reset_password", "reset password: Sam Patel")
        assert (waits["missing"], waits["approvers"]) == (1, 1)
        assert told["tool_calls"][0]["outcome"] == "waiting_for_approval"
        await api.desk.settle()
        request = await requested(api, told["conversation_id"])
        assert request.id not in str(told)
        assert request.hash not in str(told)

        waiting = asyncio.create_task(api.look(token, told["conversation_id"], Prefer="wait=10"))
        await approve(api, "U0OMAR", channel or api.desk.slack.dm("U0OMAR"))
        told = (await waiting).json()
        assert (told["status"], told["answer"]) == ("answered", "Done: Sam has a link.")
        assert told["pending_approvals"] == []
        assert told["tool_calls"][0]["outcome"] == "done"
        # the secret is in Sam's direct messages, and nowhere in what the API says
        link = next(each for each in ours(api, api.desk.slack.dm("U0SAM")) if "token=" in each)
        secret = link.partition("token=")[2][:30]
        assert secret not in str(told)
        assert "token=" not in str(told)


async def test_whom_it_was_asked_for_sees_the_card_and_may_take_it_back(tmp_path: Path) -> None:
    async with an_api(tmp_path, ScriptedModel([RESET, say("Taken back.")])) as api:
        token = await api.token()
        told = (await api.ask(token)).json()
        await api.desk.settle()
        (card,) = [each for each in api.desk.slack.messages(api.desk.slack.dm("U0ALEX")) if is_card(each)]
        assert "through the API, token *portal* of <@U0DANA>" in str(card.blocks)
        assert "approval.approve" not in str(card.blocks)
        await api.desk.click("U0ALEX", card, "withdraw")
        await api.desk.settle()
        told = (await api.look(token, told["conversation_id"])).json()
        assert told["tool_calls"][0]["outcome"] == "withdrawn"


async def test_five_at_once_with_one_key_are_one_question(tmp_path: Path) -> None:
    model = ScriptedModel([say("42.")])
    async with an_api(tmp_path, model) as api:
        token = await api.token()
        same = [api.ask(token, Idempotency_Key="a key") for _ in range(5)]
        told = [each.json() for each in await asyncio.gather(*same)]
        assert len({each["conversation_id"] for each in told}) == 1
        assert {each["answer"] for each in told} == {"42."}
        assert len(model.prompts) == 1
        again = await api.ask(token, Idempotency_Key="a key")
        assert again.json() == told[0]
        assert error(await api.ask(token, message="else", Idempotency_Key="a key")) == (409, "conflict")
        other = await api.ask(token, conversation=told[0]["conversation_id"], Idempotency_Key="a key")
        assert error(other) == (409, "conflict")


async def test_the_same_key_of_another_token_is_another_question(tmp_path: Path) -> None:
    async with an_api(tmp_path, ScriptedModel([say("One."), say("Two.")])) as api:
        first, second = await api.token("one"), await api.token("two")
        told = [(await api.ask(each, Idempotency_Key="k")).json()["answer"] for each in (first, second)]
        assert told == ["One.", "Two."]


async def test_who_does_not_wait_comes_back(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with an_api(tmp_path, ScriptedModel([speak("42", gate, ".")])) as api:
        token = await api.token()
        response = await api.ask(token, Prefer="wait=0")
        assert (response.status_code, response.json()["status"]) == (202, "working")
        assert response.headers["retry-after"]
        gate.set()
        told = await api.look(token, response.json()["conversation_id"], Prefer="respond-async, wait=10")
        assert (told.status_code, told.json()["answer"]) == (200, "42.")


async def test_a_stop_ends_it(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with an_api(tmp_path, ScriptedModel([speak("a", gate)])) as api:
        token = await api.token()
        told = (await api.ask(token, Prefer="wait=0")).json()
        while not (await api.desk.bot.database.run(lambda c: c.execute(log_table.select()).all())):
            await asyncio.sleep(0.01)
        stopped = (await api.ask(token, message="stop", conversation=told["conversation_id"])).json()
        assert stopped["status"] == "answered"
        assert "topped" in stopped["answer"]


async def test_a_model_that_fails_for_good_is_told(tmp_path: Path) -> None:
    async with an_api(tmp_path, ScriptedModel([ModelRejected("no")])) as api:
        told = (await api.ask(await api.token())).json()
        assert (told["status"], bool(told["answer"])) == ("failed", True)
