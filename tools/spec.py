"""What a tool is: a typed async function with a docstring, made callable by a model through `@tool`.

Positional parameters are the model's arguments; keyword-only parameters are what the tool needs
(a backend, the `Context`) and are handed in by their type. Promise: nothing runs on arguments that do not fit
the schema exactly.
"""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Any, Protocol

from pydantic import BaseModel, SecretStr, ValidationError

from tools.arguments import arguments_model, explain, strict_schema

#: the pattern of a text with at least one character that can be seen
VISIBLE = r"[^\s\p{Cc}\p{Cf}]"

#: for so long another process may not see what was changed, seconds
MAX_CACHED_S = 60


class Risk(StrEnum):
    """How much harm a call can do; the policy decides what each tier requires."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class OnFailure(Enum):
    """What a failed attempt does to the turn."""

    #: the same call is attempted again (3 attempts in all), then as SKIP
    RETRY = "retry"
    #: the model is told and goes on without the result
    SKIP = "skip"
    #: the turn ends and the person is told
    GIVE_UP = "give_up"


class TryAgain(Exception):
    """The model asked for something impossible; the message tells it what to correct."""


class ToolFailed(Exception):
    """The system behind a tool did not do its part; the message is a sentence for people."""


class NotPossible(ToolFailed):
    """The system behind a tool works, but this cannot be done; the message is a sentence for people."""


class OutcomeUnknown(Exception):
    """The call began and nobody can say what came of it; the message is a sentence for people."""


class BadArguments(Exception):
    """Arguments that break the tool's schema; the message names fields, never values."""


class Requests(Protocol):
    """The approval requests of the conversation a tool is called in."""

    def status(self, request: int) -> str:
        """One sentence on request number `request`. Raises TryAgain for an unknown number."""

    def withdraw(self, request: int) -> str:
        """Withdraw the requester's own open request. Raises TryAgain where it is not theirs or not open."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a long result, how many there are, and who wrote it, as in Untrusted; `authors` None: it is trusted."""

    text: str
    number: int
    of: int
    authors: tuple[str, ...] | None
    speakers: tuple[str, ...] = ()


class Results(Protocol):
    """What calls of this conversation gave, as far as the person who asks made them."""

    def part(self, result: int, number: int) -> Part:
        """Part `number`, from 1, of what call `result` gave. Raises TryAgain where there is none for them."""


class Sight(Protocol):
    """What of others the policy lets somebody see, and so a tool show them in a direct message. Raises ToolFailed."""

    async def person(self, person: str) -> bool:
        """The private fields of the person with this directory id."""

    async def tickets(self) -> bool:
        """Everybody's tickets, to read and to work on."""


@dataclass(frozen=True, slots=True)
class OnlyOwn:
    """Nobody sees anything of others."""

    async def person(self, _: str) -> bool:
        return False

    async def tickets(self) -> bool:
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """The thing a call touches, as its backend knows it now; what policy, card and approval rest on."""

    #: what it is, in a word: group, device
    kind: str
    #: never reused, whatever it is called
    id: str
    name: str
    #: it gives administrators' rights, by itself or by what it is nested in
    privileged: bool = False
    #: directory id of who answers for it and may be asked to approve
    owner: str | None = None
    #: directory id of the person who uses it, and so is touched by the call
    holder: str | None = None


class Resolves(Protocol):
    """A backend that knows the things a tool's `resource` argument names."""

    async def resolve(self, named: str) -> Resource | None:
        """The one thing of this name or id, or None. Raises ToolFailed."""


@dataclass(frozen=True, slots=True)
class Undo:
    """The call that takes another back: a tool, given these of the other call's arguments."""

    tool: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Untrusted:
    """A result with text that other people wrote: `authors` are their directory ids, as far as known; `speakers` are
    people as `Context.person` names them, in the directory or not."""

    value: object
    authors: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Who asks, and under which key a mutating call is done at most once."""

    #: directory id of the person who asks; None where nobody in the directory matches
    requester: str | None
    #: True in a direct message; elsewhere tools return public fields only
    private: bool
    #: always the same for who asks, and where they belong; empty where it is not known
    person: str = ""
    workspace: str = ""
    #: address of the thread the call is of, where others may open it
    thread: str | None = None
    #: whoever asks is nobody of ours: somebody of another company, or a bot
    visitor: bool = False
    #: the model had read text that nobody vouches for; and who wrote what it read, as in Untrusted
    tainted: bool = False
    authors: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()
    #: idempotency key: the same key never acts twice
    key: str
    #: aware UTC
    now: datetime
    requests: Requests
    results: Results
    sight: Sight = field(default_factory=OnlyOwn)
    #: a one-time secret made before the call, for tools that declare `sealed`; its reader gets it by DM
    secret: SecretStr | None = None
    #: the thing the call touches as it was approved, whatever is called so now
    resource: Resource | None = None
    #: the key of the call which alone is to be taken back: its time is over, or somebody wants it undone
    ends: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What is said of a tool, beside what its function says."""

    risk: Risk
    read_only: bool = False
    #: a second call with the same `Context.key` has no second effect; so with all that only reads
    idempotent: bool = False
    #: the argument that names the person the call touches
    subject: str | None = None
    #: the argument that names the thing the call touches, and the backend that resolves it
    resource: str | None = None
    resolved_by: type | None = None
    #: how to take it back, in words for the approver; None means irreversible (or read-only)
    undo: str | None = None
    #: the call that takes it back, where there is one
    undone_by: Undo | None = None
    #: the argument that says after how many hours the clock makes that call
    ends_after: str | None = None
    #: numbers an approver may lower without becoming an author of the call
    narrow: tuple[str, ...] = ()
    #: what it returns is made of typed fields of a trusted system, never of what people wrote
    trusted: bool = False
    #: for so many seconds the same call of the same person may get what it got, 60 at most; 0: never. What it returns
    #: depends on nothing but its arguments, its backends, and who asks where
    cached_s: float = 0
    timeout_s: float = 10
    on_failure: OnFailure = OnFailure.SKIP
    #: the call delivers a one-time secret to its subject
    sealed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool(Declared):
    """A function the model may call, with all that deciding about a call needs."""

    name: str
    description: str
    arguments: type[BaseModel]
    needs: Mapping[str, type]
    function: Callable[..., Awaitable[object]]
    #: JSON Schema of the arguments, as models take it
    schema: Mapping[str, Any]
    #: the schema is of the strict kind that models can be made to keep to
    strict: bool = True

    @property
    def takes_named(self) -> frozenset[str]:
        """The names of its arguments."""
        return frozenset(self.schema.get("properties", {}))

    def parse(self, arguments: str) -> BaseModel:
        """The validated arguments of a JSON text. Raises BadArguments."""
        try:
            return self.arguments.model_validate_json(arguments)
        except ValidationError as error:
            raise BadArguments(explain(error)) from None

    def takes(self, arguments: str) -> bool:
        """Whether the arguments of a JSON text fit."""
        try:
            self.parse(arguments)
        except BadArguments:
            return False
        return True

    async def call(self, arguments: BaseModel, has: Mapping[type, object]) -> object:
        """Run the function with what it needs from `has`; the caller sets the time limit."""
        given = {field: getattr(arguments, field) for field in type(arguments).model_fields}
        if arguments.model_extra is not None:
            # by a schema that is not ours, so their names are not ours either
            given["arguments"] = arguments.model_extra
        return await self.function(**given, **{name: has[kind] for name, kind in self.needs.items()})


class tool(Declared):  # noqa: N801 -- a decorator: @tool(risk=…)
    """Makes a Tool of a typed async function. Raises TypeError at import where the declaration does not add up."""

    def __call__(self, function: Callable[..., Awaitable[object]]) -> Tool:
        parameters = inspect.signature(function, eval_str=True).parameters.values()
        arguments = arguments_model(function.__name__, [p for p in parameters if p.kind is not p.KEYWORD_ONLY])
        declared: dict[str, Any] = {each.name: getattr(self, each.name) for each in fields(self)}
        made = Tool(
            **declared | {"idempotent": self.idempotent or self.read_only},
            name=function.__name__,
            description=inspect.getdoc(function) or "",
            arguments=arguments,
            needs=MappingProxyType({p.name: p.annotation for p in parameters if p.kind is p.KEYWORD_ONLY}),
            function=function,
            schema=MappingProxyType(strict_schema(arguments.model_json_schema())),
        )
        _check(made)
        return made


def menu(tools: Iterable[Tool], backends: Iterable[type]) -> Mapping[str, Tool]:
    """The tools whose backends are configured, by name. Raises ValueError where two tools share a name."""
    configured = {*backends, Context}
    named: dict[str, Tool] = {}
    for each in tools:
        if each.name in named:
            raise ValueError(f"two tools are named {each.name}")
        named[each.name] = each
    return MappingProxyType({name: each for name, each in named.items() if configured.issuperset(each.needs.values())})


_NO_UNDO = Undo("", ())


def _check(made: Tool) -> None:
    if not made.description:
        raise TypeError(f"{made.name} needs a docstring: it is what the model reads")
    if made.read_only and (made.undo or made.risk is not Risk.LOW):
        raise TypeError(f"{made.name} is read-only: low risk, nothing to undo")
    if made.cached_s and not (made.read_only and 0 < made.cached_s <= MAX_CACHED_S):
        raise TypeError(f"{made.name} may be cached for up to {MAX_CACHED_S} seconds, and only if it is read-only")
    named = (made.subject, made.resource, made.ends_after, *made.narrow, *(made.undone_by or _NO_UNDO).arguments)
    for role in named:
        if role is not None and role not in made.arguments.model_fields:
            raise TypeError(f"{made.name} has no argument {role}")
    if (made.resource is None) is not (made.resolved_by is None):
        raise TypeError(f"{made.name} touches a thing and needs the backend that resolves it, or neither")
    if (made.undone_by and not made.undo) or (made.ends_after and not made.undone_by):
        raise TypeError(f"{made.name} says who undoes it and needs the words for it; what ends needs an undo")
    if made.sealed and not made.subject:
        raise TypeError(f"{made.name} delivers a secret and needs a subject to deliver it to")
    if made.on_failure is OnFailure.RETRY and not made.idempotent:
        raise TypeError(f"{made.name} may only be retried if it is idempotent")
