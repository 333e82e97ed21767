"""One human once: who is matched to whom, and what two accounts of one person can do."""

from pathlib import Path

from bot.core import words
from bot.store import links
from tests.fakes.model import ScriptedModel, call, say
from tests.rig import Helpdesk, helpdesk
from tests.slack.test_clicks import asked, was_refused


def second_account(desk: Helpdesk, of: str, user: str, **changes: object) -> None:
    """Somebody else in Slack with the same address."""
    users = desk.slack.workspace.users
    users[user] = users[of].model_copy(update={"id": user, **changes})


async def test_a_second_claimant_of_a_record_makes_both_nobody_until_an_admin_says_who_it_is(tmp_path: Path) -> None:
    unlock = call("unlock_account", user_id="U-456")
    model = ScriptedModel([say("Hello."), say("Hello."), unlock, unlock, say("Done.")])
    async with helpdesk(tmp_path, model) as desk:
        second_account(desk, "U0SAM", "U0SAM2")
        for user in ("U0SAM", "U0SAM2"):
            await desk.say(user, "hello")
            await desk.settle()
        thread = await desk.say("U0SAM", "unlock me")
        await desk.settle()
        assert "tool_start" not in await desk.kinds(thread), "nobody is Sam, so nobody unlocks themselves"
        await desk.bot.database.run(lambda connection: links.link(connection, "U0SAM", "U-456", 1.0))
        thread = await desk.say("U0SAM", "unlock me now")
        await desk.settle()
        assert "tool_start" in await desk.kinds(thread)


async def test_an_address_that_nobody_confirmed_matches_nobody(tmp_path: Path) -> None:
    model = ScriptedModel([call("unlock_account", user_id="U-456"), say("It waits.")])
    async with helpdesk(tmp_path, model) as desk:
        users = desk.slack.workspace.users
        users["U0SAM"] = users["U0SAM"].model_copy(update={"is_email_confirmed": False})
        thread = await desk.say("U0SAM", "unlock me")
        await desk.settle()
        assert "tool_start" not in await desk.kinds(thread)


async def test_the_second_account_of_who_asked_or_is_touched_approves_nothing(tmp_path: Path) -> None:
    async with asked(tmp_path) as (desk, thread):
        groups = desk.slack.workspace.usergroups
        await desk.bot.database.run(lambda connection: links.link(connection, "U0OMAR", "U-123", 1.0))
        assert "U0OMAR" in groups["S0ITADM"].users
        await desk.click("U0OMAR", desk.card(thread), "approve")
        await was_refused(desk, thread, "U0OMAR", words.SAME_PERSON)
