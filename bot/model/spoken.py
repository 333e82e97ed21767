"""A prompt's items in the form that APIs of messages take: what the model gave in one go is one message."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.core.exchange import Answered, Called, Opaque, Output, Picture, PromptItem, Said


@dataclass(slots=True)
class Spoken:
    """What the model wrote and called before anything came back."""

    text: str = ""
    calls: list[Called] = field(default_factory=list)
    #: of a call by its id: the provider's own item that stood right before it
    opaque: dict[str, Mapping[str, Any]] = field(default_factory=dict)


def grouped(model: str, given: Iterable[PromptItem]) -> Iterator[Said | Picture | Output | Spoken]:
    """The items in their order; of other models' own items nothing."""
    spoken, opaque = Spoken(), None
    for item in given:
        match item:
            case Said() | Picture() | Output():
                yield from _any(spoken)
                yield item
                spoken = Spoken()
            case Answered(text):
                if spoken.text and not spoken.calls:
                    yield spoken
                    spoken = Spoken()
                spoken.text = f"{spoken.text}\n\n{text}" if spoken.text else text
            case Called():
                spoken.calls.append(item)
                if opaque is not None:
                    spoken.opaque[item.call_id] = opaque
        opaque = item.item if isinstance(item, Opaque) and item.model == model else None
    yield from _any(spoken)


def _any(spoken: Spoken) -> Iterator[Spoken]:
    if spoken.text or spoken.calls:
        yield spoken
