"""The manifests ask Slack for what the code uses, for all of it and for nothing else."""

import ast
import copy
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground import events
from bot.slack.install import RETURN, SCOPES
from bot.slack.words import PROMPTS
from tests.fakes.model import ScriptedModel
from tests.rig import helpdesk
from tests.slack.edge import Json, as_mention, door_of, rows, unheard

ROOT = Path(__file__).parents[2]
#: Slack publishes the schema; it is read where the variable says
SCHEMA = Path(os.environ.get("HELPDESK_SPECS_DIR", ""), "manifest.schema.2.0.0.json")

ADDRESS = "https://helpdesk.example.com"

HISTORY = frozenset({"channels:history", "groups:history", "im:history", "mpim:history"})

#: method → scopes of a bot token, from its page under https://docs.slack.dev/reference/methods/ (November 2026);
#: of the history scopes each kind of conversation needs its own
METHODS: dict[str, frozenset[str]] = {
    "agents.sessions.setStatus": frozenset({"assistant:write"}),
    "auth.revoke": frozenset(),
    "auth.teams.list": frozenset(),
    "apps.connections.open": frozenset(),  # Socket Mode: connections:write of the app-level token, not of the bot's
    "assistant.threads.setStatus": frozenset({"assistant:write"}),
    "assistant.threads.setSuggestedPrompts": frozenset({"assistant:write"}),
    "assistant.threads.setTitle": frozenset({"assistant:write"}),
    "auth.test": frozenset(),
    "chat.appendStream": frozenset({"chat:write"}),
    "chat.delete": frozenset({"chat:write"}),
    "chat.postEphemeral": frozenset({"chat:write"}),
    "chat.postMessage": frozenset({"chat:write"}),
    "chat.startStream": frozenset({"chat:write"}),
    "chat.stopStream": frozenset({"chat:write"}),
    "chat.update": frozenset({"chat:write"}),
    "conversations.history": HISTORY,
    "conversations.open": frozenset({"im:write"}),
    "conversations.replies": HISTORY,
    "files.info": frozenset({"files:read"}),
    "usergroups.users.list": frozenset({"usergroups:read"}),
    "users.info": frozenset({"users:read", "users:read.email"}),  # the second for `profile.email`
    "users.lookupByEmail": frozenset({"users:read.email", "users:read"}),  # the two are asked for together
    "views.open": frozenset(),
    "views.publish": frozenset(),
    "views.push": frozenset(),
}

#: event → scope, from its page under https://docs.slack.dev/reference/events/; None: it needs none
EVENTS = {
    "agent_session_stopped": None,
    "app_home_opened": None,
    "app_mention": "app_mentions:read",
    "app_uninstalled": None,
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "message.mpim": "mpim:history",
    "tokens_revoked": None,
    "user_change": "users:read",
}

#: feature → scope (https://docs.slack.dev/ai/agent-sessions, https://docs.slack.dev/interactivity/implementing-slash-commands)
FEATURES = {"agent_view": "assistant:write", "shortcuts": "commands", "slash_commands": "commands"}


@pytest.fixture(scope="module")
def manifest() -> Json:
    loaded: Json = yaml.safe_load((ROOT / "manifest.yml").read_text())
    return loaded


def used(*attributes: str) -> Iterator[ast.Call]:
    """The calls in bot/ of a method with one of these names."""
    for file in sorted((ROOT / "bot").rglob("*.py")):
        if "playground" not in file.parts:
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in attributes:
                    yield node


def methods_called() -> set[str]:
    """The Web API methods that the code calls."""
    known = [name for name in dir(AsyncWebClient) if "_" in name.strip("_") and name != "api_call"]
    return {node.func.attr.replace("_", ".") for node in used(*known) if isinstance(node.func, ast.Attribute)}


def events_heard() -> set[Any]:
    """The types of events that have a listener."""
    return {node.args[0].value for node in used("event") if node.args and isinstance(node.args[0], ast.Constant)}


@pytest.fixture(scope="module")
def by_http() -> Json:
    loaded: Json = yaml.safe_load((ROOT / "deploy" / "manifest.http.yml").read_text())
    return loaded


@pytest.mark.skipif(not SCHEMA.is_file(), reason="HELPDESK_SPECS_DIR names no folder with Slack's manifest schema")
def test_they_are_what_slack_calls_a_manifest(manifest: Json, by_http: Json) -> None:
    schema = json.loads(SCHEMA.read_text())
    jsonschema.validate(manifest, schema)
    jsonschema.validate(by_http, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(manifest | {"settings": {"socket_mode_enabled": "yes"}}, schema)


def test_by_http_it_is_the_same_app_with_addresses(manifest: Json, by_http: Json) -> None:
    same, door = copy.deepcopy(manifest), f"{ADDRESS}/slack/events"
    same["features"]["slash_commands"][0]["url"] = door
    same["oauth_config"]["redirect_urls"] = [ADDRESS + RETURN]
    same["settings"]["event_subscriptions"]["request_url"] = same["settings"]["interactivity"]["request_url"] = door
    same["settings"] |= {"socket_mode_enabled": False, "org_deploy_enabled": True}
    assert by_http == same


def test_an_installation_asks_for_the_scopes_of_the_manifest_and_for_tokens_that_stay(manifest: Json) -> None:
    assert list(SCOPES) == manifest["oauth_config"]["scopes"]["bot"]
    assert "user" not in manifest["oauth_config"]["scopes"]
    assert manifest["settings"]["token_rotation_enabled"] is False


def test_every_call_has_its_scope_and_every_scope_its_use(manifest: Json) -> None:
    assert methods_called() == set(METHODS), "the table of this test has a line for each method in use"
    needed = set().union(*METHODS.values())
    needed |= {scope for event in manifest["settings"]["event_subscriptions"]["bot_events"] if (scope := EVENTS[event])}
    needed |= {scope for feature, scope in FEATURES.items() if feature in manifest["features"]}
    scopes = manifest["oauth_config"]["scopes"]["bot"]
    assert set(scopes) == needed
    assert scopes == sorted(scopes)


def test_every_listener_has_its_events(manifest: Json) -> None:
    subscribed = manifest["settings"]["event_subscriptions"]["bot_events"]
    assert events_heard() == {event.partition(".")[0] for event in subscribed}
    assert set(subscribed) == set(EVENTS)


async def test_every_event_has_its_listener(tmp_path: Path, manifest: Json) -> None:
    async with helpdesk(tmp_path, ScriptedModel()) as desk, door_of(desk) as door:
        said = unheard(desk, "U0BOT", "hello")
        kinds = {"message.channels": "channel", "message.groups": "group", "message.im": "im", "message.mpim": "mpim"}
        samples = {name: said | {"channel_type": kind} for name, kind in kinds.items()} | {
            "app_mention": as_mention(said),
            "agent_session_stopped": events.stopped("U0GIL", "C0IT", said["ts"], said["ts"]),
            "app_home_opened": {"type": "app_home_opened", "user": "U0GIL", "channel": "D0GIL", "tab": "messages"},
            "app_uninstalled": {"type": "app_uninstalled"},
            "tokens_revoked": {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": ["U0BOT"]}},
            "user_change": {"type": "user_change", "user": {"id": "U0GIL", "deleted": False}},
        }
        for number, event in enumerate(manifest["settings"]["event_subscriptions"]["bot_events"]):
            other = {"user": "U0GIL", "bot_id": "B0OTHER"} if event.startswith(("message", "app_mention")) else {}
            assert await door.event(samples[event] | other, f"Ev{number}") == 200, event
        assert await door.event({"type": "reaction_added", "user": "U0ALEX"}, "Ev9") == 404, "nobody listens"
        assert await rows(desk, "inbox") == 0


def test_buttons_and_forms_reach_the_app_without_a_public_address(manifest: Json) -> None:
    settings = manifest["settings"]
    assert settings["interactivity"]["is_enabled"]
    assert settings["socket_mode_enabled"]
    assert "request_url" not in json.dumps(manifest), "an address of somebody else must never be left in"


def test_the_command_and_the_home_are_declared(manifest: Json) -> None:
    features = manifest["features"]
    assert features["app_home"]["home_tab_enabled"]
    commands = {node.args[0].value for node in used("command") if node.args and isinstance(node.args[0], ast.Constant)}
    assert {each["command"] for each in features["slash_commands"]} == commands == {"/helpdesk"}


def test_the_shortcut_is_declared(manifest: Json) -> None:
    heard = {node.args[0].value for node in used("message_shortcut") if isinstance(node.args[0], ast.Constant)}
    declared = manifest["features"]["shortcuts"]
    assert {(each["type"], each["callback_id"]) for each in declared} == {("message", each) for each in heard}
    assert heard == {"ask_helpdesk"}


def test_people_can_write_to_it_and_see_what_to_ask(manifest: Json) -> None:
    features = manifest["features"]
    assert features["app_home"]["messages_tab_enabled"]
    assert not features["app_home"]["messages_tab_read_only_enabled"]
    assert len(features["agent_view"]["agent_description"]) <= 300
    assert 0 < len(features["agent_view"]["suggested_prompts"]) <= 4
    assert features["agent_view"]["suggested_prompts"] == list(PROMPTS), "what is shown later is what was shown first"
