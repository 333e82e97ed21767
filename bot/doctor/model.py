"""The language models: each is asked one small question."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping

from bot.config import Settings
from bot.core.exchange import Prompt, Said
from bot.doctor.findings import Finding, good, warning, wrong
from bot.errors import ConfigError, ModelError
from bot.model import prices
from bot.model.port import Model
from bot.models import models_of

ABOUT = "model"

#: seconds that an answer may take
LIMIT = 30.0

QUESTION = Prompt(instructions="Answer with the word yes.", items=(Said("Are you there?"),), functions=())


async def look(settings: Settings) -> AsyncIterator[Finding]:
    """Whether each answers, and whether what it costs is known."""
    try:
        async with models_of(settings) as (model, several):
            asked: Mapping[str, Model] = {name: each.model for name, each in several.served.items()}
            priced = prices.load(settings.helpdesk_prices)
            for name, each in (asked or {model.name: model}).items():
                yield await _answers(name, each)
                if priced.of(name) is None:
                    why = "What it costs is not counted, so no budget in money can hold it."
                    yield warning(
                        ABOUT, f"{name} has no price.", why, "Name a file in HELPDESK_PRICES (docs/costs.md)."
                    )
    except ConfigError as error:
        yield wrong(ABOUT, str(error), "The bot does not start so.", "Mend the file that HELPDESK_MODELS names.")


async def _answers(name: str, model: Model) -> Finding:
    began = time.monotonic()
    why, fix = (
        "Without it nobody gets an answer.",
        "Check OPENAI_API_KEY, OPENAI_BASE_URL and OPENAI_MODEL (docs/models.md).",
    )
    try:
        async with asyncio.timeout(LIMIT):
            await model.reply(QUESTION)
    except TimeoutError:
        return wrong(ABOUT, f"{name} did not answer within {LIMIT:g} seconds.", why, fix)
    except ModelError as error:
        return wrong(ABOUT, f"{name} does not answer: {error}", why, fix)
    return good(ABOUT, f"{name} answered after {time.monotonic() - began:.1f} s.")
