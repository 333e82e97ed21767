"""What is measured of people's waits is about Slack alone: whoever asks by the API sees no first sign there."""

from pathlib import Path

from bot.metrics import Metrics
from tests.api.rig import QUICK, an_api
from tests.attacks.test_api import ASKED, RESET, cards
from tests.fakes.model import ScriptedModel, say
from tests.metrics.scraping import scraped


async def test_a_card_of_the_api_is_nobody_s_first_sign(tmp_path: Path) -> None:
    metrics = Metrics()
    model = ScriptedModel([say("One."), say("Two."), RESET, say("It waits."), say("Hello.")])
    async with an_api(tmp_path, model, terms=QUICK, metrics=metrics) as api:
        token = await api.token()
        first = (await api.ask(token)).json()["conversation_id"]
        for message in ("hello again", ASKED):
            await api.ask(token, message=message, conversation=first)
        await api.desk.settle()
        assert cards(api, api.desk.slack.dm("U0OMAR"))
        told = await scraped(api.desk, metrics)
        assert told.of("helpdesk_first_sign_seconds_count") == 0
        await api.desk.say("U0ALEX", "hello")
        await api.desk.settle()
        told = await scraped(api.desk, metrics)
        assert told.of("helpdesk_first_sign_seconds_count") == told.of("helpdesk_answer_seconds_count") == 1
