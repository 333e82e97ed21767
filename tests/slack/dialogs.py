"""Dialogs about access that Alex asks for Sam: how they begin, and what a test looks at."""

from bot.playground.messages import Message
from bot.playground.views import View
from tests.fakes.model import ScriptedModel, call, say
from tests.rig import Helpdesk, is_card
from tests.slack.cases import GRANT

ACCESS = GRANT | {"group": "finance-reports"}
SAM_HAS = "*Grant access* for Sam Patel · group finance-reports"


def asking(*answers: str) -> ScriptedModel:
    """A model that asks for access to a group, and then says these things."""
    return ScriptedModel([call("grant_access", **ACCESS), *(say(each) for each in answers)])


async def carded(desk: Helpdesk) -> str:
    """Alex asked, and the card is there; the thread."""
    thread = await desk.say("U0ALEX", "Sam needs finance-reports till tonight")
    await desk.settle()
    return thread


def view(desk: Helpdesk, user: str) -> View:
    """The form that the person has open, the topmost."""
    return desk.slack.views(user)[-1]


async def looked_from_home(desk: Helpdesk, user: str) -> View:
    """All of the request, which the person opened from App Home."""
    await desk.slack.open_home(user)
    await desk.settle()
    home = desk.slack.home(user)
    assert home
    await desk.slack.click_view(user, home.id, "approval.view")
    return view(desk, user)


def cards(desk: Helpdesk, channel: str) -> list[Message]:
    return [each for each in desk.slack.messages(channel) if is_card(each)]
