"""What lasts: breakers, requests that wait across a restart; and that every method of Slack we call has its name."""

import re
from pathlib import Path

import pytest

from bot.metrics import Metrics
from bot.metrics.slack import METHODS
from bot.run.breakers import CALLS, OPEN_S
from tests.fakes.model import ScriptedModel, call, say
from tests.metrics.scraping import scraped
from tests.rig import helpdesk
from tests.run.test_tool_breakers import Fax, opened, script
from tests.slack.edge import Clock

SOURCES = Path(__file__).parent.parent.parent / "bot"


@pytest.mark.sqlite
async def test_a_breaker_is_open_then_open_to_a_few_though_nobody_tries_then_closed(tmp_path: Path) -> None:
    fax, clock, metrics = Fax(), Clock(), Metrics()
    async with helpdesk(
        tmp_path,
        ScriptedModel(script(CALLS + 1)),
        tools=(fax.tool,),
        now=clock,
        monotonic=clock.monotonic,
        metrics=metrics,
    ) as desk:
        await opened(desk)
        assert (await scraped(desk, metrics)).of("helpdesk_breaker_state", "fax", "tool") == 2
        clock.pass_(OPEN_S)
        assert (await scraped(desk, metrics)).of("helpdesk_breaker_state", "fax", "tool") == 1
        fax.failure = None
        await desk.say("U0ALEX", "send it")
        await desk.settle()
        found = await scraped(desk, metrics)
    assert found.all("helpdesk_breaker_state")["fax", "tool"] == 0
    assert found.of("helpdesk_errors_total", "fax", "tool") == CALLS


async def test_the_wait_for_an_approval_outlives_the_process(tmp_path: Path) -> None:
    clock, metrics = Clock(), Metrics()
    async with helpdesk(
        tmp_path, ScriptedModel([call("reset_password", user_id="U-456")]), now=clock, metrics=Metrics()
    ) as desk:
        thread = await desk.say("U0ALEX", "Reset Sam's password")
        await desk.settle()
    clock.pass_(3_600)
    async with helpdesk(tmp_path, ScriptedModel([say("Done.")]), slack=desk.slack, now=clock, metrics=metrics) as again:
        assert (await scraped(again, metrics)).of("helpdesk_requests_open_oldest_seconds") >= 3_600
        assert await again.deny("U0DANA", again.card(thread), "Not today") is None
        await again.settle()
        found = await scraped(again, metrics)
    waited = found.of("helpdesk_approval_wait_seconds_sum", "denied", "high")
    assert 3_600 <= waited < 3_700
    if not again.bot.database.shared:
        assert found.of("helpdesk_slack_calls_total", "views.open", "ok") == 1, "also what a listener calls"


def test_every_method_that_we_call_has_its_name() -> None:
    called = r"\bclient\.((?:agents|assistant|auth|chat|conversations|files|usergroups|users|views)_\w+)"
    ours = [path for path in SOURCES.rglob("*.py") if "playground" not in path.parts]
    found = {name.replace("_", ".") for path in ours for name in re.findall(called, path.read_text())}
    assert len(found) > 15
    assert found <= METHODS
