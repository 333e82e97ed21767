"""The language models that the settings name, loaded where they are used; without any the offline demo model."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from pydantic import SecretStr

from bot.config import ModelSettings, Settings, SeveralSettings, variable
from bot.errors import ConfigError
from bot.model.demo import DemoModel
from bot.model.port import Model, Several


@asynccontextmanager
async def models_of(settings: SeveralSettings, *, sees: bool = True) -> AsyncIterator[tuple[Model, Several]]:
    """The models the settings name, the one for most of the work before them; without any the offline demo model.

    Raises ConfigError for what is wrong in their file.
    """
    key, base_url = settings.openai_api_key, settings.openai_base_url
    if not (key or base_url or settings.helpdesk_models):
        yield DemoModel(), Several()
        return
    from bot import models_file  # noqa: PLC0415 -- half a second the demo does not need

    if settings.helpdesk_models:
        found = models_file.opened(*models_file.read(settings.helpdesk_models, variable))
    else:
        small = settings.helpdesk_small_model
        api, name = settings.helpdesk_model_api, settings.openai_model
        found = models_file.plain(key or SecretStr(""), base_url, api, name, small, sees=sees)
    async with found as each:
        yield each


@asynccontextmanager
async def model_of(settings: ModelSettings, pause: float = 0) -> AsyncIterator[Model]:
    """The model the settings name; where they name none the offline demo model, which speaks with that pause."""
    key, base_url = settings.openai_api_key, settings.openai_base_url
    if not key and not base_url:
        yield DemoModel(pause)
        return
    from bot import models_file  # noqa: PLC0415 -- half a second the demo does not need

    api, name = settings.helpdesk_model_api, settings.openai_model
    async with models_file.plain(key or SecretStr(""), base_url, api, name) as (model, _):
        yield model


@asynccontextmanager
async def moderated(settings: Settings, model: Model, several: Several) -> AsyncIterator[tuple[Model, Several]]:
    """The models, with a look at what goes in and what comes out where the settings want that.

    Raises ConfigError where nobody is there to look.
    """
    if (wanted := settings.helpdesk_moderation) == "off":
        yield model, several
        return
    if not (settings.openai_api_key or settings.helpdesk_moderation_url):
        raise ConfigError(
            f"HELPDESK_MODERATION={wanted} needs OPENAI_API_KEY, or HELPDESK_MODERATION_URL where a server of your own"
            " has a moderation endpoint and needs no key."
        )
    from bot.model.harm import ModerationEndpoint, Remembered  # noqa: PLC0415 -- as above
    from bot.model.moderation import Looks, ModeratedModel  # noqa: PLC0415
    from bot.model.request import openai_client  # noqa: PLC0415

    looks = Looks(
        into=wanted in ("in", "both"),
        out=wanted in ("out", "both"),
        fails_open=settings.helpdesk_moderation_fails == "open",
    )
    address = settings.helpdesk_moderation_url or settings.openai_base_url
    client = openai_client(settings.openai_api_key or SecretStr(""), address)
    try:
        endpoint = Remembered(ModerationEndpoint(client))
        served = {
            name: replace(each, model=ModeratedModel(each.model, endpoint, looks))
            for name, each in several.served.items()
        }
        yield ModeratedModel(model, endpoint, looks), replace(several, served=served)
    finally:
        await client.close()
