"""Below an answer that names no source there is one, as a link only where its address is trusted."""

from pathlib import Path

from bot.core.sources import Source
from bot.slack.words import looked_up
from tests.fakes.model import ScriptedModel, call, say
from tests.rig import helpdesk

TITLE = "Wi-Fi does not connect (wifi)"
WIFI = Source("A & B", "https://kb.example.com/a?b=1&c=2")


async def test_an_answer_without_a_source_gets_one_and_another_does_not(tmp_path: Path) -> None:
    search = call("search_kb", query="wifi does not connect")
    model = ScriptedModel([search, say("Turn it off and on."), say(f"As I said; see “{TITLE}”."), say("Yes.")])
    async with helpdesk(tmp_path, model) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down")
        await desk.settle()
        assert f":books: I read: {TITLE}" in str(desk.slack.thread("C0IT", thread)[-1].blocks)
        await desk.say("U0ALEX", "really?", thread=thread)
        await desk.settle()
        assert ":books:" not in str(desk.slack.thread("C0IT", thread)[-1].blocks), "it read nothing for this one"


async def test_an_answer_that_names_its_source_gets_none(tmp_path: Path) -> None:
    model = ScriptedModel([call("search_kb", query="wifi does not connect"), say(f"See “{TITLE}”.")])
    async with helpdesk(tmp_path, model) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down")
        await desk.settle()
        assert ":books:" not in str(desk.slack.thread("C0IT", thread)[-1].blocks)


def test_an_address_is_a_link_where_it_is_trusted() -> None:
    assert looked_up([WIFI], {WIFI.url}) == ":books: I read: <https://kb.example.com/a?b=1&amp;c=2|A &amp; B>"
    assert looked_up([WIFI], set()) == ":books: I read: A &amp; B"
