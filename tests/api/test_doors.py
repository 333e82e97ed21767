"""Who is let in, whom they may ask for, and what they may read."""

from pathlib import Path

import pytest

from bot.api import parts
from bot.core.tokens import given
from tests.api.rig import an_api, error
from tests.fakes.model import ScriptedModel, say
from tests.slack.edge import rows

#: as long as a token has to be, and worth nothing
GIVEN = "g" * 32


def quick(**changes: object) -> parts.Terms:
    return parts.Terms(**({"wait": 10.0, "rate": 10_000} | changes))  # type: ignore[arg-type]  # each fits its key


async def test_without_a_good_token_nobody_gets_anywhere(tmp_path: Path) -> None:
    async with an_api(tmp_path, ScriptedModel(), terms=quick()) as api:
        good = await api.token()
        now = api.desk.bot.kit.now().timestamp()
        revoked, expired = await api.token("a", revoked_at=now), await api.token("b", expires_at=now - 1)
        wrong = (None, "-", "wrong", good[:-1], good + "x", good.upper(), revoked, expired, "a" * 10_000, "a.b.c")
        told = [await api.ask(each) for each in wrong]
        told += [await api.look(each or "x", "T0DEMO:api:nothingatall") for each in wrong[1:4]]
        assert {error(each) for each in told} == {(401, "unauthorized")}
        assert len({each.text for each in told}) == 1, "nobody learns what is wrong with it"
        assert {each.headers["www-authenticate"] for each in told} == {"Bearer"}
        assert await rows(api.desk, "inbox") == 0


async def test_a_token_counts_in_the_header_alone(tmp_path: Path) -> None:
    async with an_api(tmp_path, ScriptedModel()) as api:
        good, body = await api.token(), {"user_id": "U0ALEX", "message": "hello"}
        for query in (f"?token={good}", f"?access_token={good}", f"?authorization=Bearer%20{good}"):
            assert error(await api.client.post(f"/api/agent{query}", json=body)) == (401, "unauthorized")
        cookie = await api.client.post("/api/agent", json=body, headers={"Cookie": f"authorization={good}"})
        assert error(cookie) == (401, "unauthorized")
        basic = await api.client.post("/api/agent", json=body, headers={"Authorization": f"Basic {good}"})
        assert error(basic) == (401, "unauthorized")


async def test_a_token_of_the_settings_is_as_good(tmp_path: Path) -> None:
    terms = quick(given=given(f"portal:U0DANA:U0ALEX+U-456:{GIVEN}, all:U0DANA:anyone:{'h' * 32}"))
    async with an_api(tmp_path, ScriptedModel([say("Yes.")] * 3), terms=terms) as api:
        first = (await api.ask(GIVEN)).json()
        assert first["answer"] == "Yes."
        assert (await api.ask(GIVEN, "U0SAM")).status_code == 200
        assert error(await api.ask(GIVEN, "U0PETER")) == (403, "forbidden")
        assert (await api.ask("h" * 32, "U0PETER")).status_code == 200
        # its successor of the database, which has the same name, reads its conversations
        assert (await api.look(await api.token(), first["conversation_id"])).status_code == 200


@pytest.mark.parametrize(
    "user", ["U0SAM", "U-456", "U0NOBODY", "U-999", "U0GIL", "U0BOT", "nobody@example.com", "U0DANA"]
)
async def test_it_asks_only_for_those_it_acts_for_and_says_nothing_of_others(tmp_path: Path, user: str) -> None:
    async with an_api(tmp_path, ScriptedModel(), terms=quick()) as api:
        token = await api.token()
        told, unknown = await api.ask(token, user), await api.ask(token, "U0XNOBODY")
        assert error(told) == (403, "forbidden")
        assert told.text == unknown.text
        assert await rows(api.desk, "inbox") == 0


async def test_nobody_is_asked_for_who_has_left_nor_by_an_owner_who_has(tmp_path: Path) -> None:
    async with an_api(tmp_path, ScriptedModel(), terms=quick()) as api:
        anyone, sams = await api.token(acts_for=("*",)), await api.token("sams", owner="U0SAM")
        ghost = await api.token("ghost", owner="U0NOBODY")
        users = api.desk.slack.workspace.users
        users["U0SAM"] = users["U0SAM"].model_copy(update={"deleted": True})
        assert error(await api.ask(anyone, "U0SAM")) == (403, "forbidden")
        assert error(await api.ask(sams)) == (403, "forbidden")
        assert error(await api.ask(ghost)) == (403, "forbidden")
        assert await rows(api.desk, "inbox") == 0


async def test_a_conversation_is_its_token_s_and_its_person_s(tmp_path: Path) -> None:
    async with an_api(tmp_path, ScriptedModel([say("Yes.")]), terms=quick()) as api:
        token, other = await api.token(acts_for=("U0ALEX", "U0SAM")), await api.token("other")
        mine = (await api.ask(token)).json()["conversation_id"]
        in_slack = await api.desk.say("U0SAM", "hello", channel="C0IT")
        told = [
            await api.ask(token, "U0SAM", conversation=mine),
            await api.ask(other, "U0ALEX", conversation=mine),
            await api.look(other, mine),
            *[
                await api.ask(token, conversation=each)
                for each in (
                    "T0DEMO:api:nothingatall",
                    "T0DEMO:house:0",
                    f"T0DEMO:C0IT:{in_slack}",
                    "T1:api:x",
                    "%",
                    "",
                )
                if each
            ],
            *[
                await api.look(token, each)
                for each in ("T0DEMO:api:nothing", "T0DEMO:house:0", f"T0DEMO:C0IT:{in_slack}")
            ],
        ]
        assert {error(each) for each in told} == {(404, "not_found")}
        assert len({each.text for each in told}) == 1


async def test_a_token_that_may_not_ask_for_somebody_any_more_does_not_read_what_was_said(tmp_path: Path) -> None:
    async with an_api(tmp_path, ScriptedModel([say("Yes.")]), terms=quick()) as api:
        mine = (await api.ask(await api.token())).json()["conversation_id"]
        narrower = await api.token(acts_for=("U0SAM",))
        assert error(await api.look(narrower, mine)) == (403, "forbidden")


async def test_too_many_requests_have_to_wait_and_others_do_not(tmp_path: Path) -> None:
    async with an_api(tmp_path, ScriptedModel(), terms=quick(rate=3)) as api:
        token, other = await api.token(), await api.token("other")
        told = [await api.look(token, "T0DEMO:api:nothing") for _ in range(4)]
        assert [each.status_code for each in told] == [404, 404, 404, 429]
        assert error(told[-1]) == (429, "too_many_requests")
        assert 1 <= int(told[-1].headers["retry-after"]) <= 20
        assert (await api.look(other, "T0DEMO:api:nothing")).status_code == 404


async def test_whoever_tries_tokens_is_stopped_and_a_good_one_is_not(tmp_path: Path) -> None:
    async with an_api(tmp_path, ScriptedModel(), terms=quick()) as api:
        good, late = await api.token(), await api.token("late")
        assert (await api.look(good, "T0DEMO:api:nothing")).status_code == 404
        tried = [(await api.look(f"wrong{number}", "T0DEMO:api:nothing")).status_code for number in range(30)]
        assert tried.count(401) in range(20, 24)
        assert tried[-1] == 429
        assert (await api.look(good, "T0DEMO:api:nothing")).status_code == 404
        assert (await api.look(late, "T0DEMO:api:nothing")).status_code == 429
