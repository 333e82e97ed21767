"""People who leave and groups that change: what Slack tells, what is refused, and what a restart keeps."""

from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground import LocalSlack
from bot.playground.errors import ApiError, Unseen
from tests.playground.app import App, Clock
from tests.playground.test_web_api import actions, button, refused
from tools.backends import seed as directory

URL = "http://127.0.0.1/slack/events"
SUBSCRIBED = ("subteam_members_changed", "subteam_updated", "user_change")


async def test_a_group_has_the_members_it_was_given(slack: LocalSlack, client: AsyncWebClient) -> None:
    slack.set_members("S0ITADM", ["U0DANA", "U0SAM", "U0DANA"])
    assert (await client.usergroups_users_list(usergroup="S0ITADM"))["users"] == ["U0DANA", "U0SAM"]
    slack.set_members("S0ITADM", [])
    assert (await client.usergroups_users_list(usergroup="S0ITADM"))["users"] == []
    assert (await client.usergroups_users_list(usergroup="S0SECOPS"))["users"] == ["U0MARIA", "U0RAVI"]


@pytest.mark.parametrize(
    ("group", "users", "code"),
    [
        ("S0NONE", [], "no_such_subteam"),
        ("S0ITADM", ["U0NOBODY"], "invalid_users"),
        ("S0ITADM", ["U0BOT"], "invalid_users"),
    ],
)
def test_a_wrong_change_is_refused_with_slacks_code(group: str, users: list[str], code: str) -> None:
    slack = LocalSlack(URL)
    with pytest.raises(ApiError, match=code):
        slack.set_members(group, users)
    assert slack.workspace.usergroups["S0ITADM"].users == ("U0DANA", "U0OMAR")


async def test_who_is_deactivated_does_nothing_and_is_told_as_deleted(
    slack: LocalSlack, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel="C0IT", text="card", blocks=[actions(button("yes"))])
    slack.deactivate("U0DANA")
    for tried in (slack.click("U0DANA", "C0IT", posted["ts"], "yes"), slack.say("U0DANA", "C0IT", "hello")):
        with pytest.raises(Unseen, match="deactivated"):
            await tried
    assert (await client.users_info(user="U0DANA"))["user"]["deleted"] is True
    answer = await refused(client, "users.lookupByEmail", email="dana.kim@example.com")
    assert answer["error"] == "users_not_found"
    assert "U0DANA" in (await client.usergroups_users_list(usergroup="S0ITADM"))["users"]
    slack.reactivate("U0DANA")
    assert await slack.click("U0DANA", "C0IT", posted["ts"], "yes") == 200


async def test_the_app_hears_what_it_subscribed_to(app: App, clock: Clock) -> None:
    slack = LocalSlack(URL, now=clock, transport=app.transport(), subscribed=SUBSCRIBED)
    app.on_request = slack.workspace.changes.mark
    await slack.start()
    slack.set_members("S0ITADM", ["U0DANA", "U0SAM"])
    slack.set_members("S0ITADM", ["U0DANA", "U0SAM"])
    slack.deactivate("U0SAM")
    await slack.wait_for(lambda: not slack.outbox.pending)
    await slack.stop()
    told = {event["type"]: event for event in app.events()}
    assert (len(app.events()), set(told)) == (3, set(SUBSCRIBED))
    delta = told["subteam_members_changed"]
    assert (delta["subteam_id"], delta["added_users"], delta["removed_users"]) == ("S0ITADM", ["U0SAM"], ["U0OMAR"])
    assert told["subteam_updated"]["subteam"]["users"] == ["U0DANA", "U0SAM"]
    assert (told["user_change"]["user"]["id"], told["user_change"]["user"]["deleted"]) == ("U0SAM", True)


async def test_the_app_hears_nothing_else(slack: LocalSlack) -> None:
    slack.set_members("S0ITADM", ["U0DANA"])
    slack.deactivate("U0SAM")
    assert not slack.outbox.pending


def test_a_restart_keeps_who_left_and_who_is_in_which_group(tmp_path: Path) -> None:
    before = LocalSlack(URL, journal=tmp_path / "journal.db")
    before.set_members("S0ITADM", ["U0DANA"])
    before.deactivate("U0SAM")
    before.deactivate("U0ALEX")
    before.reactivate("U0ALEX")
    before.close()
    after = LocalSlack(URL, journal=tmp_path / "journal.db").workspace
    assert after.usergroups["S0ITADM"].users == ("U0DANA",)
    assert [user.id for user in after.users.values() if user.deleted] == ["U0SAM"]


async def test_people_of_the_directory_are_found_by_their_address(client: AsyncWebClient) -> None:
    by_name = {person.name: person.email for person in directory.PEOPLE}
    for user, name in {
        "U0MARIA": "Maria Lopez",
        "U0INGRID": "Ingrid Berg",
        "U0PETER": "Peter Novak",
        "U0RAVI": "Ravi Menon",
    }.items():
        assert (await client.users_lookupByEmail(email=by_name[name]))["user"]["id"] == user


async def test_a_permalink_begins_with_the_workspaces_address(slack: LocalSlack, client: AsyncWebClient) -> None:
    root = await slack.say("U0ALEX", "C0IT", "help")
    reply = str((await client.chat_postMessage(channel="C0IT", thread_ts=root, text="here"))["ts"])
    url = (await client.auth_test())["url"]
    plain = await client.chat_getPermalink(channel="C0IT", message_ts=root)
    assert plain["permalink"] == f"{url}archives/C0IT/p{root.replace('.', '')}"
    inside = await client.chat_getPermalink(channel="C0IT", message_ts=reply)
    assert inside["permalink"] == f"{url}archives/C0IT/p{reply.replace('.', '')}?thread_ts={root}&cid=C0IT"
    only = (await client.chat_postEphemeral(channel="C0IT", user="U0ALEX", text="psst"))["message_ts"]
    for channel, ts, code in (("C0IT", only, "message_not_found"), ("C0NONE", root, "channel_not_found")):
        assert (await refused(client, "chat.getPermalink", channel=channel, message_ts=ts))["error"] == code
