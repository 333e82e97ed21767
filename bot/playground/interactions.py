"""What Slack posts when a person uses something: payloads of block_actions, views, shortcuts and commands."""

from collections.abc import Sequence
from typing import Any

from bot.playground.entries import entered
from bot.playground.errors import Unseen
from bot.playground.messages import Json, Message, elements
from bot.playground.seed import APP_ID, TEAM_ID, VERIFICATION, User
from bot.playground.views import View

_TEAM = {"id": TEAM_ID, "domain": "playground"}


def frame(kind: str, user: User) -> Json:
    """What all interaction payloads have in common."""
    person = {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team_id}
    app = {"api_app_id": APP_ID, "token": VERIFICATION}
    return {"type": kind, "user": person, "team": _TEAM, "enterprise": None, "is_enterprise_install": False} | app


#: what a press says beyond which element it was: a button's or an option's value, a text, the ticked options' values
Pressed = str | Sequence[str] | None


def action(blocks: list[Json] | None, action_id: str, value: Pressed, action_ts: str) -> Json:
    """The `actions` item for the element with this action_id, and with this value where several have it."""
    telling = [block for block in blocks or [] if block["type"] != "input" or block.get("dispatch_action")]
    for block_id, element in elements(telling):
        if element["action_id"] != action_id:
            continue
        chosen = _chosen(element, value)
        if chosen is not None:
            keys = {"type": element["type"], "action_id": action_id, "block_id": block_id, "action_ts": action_ts}
            return keys | chosen
    raise Unseen(f"no element {action_id!r}" + (f" with value {value!r}" if value is not None else ""))


def _chosen(element: Json, value: Pressed) -> Json | None:
    """What pressing this element says, or nothing if it cannot say `value`."""
    match element["type"]:
        case "static_select":
            options = [option for option in element["options"] if value in (None, option["value"])]
            return {"selected_option": options[0]} if options else None
        case "checkboxes":
            ticked = [option for option in element["options"] if option["value"] in (value or ())]
            return {"selected_options": ticked} if len(ticked) == len(value or ()) else None
        case "plain_text_input" | "number_input":
            return {"value": value}
        case "feedback_buttons":
            buttons = [element["positive_button"], element["negative_button"]]
            chosen = [button for button in buttons if value in (None, button["value"])]
            return {"text": chosen[0]["text"], "value": chosen[0]["value"]} if chosen else None
        case _ if value not in (None, element.get("value")):
            return None
    return {key: element[key] for key in ("text", "value", "style") if key in element}


def on_message(message: Message, channel_name: str, pressed: Json, values: Json | None = None) -> Json:
    """The part of block_actions that tells where: in a message, where `values` were chosen before. An ephemeral one is
    not sent back."""
    container = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": message.to is not None,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    where: Json = {"container": container, "channel": {"id": message.channel, "name": channel_name}}
    shown = {} if message.to else {"message": message.wire()}
    chosen = entered(message.blocks or [], {}, {**(values or {}), **_held(pressed)})
    return where | shown | {"actions": [pressed], "state": {"values": chosen}}


def on_view(view: View, pressed: Json) -> Json:
    """The part of block_actions that tells where: in a modal or App Home; what was chosen is in the view's state."""
    view.values = entered(view.payload["blocks"], view.values, _held(pressed))
    container = {"type": "view", "view_id": view.id}
    return {"container": container, "view": view.wire(), "actions": [pressed], "state": {"values": view.values}}


def _held(pressed: Json) -> Json:
    """What the pressed element holds from now on, as `entries.entered` takes it; a button holds nothing."""
    match pressed["type"]:
        case "static_select":
            held: Any = pressed["selected_option"]["value"]
        case "checkboxes":
            held = [option["value"] for option in pressed["selected_options"]]
        case "plain_text_input" | "number_input":
            held = pressed["value"]
        case _:
            return {}
    return {pressed["block_id"]: {pressed["action_id"]: held}}


def command(user: User, channel: str, channel_name: str, name: str, text: str) -> dict[str, str]:
    """The form fields of a slash command, without trigger_id and response_url."""
    return {
        "token": VERIFICATION,
        "team_id": TEAM_ID,
        "team_domain": "playground",
        "channel_id": channel,
        "channel_name": channel_name,
        "user_id": user.id,
        "user_name": user.name,
        "command": name,
        "text": text,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
    }
