"""Modals and App Home: what Slack accepts in them, what people can enter, and what the app hears of it."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.web.async_client import AsyncWebClient
from starlette.responses import JSONResponse

from bot.playground import LocalSlack
from bot.playground.entries import REQUIRED, entered, problems
from bot.playground.errors import Unseen
from bot.playground.gestures import TROUBLE
from bot.playground.messages import with_block_ids
from tests.playground.app import App, Clock
from tests.playground.test_interactions import pressed
from tests.playground.test_web_api import actions, button, refused, section

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(value: str) -> Json:
    return {"text": plain(value.title()), "value": value}


def asks(block_id: str, kind: str, **more: Any) -> Json:
    """An input block; `optional` is about the block, all else about its element."""
    block = {"optional": more.pop("optional")} if "optional" in more else {}
    element = {"type": kind, "action_id": "it", **more}
    return {"type": "input", "block_id": block_id, "label": plain(block_id), "element": element, **block}


def modal(*blocks: Json, **more: Any) -> Json:
    return {"type": "modal", "title": plain("Edit"), "submit": plain("Save"), "blocks": list(blocks), **more}


HOURS = asks("hours", "number_input", is_decimal_allowed=False, min_value="1", max_value="8", initial_value="8")
GROUP = asks("group", "static_select", options=[option("vpn"), option("mail")], initial_option=option("vpn"))
FLAGS = asks("flags", "checkboxes", options=[option("tell"), option("log")], optional=True)
NOTE = asks("note", "plain_text_input", multiline=True, max_length=20, initial_value="none", optional=True)
EDIT = modal(HOURS, GROUP, FLAGS, NOTE)


async def opened(slack: LocalSlack, app: App, client: AsyncWebClient, view: Json) -> str:
    """The id of the view, open for Dana."""
    trigger = (await pressed(slack, app, client))["trigger_id"]
    return str((await client.views_open(trigger_id=trigger, view=view))["view"]["id"])


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (HOURS | {"element": {"type": "number_input"}}, "missing required field: is_decimal_allowed"),
        (asks("x", "number_input", is_decimal_allowed=False, min_value=1), "must be a string"),
        (asks("x", "number_input", is_decimal_allowed=False, min_value="one"), "must be a number"),
        (asks("x", "number_input", is_decimal_allowed=False, min_value="2", max_value="1"), "min_value must not be"),
        (asks("x", "number_input", is_decimal_allowed=False, initial_value="1.5"), "must be a whole number"),
        (asks("x", "number_input", is_decimal_allowed=True, max_value="1", initial_value="2"), "initial_value must be"),
        (asks("x", "static_select", options=[]), "must contain at least 1 items"),
        (asks("x", "static_select", options=[option("a")] * 101), "no more than 100 items allowed"),
        (asks("x", "static_select", options=[option("a")], initial_option=option("b")), "must exactly match one"),
        (asks("x", "static_select", options=[{"text": plain("x" * 76), "value": "a"}]), "less than 76 characters"),
        (asks("x", "static_select", options=[{"text": plain("x"), "value": "x" * 151}]), "less than 151 characters"),
        (asks("x", "checkboxes", options=[option("a")] * 11), "no more than 10 items allowed"),
        (asks("x", "checkboxes", options=[option("a")], initial_options=[option("b")]), "must exactly match one"),
        (asks("x", "plain_text_input", max_length=3001), "must be between 1 and 3000"),
        (asks("x", "plain_text_input", max_length="20"), "must be an integer"),
        (asks("x", "plain_text_input", min_length=9, max_length=8), "min_length must not be greater"),
        (asks("x", "plain_text_input", initial_value="x" * 3001), "less than 3001 characters"),
        (asks("x", "button", text=plain("x")), "unsupported type: button"),
        (asks("x", "plain_text_input", hint=plain("x")), "invalid additional property: hint"),
    ],
)
async def test_wrong_inputs_are_pointed_at(client: AsyncWebClient, block: Json, message: str) -> None:
    answer = await refused(client, "views.open", trigger_id="any", view=modal(block))
    assert answer["error"] == "invalid_arguments"
    assert message in answer["response_metadata"]["messages"][0]
    assert "[json-pointer:/view/blocks/0/element" in answer["response_metadata"]["messages"][0]


async def test_a_view_is_at_most_250_kb(client: AsyncWebClient) -> None:
    large = modal(*(section("x" * 3_000) for _ in range(90)))
    assert (await refused(client, "views.open", trigger_id="any", view=large))["error"] == "view_too_large"


async def test_all_that_a_view_may_hold_opens_and_what_nobody_touched_is_submitted(
    slack: LocalSlack, app: App, client: AsyncWebClient
) -> None:
    shown = [
        {"type": "header", "text": plain("Edit")},
        section("*One*"),
        {"type": "divider"},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "x"}]},
        actions(button("all")),
    ]
    view_id = await opened(slack, app, client, modal(*shown, *EDIT["blocks"]))
    assert await slack.submit("U0DANA", view_id, {}) is None
    assert app.payloads()[-1]["view"]["state"]["values"] == {
        "hours": {"it": {"type": "number_input", "value": "8"}},
        "group": {"it": {"type": "static_select", "selected_option": option("vpn")}},
        "flags": {"it": {"type": "checkboxes", "selected_options": []}},
        "note": {"it": {"type": "plain_text_input", "value": "none"}},
    }


async def test_every_kind_of_value_is_submitted_as_slack_tells_it(
    slack: LocalSlack, app: App, client: AsyncWebClient
) -> None:
    view_id = await opened(slack, app, client, EDIT)
    given = {"hours": 4, "group": "mail", "flags": ["log", "tell"], "note": {"it": ""}}
    assert await slack.submit("U0DANA", view_id, given) is None
    values = app.payloads()[-1]["view"]["state"]["values"]
    assert values["hours"]["it"]["value"] == "4"
    assert values["group"]["it"]["selected_option"] == option("mail")
    assert values["flags"]["it"]["selected_options"] == [option("log"), option("tell")]
    assert values["note"]["it"]["value"] is None


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"hours": ""}, {"hours": REQUIRED}),
        ({"hours": "four"}, {"hours": "Please enter a number."}),
        ({"hours": "NaN"}, {"hours": "Please enter a number."}),
        ({"hours": "1.5"}, {"hours": "Please enter a whole number."}),
        ({"hours": 0}, {"hours": "Please enter 1 or more."}),
        ({"hours": "9"}, {"hours": "Please enter 8 or less."}),
        (
            {"group": None, "note": "x" * 21},
            {"group": REQUIRED, "note": "Please shorten this to 20 characters or fewer."},
        ),
    ],
)
async def test_what_slacks_client_refuses_never_reaches_the_app(
    slack: LocalSlack, app: App, client: AsyncWebClient, given: Json, errors: Json
) -> None:
    view_id = await opened(slack, app, client, EDIT)
    seen = len(app.requests)
    assert await slack.submit("U0DANA", view_id, given) == errors
    assert len(app.requests) == seen


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**20), 10**20))
def test_a_number_is_taken_exactly_where_it_is_whole_and_within_its_bounds(number: float) -> None:
    blocks = with_block_ids([HOURS]) or []
    state = entered(blocks, {}, {"hours": number})
    taken = not problems(blocks, state)
    assert taken == (math.isfinite(number) and number == int(number) and 1 <= number <= 8)


@pytest.mark.parametrize("given", [{"nowhere": "x"}, {"group": "payroll"}, {"flags": ["payroll"]}])
async def test_what_the_view_does_not_offer_cannot_be_entered(
    slack: LocalSlack, app: App, client: AsyncWebClient, given: Json
) -> None:
    view_id = await opened(slack, app, client, EDIT)
    with pytest.raises(Unseen):
        await slack.submit("U0DANA", view_id, given)


@pytest.mark.parametrize("errors", [{"nowhere": "x"}, {"text": "x"}, {}, {"hours": 7}, None])
async def test_errors_must_name_input_blocks(
    slack: LocalSlack, app: App, client: AsyncWebClient, errors: object
) -> None:
    view_id = await opened(slack, app, client, modal({**section("x"), "block_id": "text"}, HOURS))
    app.answers = [JSONResponse({"response_action": "errors", "errors": errors})]
    assert await slack.submit("U0DANA", view_id, {}) == TROUBLE
    assert len(slack.views("U0DANA")) == 1


async def test_a_button_in_a_modal_tells_what_is_filled_in_around_it(
    slack: LocalSlack, app: App, client: AsyncWebClient
) -> None:
    view_id = await opened(slack, app, client, modal(HOURS, actions(button("all", value="r1"))))
    assert await slack.click_view("U0DANA", view_id, "all", values={"hours": 3}) == 200
    payload = app.payloads()[-1]
    assert (payload["type"], payload["container"]) == ("block_actions", {"type": "view", "view_id": view_id})
    assert payload["actions"][0]["value"] == "r1"
    assert payload["view"]["state"]["values"]["hours"]["it"]["value"] == "3"
    assert "response_url" not in payload
    await client.views_update(view_id=view_id, hash=payload["view"]["hash"], view=modal(section("all"), HOURS))
    assert await slack.submit("U0DANA", view_id, {}) is None
    assert app.payloads()[-1]["view"]["state"]["values"]["hours"]["it"]["value"] == "3"


async def test_an_input_tells_nothing_before_it_is_submitted_unless_it_dispatches(
    slack: LocalSlack, app: App, client: AsyncWebClient
) -> None:
    silent = await opened(slack, app, client, modal(GROUP))
    with pytest.raises(Unseen):
        await slack.click_view("U0DANA", silent, "it", value="mail")
    telling = await opened(slack, app, client, modal(GROUP | {"dispatch_action": True}))
    await slack.click_view("U0DANA", telling, "it", value="mail")
    payload = app.payloads()[-1]
    assert payload["actions"][0]["selected_option"] == option("mail")
    assert payload["view"]["state"]["values"]["group"]["it"]["selected_option"] == option("mail")


async def test_a_button_in_a_modal_pushes_another_within_three_seconds(
    slack: LocalSlack, app: App, client: AsyncWebClient, clock: Clock
) -> None:
    view_id = await opened(slack, app, client, modal(HOURS, actions(button("all"))))
    await slack.click_view("U0DANA", view_id, "all")
    trigger = app.payloads()[-1]["trigger_id"]
    await client.views_push(trigger_id=trigger, view=modal(NOTE))
    assert [view.previous_view_id for view in slack.views("U0DANA")] == [None, view_id]
    await slack.click_view("U0DANA", view_id, "all")
    clock.pass_(3.1)
    late = await refused(client, "views.push", trigger_id=app.payloads()[-1]["trigger_id"], view=modal(NOTE))
    assert late["error"] == "expired_trigger_id"


async def test_an_external_id_is_unique_while_its_view_is_open(
    slack: LocalSlack, app: App, client: AsyncWebClient
) -> None:
    view_id = await opened(slack, app, client, modal(HOURS, external_id="r1"))
    trigger = (await pressed(slack, app, client, "U0OMAR"))["trigger_id"]
    again = await refused(client, "views.open", trigger_id=trigger, view=modal(NOTE, external_id="r1"))
    assert again["error"] == "duplicate_external_id"
    both = await refused(client, "views.update", view_id=view_id, external_id="r1", view=modal(NOTE))
    assert both["response_metadata"]["messages"] == ["[ERROR] Cannot provide both `view_id` and `external_id`"]
    assert (await refused(client, "views.update", external_id="r2", view=modal(NOTE)))["error"] == "not_found"
    await client.views_update(external_id="r1", view=modal(NOTE, external_id="r1"))
    await slack.close_view("U0DANA", view_id)
    trigger = (await pressed(slack, app, client, "U0OMAR"))["trigger_id"]
    await client.views_open(trigger_id=trigger, view=modal(NOTE, external_id="r1"))


async def test_a_view_that_clears_on_close_closes_the_whole_stack(
    slack: LocalSlack, app: App, client: AsyncWebClient
) -> None:
    below = await opened(slack, app, client, modal(HOURS, actions(button("all")), notify_on_close=True))
    await slack.click_view("U0DANA", below, "all")
    top = modal(NOTE, clear_on_close=True, notify_on_close=True)
    pushed = await client.views_push(trigger_id=app.payloads()[-1]["trigger_id"], view=top)
    await slack.close_view("U0DANA", pushed["view"]["id"])
    assert slack.views("U0DANA") == []
    assert [(each["type"], each["is_cleared"]) for each in app.payloads()[-2:]] == [("view_closed", True)] * 2


async def test_a_view_without_submit_cannot_be_submitted(slack: LocalSlack, app: App, client: AsyncWebClient) -> None:
    view_id = await opened(slack, app, client, {"type": "modal", "title": plain("All"), "blocks": [section("x")]})
    with pytest.raises(Unseen):
        await slack.submit("U0DANA", view_id, {})


async def test_a_button_of_the_home_opens_a_modal_and_the_home_is_replaced(
    slack: LocalSlack, app: App, client: AsyncWebClient
) -> None:
    await client.views_publish(user_id="U0DANA", view={"type": "home", "blocks": [actions(button("freeze"))]})
    home = slack.home("U0DANA")
    assert home
    await slack.click_view("U0DANA", home.id, "freeze")
    payload = app.payloads()[-1]
    assert (payload["view"]["type"], payload["container"]["type"]) == ("home", "view")
    await client.views_open(trigger_id=payload["trigger_id"], view=modal(NOTE))
    stale = await client.views_publish(user_id="U0DANA", view={"type": "home", "blocks": [section("frozen")]})
    assert stale["view"]["id"] == home.id
    answer = await refused(
        client, "views.publish", user_id="U0DANA", hash=home.hash, view={"type": "home", "blocks": []}
    )
    assert answer["error"] == "hash_conflict"
