"""All that an approval rested on is looked up again at the start: requester, subject and voters, as they are then."""

from pathlib import Path

from bot.core.exchange import Prompt, Reply
from bot.slack.people import SlackPeople
from bot.store import links
from tests.attacks.test_identity import change
from tests.fakes.model import ScriptedModel, call, say
from tests.rig import Helpdesk, helpdesk, is_card
from tests.slack.dialogs import asking, carded


async def link(desk: Helpdesk, user: str, record: str) -> None:
    """An admin says who the account is."""
    await desk.bot.database.run(lambda connection: links.link(connection, user, record, 1.0))


async def test_a_voter_who_turns_out_to_be_the_requester_does_not_count(tmp_path: Path) -> None:
    model = ScriptedModel([call("wipe_device", device_id="L-1006"), say("It waits."), say("Done.")])
    async with helpdesk(tmp_path, model) as desk:
        thread = await desk.say("U0ALEX", "wipe L-1006")
        await desk.settle()
        await desk.click("U0DANA", desk.card(thread), "approve")
        await desk.settle()
        await link(desk, "U0DANA", "U-123")
        await desk.click("U0OMAR", desk.card(thread), "approve")
        await desk.settle()
        assert "tool_start" not in await desk.kinds(thread)


async def test_a_requester_who_is_deactivated_before_the_call_starts_nothing(tmp_path: Path) -> None:
    model = ScriptedModel()
    async with helpdesk(tmp_path, model) as desk:
        people = desk.bot.kit.people
        assert isinstance(people, SlackPeople)

        def deactivate(_: Prompt) -> Reply:
            change(desk, "U0SAM", deleted=True)
            people._answers.clear()
            return call("unlock_account", user_id="U-456")

        model.replies = [deactivate, say("Done.")]
        thread = await desk.say("U0SAM", "unlock me")
        await desk.settle()
        assert "tool_start" not in await desk.kinds(thread)


async def test_a_start_judges_the_requester_as_whom_they_are_now(tmp_path: Path) -> None:
    """An admin says that U0ALEX is U-302 while the card waits; the call then starts as U-302's or not at all."""
    async with helpdesk(tmp_path, asking("Done.")) as desk:
        thread = await carded(desk)
        await link(desk, "U0ALEX", "U-302")
        await desk.click("U0DANA", desk.card(thread), "approve")
        await desk.settle()
        log = await desk.items(thread)
        known = [each.known.call for each in log if each.kind == "facts" and each.known.about == "start"]
        records = [each.requester.record for each in known if each and each.requester]
        assert records == ["U-302"] or "tool_start" not in [each.kind for each in log]


async def test_a_subject_who_left_while_the_request_waited_is_given_nothing(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, asking("Done.", "Done.", "Done.")) as desk:
        thread = await carded(desk)
        change(desk, "U0SAM", deleted=True)
        await desk.click("U0DANA", desk.card(thread), "approve")
        await desk.settle()
        for card in [each for each in desk.slack.thread("C0IT", thread) if is_card(each)]:
            if "waiting for approval" in card.text:
                await desk.click("U0DANA", card, "approve")
                await desk.settle()
        assert "tool_start" not in await desk.kinds(thread)


async def test_the_one_time_link_of_a_renewed_request_goes_to_whom_its_card_names(tmp_path: Path) -> None:
    """While the card waits, an admin says that Peter's account is Sam, and U0SAM an impostor."""
    model = ScriptedModel([call("reset_password", user_id="U-456"), say("It waits."), say("Ok."), say("Ok.")])
    async with helpdesk(tmp_path, model) as desk:
        thread = await desk.say("U0ALEX", "reset U-456")
        await desk.settle()
        await link(desk, "U0PETER", "U-456")
        await desk.click("U0DANA", desk.card(thread), "approve")
        await desk.settle()
        cards = [each for each in desk.slack.thread("C0IT", thread) if is_card(each)]
        renewed = [each for each in cards if "waiting for approval" in each.text][-1]
        assert "<@U0PETER>" in str(renewed.blocks)
        assert "<@U0SAM>" not in str(renewed.blocks)
        await desk.click("U0DANA", renewed, "approve")
        await desk.settle()
        assert "tool_start" in await desk.kinds(thread)
        assert not has_link(desk, "D0SAM")
        assert has_link(desk, "D0PETER")


def has_link(desk: Helpdesk, channel: str) -> bool:
    """A one-time link stands in the direct message."""
    return any("token=" in str(each.blocks) for each in desk.slack.messages(channel))
