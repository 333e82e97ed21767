"""App Home: what waits for me, what I asked for, and the way to decide there; nothing of others', and no secrets."""

from datetime import timedelta
from pathlib import Path

from bot.model.demo import DemoModel
from bot.playground.views import check_view
from bot.slack import words
from bot.slack.home_view import MAX_LISTED, Seen, home_view
from bot.slack.listed import Requests
from bot.slack.remembered import Remembered
from bot.slack.tickets import MAX_TICKETS, Tickets
from bot.store.lists import Listed, Version
from tests.rig import Helpdesk, helpdesk
from tests.slack.cases import NOW, request, texts
from tests.slack.dialogs import SAM_HAS, asking, carded
from tests.slack.edge import Clock, door_of, links, rows
from tests.waiting import until
from tools.backends.tickets import Ticket

RESET = "Please reset the password of U-456"


async def home(desk: Helpdesk, user: str) -> str:
    """What the person's App Home says once they opened it."""
    await desk.slack.open_home(user)
    await desk.settle()
    return shown(desk, user)


def shown(desk: Helpdesk, user: str) -> str:
    """What the person's App Home says now."""
    view = desk.slack.home(user)
    return "\n".join(texts(view.payload["blocks"])) if view else ""


def part(text: str, title: str) -> str:
    """The part of a home under this title."""
    return text.partition(f"\n{title}\n")[2].partition("\nAsked by me\n")[0]


async def press(desk: Helpdesk, user: str, action: str) -> None:
    """Press a button of the home."""
    view = desk.slack.home(user)
    assert view
    await desk.slack.click_view(user, view.id, action)


async def test_a_request_waits_for_those_who_may_decide_and_is_listed_for_whoever_asked(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk:
        thread = await desk.say("U0ALEX", RESET)
        await desk.settle()
        dana, alex, peter = [await home(desk, user) for user in ("U0DANA", "U0ALEX", "U0PETER")]
        line = "*Reset password* for Sam Patel"
        assert line in part(dana, "Waiting for me")
        assert "asked by <@U0ALEX>" in dana
        link = f"https://playground.slack.com/archives/C0IT/p{thread.replace('.', '')}?thread_ts={thread}&amp;cid=C0IT"
        assert f"<{link}|thread>" in dana
        assert line in part(alex, "Asked by me")
        assert "Nothing waits for you." in alex
        assert line not in peter


async def test_what_somebody_approved_already_no_longer_waits_for_them(tmp_path: Path) -> None:
    (tmp_path / "policy.yml").write_text(TWO)
    async with helpdesk(tmp_path, asking(), policy_file=tmp_path / "policy.yml") as desk:
        thread = await carded(desk)
        await desk.click("U0DANA", desk.card(thread), "approve")
        await desk.settle()
        assert "1 of 2" in str(desk.card(thread).blocks)
        assert SAM_HAS not in part(await home(desk, "U0DANA"), "Waiting for me")
        assert SAM_HAS in part(await home(desk, "U0OMAR"), "Waiting for me")


TWO = """
version: 1
rules:
  - name: two
    tool: grant_access
    require: {approvals: 2, from: [approvers]}
"""


async def test_a_request_is_decided_in_the_home_which_then_shows_it(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk:
        thread = await desk.say("U0ALEX", RESET)
        await desk.settle()
        await home(desk, "U0DANA")
        await press(desk, "U0DANA", "approval.view")
        (form,) = desk.slack.views("U0DANA")
        assert form.payload["submit"]["text"] == "Approve"
        assert await desk.slack.submit("U0DANA", form.id, {}) is None
        await desk.settle()
        assert "*Approved* by <@U0DANA>" in str(desk.card(thread).blocks)
        await until(lambda: "Nothing waits for you." in shown(desk, "U0DANA"))
        assert len(links(desk)) == 1


async def test_who_asked_can_look_at_it_and_not_approve(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk:
        await desk.say("U0ALEX", RESET)
        await desk.settle()
        await home(desk, "U0ALEX")
        await press(desk, "U0ALEX", "approval.view")
        (form,) = desk.slack.views("U0ALEX")
        assert "submit" not in form.payload
        assert "user_id: U-456" in str(form.payload["blocks"])


async def test_a_refusal_reaches_whoever_pressed_in_the_home(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk:
        await desk.say("U0ALEX", RESET)
        await desk.settle()
        await home(desk, "U0DANA")
        await press(desk, "U0DANA", "approval.view")
        (form,) = desk.slack.views("U0DANA")
        groups = desk.slack.workspace.usergroups
        groups["S0ITADM"] = groups["S0ITADM"].model_copy(update={"users": ("U0OMAR",)})
        assert await desk.slack.submit("U0DANA", form.id, {}) is None
        await desk.settle()
        (told,) = desk.slack.ephemerals("U0DANA")
        assert (told.channel, told.text[:32]) == (desk.slack.dm("U0DANA"), "You are not one of the approvers")


async def test_closed_requests_are_shown_to_whoever_asked_for_seven_days(tmp_path: Path) -> None:
    clock = Clock()
    async with helpdesk(tmp_path, DemoModel(), now=clock) as desk:
        thread = await desk.say("U0ALEX", RESET)
        await desk.settle()
        await desk.deny("U0DANA", desk.card(thread), "No")
        await desk.settle()
        clock.pass_(timedelta(days=6).total_seconds())
        assert "denied by <@U0DANA> · asked by <@U0ALEX> 6 d ago" in await home(desk, "U0ALEX")
        clock.pass_(timedelta(days=2).total_seconds())
        assert "denied" not in await home(desk, "U0ALEX")


async def test_a_request_of_a_direct_message_is_listed_without_a_link(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk:
        await desk.say("U0ALEX", RESET, channel=desk.slack.dm("U0ALEX"))
        await desk.settle()
        dana = await home(desk, "U0DANA")
        assert "*Reset password*" in dana
        assert "archives" not in dana


async def test_the_other_tab_publishes_nothing_and_a_home_that_slack_refuses_holds_nothing_up(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk, door_of(desk) as door:
        await desk.slack.open_home("U0ALEX", "messages")
        await desk.settle()
        assert desk.slack.home("U0ALEX") is None
        before = await rows(desk, "inbox")
        desk.slack.fail("views.publish", 1, "fatal_error")
        event = {"type": "app_home_opened", "user": "U0ALEX", "channel": "D0ALEX", "tab": "home"}
        assert await door.event(event) == 200
        assert await rows(desk, "inbox") == before


def test_the_longest_home_there_can_be_is_one_that_slack_takes() -> None:
    name = "\U000e0041" * 80
    long = request().model_copy(update={"tool": "t" * 64})
    assert long.subject
    long = long.model_copy(update={"subject": long.subject.model_copy(update={"name": name})})
    version = Version("T0DEMO:C0IT:1795232246.184716", 7, long)
    row = Listed(version, NOW.timestamp(), NOW.timestamp(), None, None, None)
    wordy = Ticket("T-123456789", "U-1", "human", name * 3, "", "urgent", "in_progress", (), NOW, NOW)
    tickets = Tickets([wordy] * MAX_TICKETS, words.MORE_TICKETS)
    rows = [row] * MAX_LISTED
    seen = Seen(
        Requests(rows, 1_214, rows),
        frozen=True,
        may_freeze=True,
        tickets=tickets,
        memories=Remembered(),
        demo=True,
        stored=words.stored(),
    )
    view = home_view(seen, NOW, "https://example.slack.com/", "D0DANA")
    check_view(view, "home")
    assert "… and 1214 more." in "\n".join(texts(view["blocks"]))


async def test_it_says_how_long_what_is_said_is_kept(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, DemoModel()) as desk:
        assert "until IT throws it away. Who asked for and decided what, and when, is kept," in await home(
            desk, "U0ALEX"
        )
    content, decisions = timedelta(days=90), timedelta(days=730)
    async with helpdesk(tmp_path, DemoModel(), keep_content=content, keep_decisions=decisions) as desk:
        seen = await home(desk, "U0ALEX")
        assert "goes 90 days after the last thing that happened there. Who asked" in seen
        assert "and when, is kept for 730 days, under" in seen
