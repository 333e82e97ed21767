"""Budgets of the API's tokens: each name has its own, beside those of the people it asks for."""

from pathlib import Path

from bot.core import budget
from tests.api.rig import QUICK, Api, an_api
from tests.fakes.model import ScriptedModel, say
from tests.run.spenders import PRICES, Clock, DearModel


async def told(api: Api, token: str, user: str = "U0ALEX") -> tuple[str, str]:
    """How it stands, and what is said."""
    answer = (await api.ask(token, user)).json()
    return answer["status"], answer["answer"]


async def test_a_token_that_has_used_its_money_up_waits_until_the_next_day_whoever_it_asks_for(tmp_path: Path) -> None:
    clock, model, budgets = Clock(), DearModel(), budget.parse("token 2usd/day")
    async with an_api(tmp_path, model, now=clock, prices=PRICES, budgets=budgets) as api:
        token, other = await api.token(acts_for=("U0ALEX", "U0SAM")), await api.token("other")
        assert [await told(api, token, user) for user in ("U0ALEX", "U0SAM")] == [("answered", "ok")] * 2
        status, said = await told(api, token)
        assert status == "refused"
        assert said == (
            "This token of the API has used up what it may spend on me in a day. I can work for you again from "
            "22 Nov 2026, 00:00 UTC (22 Nov, 00:00 UTC). If it cannot wait, please contact IT directly."
        )
        assert (await told(api, await api.token(acts_for=("U0SAM",)), "U0SAM"))[0] == "refused", "its successor"
        assert await told(api, other) == ("answered", "ok")
        assert await api.desk.say("U0ALEX", "hello")
        await api.desk.settle()
        assert model.asked == 4, "in Slack Alex goes on"
        clock.go(hours=15)
        assert await told(api, token) == ("answered", "ok")


async def test_turns_of_a_token_are_counted_within_the_last_hour(tmp_path: Path) -> None:
    clock, budgets = Clock(), budget.parse("token 2turns/hour, token 3Mtok/month, user 100turns/hour")
    async with an_api(tmp_path, DearModel(), now=clock, budgets=budgets) as api:
        token, other = await api.token(acts_for=("U0ALEX", "U0SAM")), await api.token("other")
        assert [await told(api, token, user) for user in ("U0ALEX", "U0SAM")] == [("answered", "ok")] * 2
        assert "asked me 2 things within an hour" in (await told(api, token))[1]
        assert await told(api, other) == ("answered", "ok")
        clock.go(hours=1, seconds=1)
        assert await told(api, token) == ("answered", "ok")
        clock.go(hours=1, seconds=1)
        assert "used up" in (await told(api, token))[1], "three million tokens are gone"


async def test_who_has_asked_too_much_is_told_in_words(tmp_path: Path) -> None:
    """31 turns within an hour: the sentence that people get in Slack, without what only Slack can read."""
    async with an_api(tmp_path, ScriptedModel([say("ok")] * 30), terms=QUICK) as api:
        token = await api.token()
        for _ in range(30):
            assert (await api.ask(token)).json()["status"] == "answered"
        told = (await api.ask(token)).json()
        assert told["status"] == "refused"
        assert "again" in told["answer"]
        assert "<!date" not in told["answer"]
