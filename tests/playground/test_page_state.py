"""What the page shows of a conversation."""

from bot.playground import DEMO, LocalSlack
from bot.playground.page_state import PageState
from bot.playground.seed import Channel


def test_a_channel_that_other_companies_read_says_so() -> None:
    acme = Channel(id="C0ACME", name="acme", members=("U0ALEX",), is_ext_shared=True)
    slack = LocalSlack("http://127.0.0.1:9/none", seed=DEMO.model_copy(update={"channels": (*DEMO.channels, acme)}))
    channels = PageState(slack.workspace, "", has_home=False).of("U0ALEX")["channels"]
    topics = {channel["id"]: channel["topic"] for channel in channels}
    assert (topics["C0ACME"], topics["C0GENERAL"]) == ("Shared with other companies", "Company-wide news")
