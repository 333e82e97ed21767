"""What is exchanged with a language model, whichever it is: a prompt out, a reply in. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Said:
    """What a person wrote, or what stands in a `file` that they sent."""

    text: str
    file: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that a person sent; its bytes come in right before a request. None: they cannot be shown."""

    name: str
    mimetype: str
    sha256: str
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Answered:
    """What the model itself wrote to people earlier."""

    text: str


@dataclass(frozen=True, slots=True)
class Opaque:
    """A provider's own item (encrypted reasoning), only ever sent back unchanged to the model that made it."""

    model: str
    item: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Called:
    """A call the model made; `call_id` is ours, `arguments` the JSON text it gave."""

    call_id: str
    tool: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Output:
    """What came of the call `call_id`; there is exactly one for each Called, directly behind it or its batch."""

    call_id: str
    text: str


PromptItem = Said | Picture | Answered | Opaque | Called | Output


@dataclass(frozen=True, slots=True)
class Function:
    """A tool as the model sees it; `parameters` is a JSON Schema, of the strict kind or not."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    strict: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    instructions: str
    items: tuple[PromptItem, ...]
    functions: tuple[Function, ...]
    #: False: the functions stay listed (prompt cache) but none may be called, an answer is due
    may_call: bool = True
    #: tokens the answer may have, thoughts included; None: as many as the model gives
    max_tokens: int | None = None
    #: a hash of the person, for the provider's abuse detection; never a name
    safety_identifier: str = ""
    #: requests that share a long prefix share this key
    cache_key: str = ""


@dataclass(frozen=True, slots=True)
class TextPart:
    text: str


@dataclass(frozen=True, slots=True)
class OpaquePart:
    item: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CallPart:
    """A function call the model asks for; nothing in it is checked yet."""

    tool: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one request; `cached` is the part of `input` served from the provider's cache."""

    input: int = 0
    cached: int = 0
    output: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the model gave back, its parts in its own order. `refused`: it declined, the text says how."""

    model: str
    parts: tuple[TextPart | OpaquePart | CallPart, ...]
    status: Literal["complete", "incomplete", "refused"] = "complete"
    usage: Usage = Usage()
    #: it is what the provider gave for the same prompt shortly before
    repeated: bool = False
