"""The APIs by which a language model can be asked, by the names that settings give them."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from openai import AsyncOpenAI

from bot.model.chat import ChatModel
from bot.model.plan import PlanModel
from bot.model.port import Model
from bot.model.request import openai_client
from bot.model.responses import ResponsesModel

__all__ = ["APIS", "openai_client"]

#: each makes a model of a server's client and the model's name there
APIS: Mapping[str, Callable[[AsyncOpenAI, str], Model]] = MappingProxyType(
    {"responses": ResponsesModel, "chat": ChatModel, "plan": PlanModel}
)
