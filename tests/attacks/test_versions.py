"""A card outlives the version of the tool it was made for: it can still be drawn, edited and undone, and tells all."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from bot.core.decide import decide
from bot.core.steps import Append
from bot.slack.card import card
from bot.slack.cases import Cases
from tests.attacks.rest import reached
from tests.core.story import ALEX, POLICY, Story
from tests.core.toolbox import MENU
from tests.fakes.model import ScriptedModel, call, say
from tests.rig import helpdesk
from tests.slack.dialogs import view
from tools.spec import Resolves, Risk, Tool, Undo, tool


@tool(
    risk=Risk.HIGH,
    subject="user_id",
    resource="group",
    resolved_by=Resolves,
    idempotent=True,
    undo="Take it back.",
    undone_by=Undo("take", ("user_id", "group")),
    ends_after="hours",
    narrow=("hours",),
)
async def give(user_id: str, group: str, hours: Annotated[int, Field(ge=1, le=720)], ticket: str) -> str:
    """Give, as the next version of the bot has it: with one more argument."""
    return f"{user_id} {group} {hours} {ticket}"


@tool(risk=Risk.HIGH, subject="user_id", resource="group", resolved_by=Resolves)
async def give_in_words(user_id: str, group: str, hours: str) -> str:
    """Give, as the next version of the bot has it: hours are words now."""
    return user_id + group + hours


@tool(risk=Risk.HIGH, subject="user_id")
async def invite(user_id: str, role: str = "owner") -> str:
    """Invite somebody; whoever says nothing else makes them an owner."""
    return user_id + role


def earlier_report() -> Tool:
    """Report before the upgrade."""

    @tool(risk=Risk.HIGH, subject="user_id")
    async def report(user_id: str, text: str) -> str:
        """Write a report about somebody."""
        return user_id + text

    return report


def later_report() -> Tool:
    """Report after the upgrade: it wants a ticket too."""

    @tool(risk=Risk.HIGH, subject="user_id")
    async def report(user_id: str, text: str, ticket: Annotated[str, Field(max_length=20)]) -> str:
        """Write a report about somebody."""
        return user_id + text + ticket

    return report


def test_the_undo_of_what_an_earlier_version_of_the_tool_did_is_decided() -> None:
    story = Story()
    given, number = story.given()
    story.approve(number)
    story.ran(given)
    story.vouch(story.click(number, ALEX, "undo"))
    step = decide(story.thread, {**MENU, "give": give}, POLICY, story.now)
    assert isinstance(step, Append)


def test_a_card_of_an_earlier_version_of_the_tool_is_drawn() -> None:
    story = Story()
    _, number = story.given()
    changed = Cases({**MENU, "give": give_in_words}).case(story.thread, number)
    assert "reports" in str(card(changed, may_decide=True))


def test_a_card_shows_the_values_of_arguments_that_were_left_out() -> None:
    tools = {**MENU, "invite": invite}
    story = Story()
    (wanted,) = story.calls(story.turn(), ("invite", '{"user_id":"U-456"}'))
    story.know(wanted)
    step = decide(story.thread, tools, POLICY, story.now)
    assert isinstance(step, Append)
    for item in step.items:
        story.add(item)
    assert "owner" in str(card(Cases(tools).case(story.thread, story.thread.head), may_decide=True))


async def test_a_thread_whose_card_is_edited_after_an_upgrade_still_answers(tmp_path: Path) -> None:
    before = ScriptedModel([call("report", user_id="U-456", text="x"), say("It waits.")])
    async with helpdesk(tmp_path, before, tools=(earlier_report(),)) as desk:
        thread = await desk.say("U0ALEX", "report Sam")
        await desk.settle()
        slack = desk.slack
    after = ScriptedModel([say("I am here."), say("Still."), say("Still.")])
    async with helpdesk(tmp_path, after, tools=(later_report(),), slack=slack) as desk:
        await desk.click("U0DANA", desk.card(thread), "edit")
        await desk.slack.submit("U0DANA", view(desk, "U0DANA").id, {"text": "y", "ticket": "T-1"})

        async def taken() -> bool:
            return "click" in await desk.kinds(thread)

        await reached(taken)
        await desk.say("U0ALEX", "are you there?", thread)

        async def answered() -> bool:
            return any("I am here." in line for line in desk.transcript(thread))

        await reached(answered)
