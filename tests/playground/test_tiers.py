"""The local Slack takes no more calls than Slack's documented tiers, where that is switched on."""

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground import LocalSlack
from bot.playground.tiers import BURST
from tests.playground.app import Clock


async def refused(client: AsyncWebClient, method: str, **arguments: str) -> int:
    """The wait that Slack names, in seconds; 0 where it takes the call."""
    try:
        await client.api_call(method, json=arguments)
    except SlackApiError as error:
        return int(error.response.headers["Retry-After"]) if error.response.status_code == 429 else -1
    return 0


async def post(client: AsyncWebClient, channel: str) -> int:
    return await refused(client, "chat.postMessage", channel=channel, text="x")


async def test_a_channel_takes_a_burst_and_then_a_message_a_second(
    client: AsyncWebClient, slack: LocalSlack, clock: Clock
) -> None:
    slack.enforce_tiers()
    assert [await post(client, "C0IT") for _ in range(BURST + 2)] == [0] * BURST + [1, 1]
    assert await post(client, "C0GENERAL") == 0, "each channel for itself"
    clock.pass_(1)
    assert [await post(client, "C0IT") for _ in range(2)] == [0, 1]
    clock.pass_(60)
    assert [await post(client, "C0IT") for _ in range(BURST + 1)] == [0] * BURST + [1]
    assert len(slack.messages("C0IT")) == 2 * BURST + 1, "what is refused is not done"
    assert slack.limited == {"chat.postMessage": 4}


async def test_a_method_takes_its_tier_in_a_minute(client: AsyncWebClient, slack: LocalSlack, clock: Clock) -> None:
    slack.enforce_tiers({"users.info": 3, "chat.postMessage": 2})

    async def ask() -> int:
        return await refused(client, "users.info", user="U0ALEX")

    assert await ask() == 0
    clock.pass_(20)
    assert [await ask() for _ in range(3)] == [0, 0, 40]
    assert await refused(client, "users.list") == 0, "other methods go on, and what has no tier has no limit"
    clock.pass_(40)
    assert [await ask() for _ in range(2)] == [0, 20], "what was refused did not count"
    assert [await post(client, f"C0{name}") for name in ("IT", "GENERAL", "APPROVE")] == [0, 0, 60]


async def test_without_the_switch_any_number_is_taken(client: AsyncWebClient, slack: LocalSlack) -> None:
    assert {await post(client, "C0IT") for _ in range(5 * BURST)} == {0}
    assert not any(slack.limited.values())
