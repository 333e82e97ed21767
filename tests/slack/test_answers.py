"""Answers as Slack shows them: whole, in order, in messages that Slack takes, with nothing live in them."""

from pathlib import Path

from bot.slack.text import MAX_MESSAGE
from tests.fakes.model import ScriptedModel, call, say
from tests.rig import Helpdesk, helpdesk
from tests.slack.edge import answers


def unfurled(desk: Helpdesk) -> list[object]:
    """What the posts ask Slack to do with links."""
    posts = [args for method, args in desk.slack.calls if method == "chat.postMessage"]
    return [post[name] for post in posts for name in ("unfurl_links", "unfurl_media")]


async def test_an_answer_of_sixty_thousand_characters_arrives_whole_and_in_order(tmp_path: Path) -> None:
    code = "\n".join(f"netsh step {number}" for number in range(1_500))
    prose = "\n\n".join(f"Paragraph {number} " + "word " * 60 for number in range(130))
    long = f"{prose}\n\n```powershell\n{code}\n```\n\nThat is all."
    assert len(long) > 60_000
    async with helpdesk(tmp_path, ScriptedModel([say(long)])) as desk:
        thread = await desk.say("U0ALEX", "tell me everything")
        parts = await answers(desk, thread)
        assert all(len(part) <= MAX_MESSAGE and part.count("```") % 2 == 0 for part in parts)
        bare = " ".join(parts).replace("```powershell", "").replace("```", "")
        assert bare.split() == long.replace("```powershell", "").replace("```", "").split()
        assert set(unfurled(desk)) == {False}


async def test_what_the_model_writes_pings_nobody_and_opens_no_preview(tmp_path: Path) -> None:
    words = "<!channel> <!here> <@U0DANA> see https://evil.example/?q=secret and <#C0IT|it-help>"
    async with helpdesk(tmp_path, ScriptedModel([say(words)])) as desk:
        thread = await desk.say("U0ALEX", "hello")
        (answer,) = await answers(desk, thread)
        assert answer == words.replace("<", "&lt;").replace(
            "https://evil.example/?q=secret", "`https://evil.example/?q=secret`"
        )
        (shown,) = [each for each in desk.slack.thread("C0IT", thread) if each.user == "U0BOT"]
        assert "<" not in shown.text
        assert set(unfurled(desk)) == {False}


async def test_an_argument_of_the_longest_kind_is_on_its_card_in_full(tmp_path: Path) -> None:
    model = ScriptedModel([call("reset_password", user_id="U-456"), say("Waiting.")])
    async with helpdesk(tmp_path, model) as desk:
        thread = await desk.say("U0ALEX", "Please reset the password of U-456")
        await desk.settle()
        texts = [block["text"]["text"] for block in desk.card(thread).blocks or [] if block["type"] == "section"]
        assert "```\nuser_id: U-456\n```" in texts


async def test_a_denial_s_reason_of_a_thousand_odd_characters_is_shown_in_full(tmp_path: Path) -> None:
    model = ScriptedModel([call("reset_password", user_id="U-456"), say("It was denied.")])
    async with helpdesk(tmp_path, model) as desk:
        thread = await desk.say("U0ALEX", "Please reset the password of U-456")
        await desk.settle()
        await desk.deny("U0DANA", desk.card(thread), "no" + "\u200b" * 996 + "&!")
        await desk.settle()
        card = str(desk.card(thread).blocks)
        assert "*Denied* by <@U0DANA>" in card
        assert card.count("u{200b}") == 996
        assert "&amp;!" in card
