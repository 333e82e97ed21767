"""The demo's dialogs with a model behind each API: the same thread, whichever way the model is spoken to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from bot.api.serving import serving
from bot.config import ModelSettings
from bot.model.port import Model
from bot.models import model_of
from bot.models_file import APIS
from tests.fakes.openai import OpenAI
from tests.rig import helpdesk

each_api = pytest.mark.parametrize("api", APIS)


@asynccontextmanager
async def model_by(api: str) -> AsyncIterator[tuple[Model, OpenAI]]:
    """The model that settings with this API name, and its server."""
    server = OpenAI()
    async with serving(Starlette(routes=server.routes()), "127.0.0.1", 0) as port:
        settings = ModelSettings.model_validate(
            {
                "openai_api_key": SecretStr("none"),
                "openai_base_url": f"http://127.0.0.1:{port}/v1",
                "openai_model": "demo",
                "helpdesk_model_api": api,
            }
        )
        async with model_of(settings) as model:
            assert type(model) is APIS[api]
            yield model, server


@each_api
async def test_wifi_is_answered_for_the_person_and_the_follow_up_uses_what_was_said(tmp_path: Path, api: str) -> None:
    async with model_by(api) as (model, _), helpdesk(tmp_path, model) as desk:
        thread = await desk.say("U0ALEX", "I am user U-123 and my laptop will not connect to wifi.")
        await desk.settle()
        await desk.say("U0ALEX", "What about my VPN, is that part of the same fix?", thread)
        await desk.settle()

        _, answer, _, follow_up = desk.transcript(thread)
        assert "MacBook Pro M3 in London" in answer
        assert "separate fix" in follow_up
        started = [item.tool for item in await desk.items(thread) if item.kind == "tool_start"]
        assert sorted(started[:2]) == ["lookup_user", "search_kb"]


@each_api
async def test_a_wifi_search_beside_a_reset_is_answered_and_the_late_result_is_told(tmp_path: Path, api: str) -> None:
    async with model_by(api) as (model, server), helpdesk(tmp_path, model) as desk:
        thread = await desk.say("U0ALEX", "My wifi is down, and reset the password of U-456.")
        await desk.settle()
        assert "Wi-Fi does not connect" in str(desk.transcript(thread))
        await desk.click("U0DANA", desk.card(thread), "approve")
        await desk.settle()
        assert "goes to U-456 by direct message" in desk.transcript(thread)[-1]
        (link,) = [each for each in desk.slack.messages("D0SAM") if "?token=" in str(each.blocks)]
        token = str(link.blocks).split("token=")[1].split("\\n")[0]
    assert token not in str(server.bodies)
    assert len(server.bodies) == 3
