"""A rush: many questions at once in a Slack that takes no more than its documented tiers."""

from collections import Counter
from pathlib import Path

import pytest

from bot.core.exchange import Prompt, Reply
from bot.model.port import Hear, unheard
from bot.playground import DEMO, LocalSlack
from bot.playground.seed import Channel, Seed, User
from tests.fakes.model import call, say
from tests.rig import Helpdesk, helpdesk, is_card
from tests.slack.cases import GRANT

#: Slack's pace is what is tried, whatever the database: a minute once is enough
pytestmark = pytest.mark.sqlite

QUESTIONS = 100

#: one in so many asks for what needs an approval, and these ask last
ONE_IN = 5

#: enough people that nobody asks too much
CROWD = tuple(f"U0P{number:02}" for number in range(20))
BUSY, QUIET = "C0IT", "C0GENERAL"


class Mind:
    """Asks for access where somebody wants it, and knows the answer to everything else."""

    name = "mind"

    async def reply(self, prompt: Prompt, hear: Hear = unheard) -> Reply:
        _ = hear
        if "access" in str(prompt.items[-1]):
            return call("grant_access", **GRANT | {"group": "finance-reports"})
        return say("Switch it on.")


def _crowded() -> Seed:
    """The demo's workspace with the crowd in it."""
    people = tuple(User(id=each, name=each.lower(), real_name=f"Colleague {each}") for each in CROWD)
    channels = tuple(
        Channel(**each.model_dump() | {"members": (*each.members, *CROWD)}) if each.id in (BUSY, QUIET) else each
        for each in DEMO.channels
    )
    return Seed(users=(*DEMO.users, *people), channels=channels, usergroups=DEMO.usergroups)


async def _asked(desk: Helpdesk) -> list[tuple[str, str]]:
    """All of them ask at once, half of them in one channel; where, and in which thread."""
    asked = []
    for number in range(QUESTIONS):
        who = CROWD[number % len(CROWD)]
        where = (BUSY, BUSY, QUIET, desk.slack.dm(who))[number % 4]
        wanted = "I need access" if number >= QUESTIONS - QUESTIONS // ONE_IN else "my wifi is down"
        asked.append((where, await desk.say(who, wanted, channel=where)))
    return asked


async def test_in_a_rush_every_question_is_answered_once_and_cards_come_first(tmp_path: Path) -> None:
    local = LocalSlack("http://127.0.0.1/slack/events", retry_delays=(0.0, 0.2, 0.5), seed=_crowded())
    local.enforce_tiers()
    async with helpdesk(tmp_path, Mind(), slack=local) as desk:
        asked = await _asked(desk)
        await desk.settle(5 * QUESTIONS)

        said = [[each for each in local.thread(*place) if each.user == "U0BOT"] for place in asked]
        assert Counter(map(len, said)) == {1: QUESTIONS}, "each once"
        assert sum(is_card(each) for (each,) in said) == QUESTIONS // ONE_IN
        posted = ["card" if is_card(each) else "answer" for each in local.messages(BUSY) if each.user == "U0BOT"]
        assert "card" in posted
        assert "card" not in posted[-QUESTIONS // 8 :], "asked last, and shown before answers that wait"
        refused = local.limited["chat.postMessage"]
        assert refused, "it was a rush"
        # what was sent a second apart may arrive closer together: no more than one refusal each
        assert refused < QUESTIONS, "Slack is not asked again and again for what it refuses"
