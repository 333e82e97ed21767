"""However many accounts a human has and whatever becomes of their addresses, they approve nothing of their own."""

from pathlib import Path

from bot.core.words import SAME_PERSON
from bot.slack.people import SlackPeople
from bot.store import links
from tests.fakes.model import ScriptedModel, call, say
from tests.rig import Helpdesk, helpdesk
from tests.slack.dialogs import asking, carded, cards
from tests.slack.test_identity import second_account
from tests.slack.test_shortcut import form_of

DANA_GETS = {"user_id": "U-201", "group": "finance-reports", "duration_hours": 8, "reason": "month end"}


def change(desk: Helpdesk, user: str, **changes: object) -> None:
    """The user's account in Slack is different from now on."""
    users = desk.slack.workspace.users
    users[user] = users[user].model_copy(update=changes)


def enlist(desk: Helpdesk, *users: str) -> None:
    """Put them before the members of the approvers' group."""
    group = desk.slack.workspace.usergroups["S0ITADM"]
    desk.slack.workspace.usergroups["S0ITADM"] = group.model_copy(update={"users": (*users, *group.users)})


async def deciders(desk: Helpdesk, thread: str) -> list[str]:
    """Whose decisions counted."""
    return [each.actor for each in await desk.items(thread) if each.kind == "decision"]


async def test_a_second_account_of_the_requester_approves_nothing(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, asking("Done.")) as desk:
        second_account(desk, "U0ALEX", "U0ALEX2")
        enlist(desk, "U0ALEX2")
        thread = await carded(desk)
        await desk.click("U0ALEX2", desk.card(thread), "approve")
        await desk.settle()
        assert "tool_start" not in await desk.kinds(thread)


async def test_a_subject_whose_link_is_disputed_approves_nothing_about_themselves(tmp_path: Path) -> None:
    """Dana is an approver and the subject; a second account claims her record too."""
    model = ScriptedModel([say("Hello."), say("Hello."), call("grant_access", **DANA_GETS), say("It waits."), say("?")])
    async with helpdesk(tmp_path, model) as desk:
        second_account(desk, "U0DANA", "U0DANA2")
        for user in ("U0DANA", "U0DANA2"):
            await desk.say(user, "hello")
            await desk.settle()
        thread = await desk.say("U0ALEX", "Dana needs finance-reports")
        await desk.settle()
        await desk.click("U0DANA", desk.card(thread), "approve")
        await desk.settle()
        assert "U0DANA" not in await deciders(desk, thread)


async def test_a_subject_whose_address_is_unconfirmed_approves_nothing_about_themselves(tmp_path: Path) -> None:
    model = ScriptedModel([call("grant_access", **DANA_GETS), say("It waits."), say("Done.")])
    async with helpdesk(tmp_path, model) as desk:
        change(desk, "U0DANA", is_email_confirmed=False)
        thread = await desk.say("U0ALEX", "Dana needs finance-reports")
        await desk.settle()
        await desk.click("U0DANA", desk.card(thread), "approve")
        await desk.settle()
        assert "U0DANA" not in await deciders(desk, thread)


async def unvoted(desk: Helpdesk, channel: str) -> None:
    """Dana decides nothing about the card in her direct messages, and is told why; Omar's click counts."""
    for user in ("U0DANA", "U0OMAR"):
        (card,) = cards(desk, desk.slack.dm(user))
        await desk.click(user, card, "approve")
        await desk.settle()
    thread = desk.slack.messages(channel)[0].ts
    decided = [each.actor for each in await desk.items(thread, channel) if each.kind == "decision"]
    assert decided == ["U0OMAR"]
    assert SAME_PERSON in [each.text for each in desk.slack.ephemerals("U0DANA")]


async def test_whose_other_account_is_quoted_approves_nothing_of_what_follows(tmp_path: Path) -> None:
    """Alex asks about a message of Dana's second account, which nobody linked to anybody."""
    model = ScriptedModel([call("reset_password", user_id="U-456"), say("Done.")])
    async with helpdesk(tmp_path, model) as desk:
        second_account(desk, "U0DANA", "U0DANA2")
        view = await form_of(desk, message="Somebody should reset Sam's password", author="U0DANA2")
        assert await desk.slack.submit("U0ALEX", view.id, {"question": "Do that."}) is None
        await desk.settle()
        await unvoted(desk, desk.slack.dm("U0ALEX"))
        links_ = await desk.bot.database.run(lambda c: [links.of_user(c, user) for user in ("U0DANA", "U0DANA2")])
        assert [link and (link.slack_user, link.disputed) for link in links_] == [("U0DANA", False), None]


async def test_whose_other_account_wrote_before_in_the_thread_approves_nothing_of_what_follows(tmp_path: Path) -> None:
    model = ScriptedModel([call("reset_password", user_id="U-456"), say("Done.")])
    async with helpdesk(tmp_path, model) as desk:
        second_account(desk, "U0DANA", "U0DANA2")
        root = await desk.slack.say("U0DANA2", "C0IT", "Somebody should reset Sam's password")
        await desk.say("U0ALEX", "<@U0BOT> do that", root)
        await desk.settle()
        await desk.click("U0DANA", desk.card(root), "approve")
        await desk.settle()
        assert await deciders(desk, root) == []
        assert desk.slack.ephemerals("U0DANA")[-1].text == SAME_PERSON


async def test_two_accounts_of_one_human_do_not_give_both_votes_of_a_critical_call(tmp_path: Path) -> None:
    model = ScriptedModel([call("wipe_device", device_id="L-1005"), say("It waits."), say("Done.")])
    async with helpdesk(tmp_path, model) as desk:
        second_account(desk, "U0DANA", "U0DANA2")
        enlist(desk, "U0DANA2")
        thread = await desk.say("U0ALEX", "wipe L-1005")
        await desk.settle()
        for user in ("U0DANA", "U0DANA2"):
            await desk.click(user, desk.card(thread), "approve")
            await desk.settle()
        assert "tool_start" not in await desk.kinds(thread)


async def test_a_record_is_not_linked_to_an_account_that_had_its_address_some_minutes_ago(tmp_path: Path) -> None:
    """Peter's account has Sam's address, unconfirmed; then it gets another address, which is confirmed.

    Of the two answers remembered, whom Sam's address finds is the older one.
    """
    reset = call("reset_password", user_id="U-456")
    model = ScriptedModel([reset, say("No."), reset, say("It waits."), say("?")])
    async with helpdesk(tmp_path, model) as desk:
        people = desk.bot.kit.people
        assert isinstance(people, SlackPeople)
        sams = desk.slack.workspace.users["U0SAM"].email
        change(desk, "U0SAM", email="sam2@example.com")
        change(desk, "U0PETER", email=sams, is_email_confirmed=False)
        await desk.say("U0ALEX", "reset U-456")
        await desk.settle()
        change(desk, "U0PETER", email="mallory@example.com", is_email_confirmed=True)
        people._answers.pop("who U0PETER")
        await desk.say("U0ALEX", "and now?")
        await desk.settle()
        link = await desk.bot.database.run(lambda connection: links.of_record(connection, "U-456"))
        assert link is None or link.slack_user != "U0PETER"


async def test_a_hundred_deactivated_members_of_a_group_take_no_approvers_place(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, asking("Done.")) as desk:
        gone = [f"U0A{number:03d}" for number in range(100)]
        for user in gone:
            second_account(desk, "U0SAM", user, email=f"{user}@x.com", deleted=True)
        enlist(desk, *gone)
        thread = await carded(desk)
        await desk.click("U0DANA", desk.card(thread), "approve")
        await desk.settle()
        assert "tool_start" in await desk.kinds(thread)
