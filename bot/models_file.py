"""The file that names several language models; one model, or one with a smaller one beside it, is a file, too.

Promise: whatever is wrong in the file is told at once, with its line and the name of the field, and never a key.
"""

import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

from openai import AsyncOpenAI
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError

from bot.config.environment import Address
from bot.core.routing import ONE, Lineup, Offer, Role
from bot.errors import ConfigError
from bot.model.chat import ChatModel
from bot.model.plan import PlanModel
from bot.model.port import Model, Served, Several
from bot.model.request import openai_client
from bot.model.responses import ResponsesModel
from bot.policies.document import Unreadable, parse
from bot.policies.problems import Place, at, refusal, says

#: how a server may be spoken to, by the names that settings give it; each makes a model of its client and a name there
APIS: Mapping[str, Callable[[AsyncOpenAI, str], Model]] = MappingProxyType(
    {"responses": ResponsesModel, "chat": ChatModel, "plan": PlanModel}
)

#: gives what an environment variable holds
Variable = Callable[[str], SecretStr | None]

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def _api(value: str) -> str:
    if value not in APIS:
        raise ValueError(f"takes one of: {', '.join(APIS)}")
    return value


def _named(value: str) -> str:
    if not _VARIABLE.fullmatch(value):
        raise ValueError("takes the name of an environment variable, such as ${OPENAI_API_KEY}, and never a key")
    return value


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Provider(_Part):
    """A server with models; without `base_url` it is OpenAI's own, without `key` it needs none."""

    base_url: Address | None = None
    api: Annotated[str, AfterValidator(_api)] = "responses"
    key: Annotated[str, AfterValidator(_named)] | None = None


class Entry(_Part):
    """A model of one of the providers, by the name it has there; no two have the same."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    provider: str
    role: Role = "large"
    vision: bool = True
    #: tokens of a request
    context: Annotated[int, Field(ge=1_000)] | None = None


class ModelsFile(_Part):
    """What stands in the file."""

    providers: Annotated[dict[str, Provider], Field(min_length=1, max_length=20)]
    models: Annotated[list[Entry], Field(min_length=1, max_length=20)]
    fallback: list[str] = []
    attempts: Annotated[int, Field(ge=1, le=10)] = ONE.attempts

    @property
    def lineup(self) -> Lineup:
        if len(self.models) == 1:
            return ONE
        offers = (Offer(each.name, each.role, each.vision, each.context) for each in self.models)
        return Lineup(tuple(offers), tuple(self.fallback), self.attempts)


def read(path: Path, variable: Variable) -> tuple[ModelsFile, Mapping[str, SecretStr]]:
    """The file, and the keys of its providers. Raises ConfigError with all that is wrong, a line each."""
    try:
        value, lines = parse(path.read_text(encoding="utf-8-sig"))
        file = _file(value, lines)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"HELPDESK_MODELS cannot be read: {getattr(error, 'strerror', None) or 'no UTF-8'}") from None
    except Unreadable as error:
        raise refusal(path.name, error.problems) from None
    keys = {name: key for name, each in file.providers.items() if (key := _key(each, variable))}
    if wrong := [at(lines, place, told) for place, told in _between(file, keys)]:
        raise refusal(path.name, wrong)
    return file, keys


@asynccontextmanager
async def opened(file: ModelsFile, keys: Mapping[str, SecretStr]) -> AsyncIterator[tuple[Model, Several]]:
    """The models of the file, the first one of the large ones before them, as long as the block lasts."""
    async with AsyncExitStack() as stack:
        clients = {}
        for name, each in file.providers.items():
            clients[name] = openai_client(keys.get(name, SecretStr("")), each.base_url)
            stack.push_async_callback(clients[name].close)
        served = {
            each.name: Served(
                APIS[file.providers[each.provider].api](clients[each.provider], each.name), each.provider, each.vision
            )
            for each in file.models
        }
        first = min(file.models, key=lambda each: each.role != "large")
        yield served[first.name].model, Several(MappingProxyType(served), file.lineup)


@asynccontextmanager
async def plain(
    key: SecretStr, base_url: str | None, api: str, name: str, small: str | None = None, *, sees: bool = True
) -> AsyncIterator[tuple[Model, Several]]:
    """One model, or two of the same provider, of which each stands in for the other."""
    entries = [Entry(name=name, provider="model", vision=sees)]
    if small and small != name:
        entries.append(Entry(name=small, provider="model", role="small", vision=sees))
    provider = Provider(base_url=base_url, api=api)
    names = [each.name for each in entries]
    async with opened(
        ModelsFile(providers={"model": provider}, models=entries, fallback=names), {"model": key}
    ) as found:
        yield found


def _file(value: object, lines: Mapping[Place, int]) -> ModelsFile:
    try:
        return ModelsFile.model_validate(value)
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_context=False, include_url=False)
        raise Unreadable(*(at(lines, each["loc"], says(each["type"], each["msg"])) for each in wrong)) from None


def _key(provider: Provider, variable: Variable) -> SecretStr | None:
    named = _VARIABLE.fullmatch(provider.key or "")
    return variable(named[1]) if named else None


def _between(file: ModelsFile, keys: Mapping[str, SecretStr]) -> Iterator[tuple[Place, str]]:
    """What is wrong between the parts of the file, and with the keys it names."""
    for name, provider in file.providers.items():
        if provider.key and name not in keys:
            yield ("providers", name, "key"), "names an environment variable that is not set"
    several = {name for name, times in Counter(each.name for each in file.models).items() if times > 1}
    for number, each in enumerate(file.models):
        if each.provider not in file.providers:
            yield ("models", number, "provider"), "is none of the providers of this file"
        if each.name in several:
            yield ("models", number, "name"), "is the name of another model, too"
    for number, name in enumerate(file.fallback):
        if name not in {each.name for each in file.models}:
            yield ("fallback", number), "is none of the models of this file"
        if name in file.fallback[:number]:
            yield ("fallback", number), "stands in the list already"
