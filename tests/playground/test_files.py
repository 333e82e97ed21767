"""Files in the local Slack: as strict as Slack's about who is told of them and who gets them."""

import base64
from collections.abc import AsyncIterator

import httpx2
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground import LocalSlack
from bot.playground.files import MAX_UPLOAD
from tests.playground.app import App

NOTE = ("note.txt", "text/plain", b"disk full")


@pytest.fixture
async def http(slack: LocalSlack, client: AsyncWebClient) -> AsyncIterator[httpx2.AsyncClient]:
    del client  # it serves the page
    async with httpx2.AsyncClient(base_url=slack.base_url, trust_env=False) as browser:
        yield browser


async def test_a_message_with_files_is_told_as_slack_tells_it(slack: LocalSlack, app: App) -> None:
    await slack.say("U0ALEX", "C0IT", "<@U0BOT> look", None, [NOTE])
    await slack.wait_for(lambda: len(app.events()) == 2)
    (mention,), (message,) = app.events("app_mention"), app.events("message")
    assert (message["subtype"], "subtype" in mention) == ("file_share", False)
    (file,) = message["files"]
    assert mention["files"] == [file]
    assert (file["name"], file["size"], file["mode"], file["is_external"]) == ("note.txt", 9, "hosted", False)


async def test_the_app_is_told_of_files_where_it_is_and_gets_them_by_its_token(
    slack: LocalSlack, client: AsyncWebClient, http: httpx2.AsyncClient
) -> None:
    await slack.say("U0ALEX", "C0IT", "look", None, [NOTE])
    (file,) = slack.workspace.files.values()
    told = (await client.files_info(file=file.id))["file"]
    address = told["url_private_download"]
    given = await http.get(address, headers={"Authorization": f"Bearer {slack.token}"})
    assert (given.status_code, given.content, given.headers["content-type"][:10]) == (200, b"disk full", "text/plain")
    for headers in ({}, {"Authorization": "Bearer xoxb-other"}):
        refused = await http.get(address, headers=headers)
        assert (refused.status_code, refused.headers["location"][:30]) == (302, "https://playground.slack.com/?")
    gone = await http.get(f"{slack.base_url}/files-pri/T0DEMO-F0/download/x", headers=dict(given.request.headers))
    assert gone.status_code == 404


async def test_of_what_is_not_there_nothing_is_told(client: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError, match="file_not_found"):
        await client.files_info(file="F0")


async def test_the_page_sends_files_and_shows_them_to_who_sees_the_channel(
    http: httpx2.AsyncClient,
) -> None:
    file = {"name": "a.svg", "type": "image/svg+xml", "content": base64.b64encode(b"<svg/>").decode()}
    said = {"user": "U0DANA", "channel": "C0APPROVE", "text": "", "files": [file]}
    assert (await http.post("/page/say", json=said)).json()["ok"]
    state = (await http.get("/page/state?user=U0DANA")).json()
    (message,) = next(each for each in state["channels"] if each["id"] == "C0APPROVE")["messages"]
    shown = await http.get(f"/page/file/{message['files'][0]['id']}?user=U0DANA")
    assert (shown.content, shown.headers["content-type"][:10]) == (b"<svg/>", "text/plain")
    assert "sandbox" in shown.headers["content-security-policy"]
    assert (await http.get(f"/page/file/{message['files'][0]['id']}?user=U0GIL")).status_code == 404


@pytest.mark.parametrize(
    "files",
    [
        [{"name": "a", "type": "", "content": base64.b64encode(b"x" * (MAX_UPLOAD + 1)).decode()}],
        [{"name": "a", "type": "", "content": "not base64"}],
        [{"name": "a", "type": "", "content": ""}] * 11,
    ],
    ids=["too large", "not base64", "too many"],
)
async def test_the_page_is_told_what_it_cannot_send(
    slack: LocalSlack, http: httpx2.AsyncClient, files: list[dict[str, str]]
) -> None:
    answer = await http.post("/page/say", json={"user": "U0ALEX", "channel": "C0IT", "text": "", "files": files})
    assert (answer.status_code, answer.json()["ok"]) == (400, False)
    assert slack.messages("C0IT") == []
