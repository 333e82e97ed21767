"""How the demo model reads and shows an article: its title with link and the steps that fit a device."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.model.demo import phrases
from bot.model.demo.record import Deed, first, mappings

#: sections and steps in one shown; the article holds the rest
_MAX_SECTIONS = 4
_MAX_STEPS = 6
#: characters of running text shown where an article has no steps
_MAX_TEXT = 500

_HEADING = re.compile(r"^#{1,6}\s+(.+)")
#: a line of bold text alone says for which device the next lines are
_DEVICE = re.compile(r"^\*\*([^*]+)\*\*:?$")
_STEP = re.compile(r"^\s*(?:\d+[.)]|[-*])\s+(.+)")
_NO_FIX = re.compile(r"\bask\b|\bcontact\b|\?$", re.IGNORECASE)
_NUMBERED = re.compile(r"^\d+[.)]\s*")
_UNTELLING = {"not", "no", "will", "need", "new", "in", "since", "any", "get", "do", "doe", "open", "work", "down"}
_FAMILIES = {
    "mac": re.compile(r"\b(?:mac|macos|macbook|imac)\b", re.IGNORECASE),
    "windows": re.compile(r"\b(?:windows|thinkpad|surface|latitude|elitebook|dell)\b", re.IGNORECASE),
    "ios": re.compile(r"\b(?:iphone|ipad|ios)\b", re.IGNORECASE),
    "android": re.compile(r"\b(?:android|pixel|galaxy)\b", re.IGNORECASE),
}


@dataclass(slots=True)
class _Section:
    heading: str = ""
    steps: list[str] = field(default_factory=list)
    prose: list[str] = field(default_factory=list)


def best(search: Deed) -> Mapping[str, Any] | None:
    """The first article found that is about a word of the query; None where none is.

    A full-text search also finds articles that merely contain a word like "broken".
    """
    telling = _telling(str(search.arguments.get("query", "")))
    return next((each for each in _found(search) if not telling or telling & _about(each)), None)


def _found(search: Deed) -> list[Mapping[str, Any]]:
    return mappings(search.result.get("articles")) if isinstance(search.result, Mapping) else []


def title(article: Mapping[str, Any]) -> str:
    return first(article, "title") or "an article"


def shown(article: Mapping[str, Any], device: str) -> str:
    """The article in Markdown: title, link where there is one, steps for `device` ("" where it is not known)."""
    link = first(article, "url")
    head = f"**[{title(article)}]({link})**" if link.startswith("http") else f"**{title(article)}**"
    sections = [text for each in _sections(article, device) if (text := _written(each))][:_MAX_SECTIONS]
    rest = first(article, "description", "snippet")[:_MAX_TEXT]
    return "\n\n".join([head, *(sections or filter(None, [rest]))])


def _telling(query: str) -> set[str]:
    return _words(phrases.TROUBLE.sub(" ", query)) - _UNTELLING


def _about(article: Mapping[str, Any]) -> set[str]:
    return _words(f"{first(article, 'title')} {first(article, 'description', 'snippet')}")


def _words(text: str) -> set[str]:
    """Its words as far as spelling and number do not matter: wifi for Wi-Fi, call for calls."""
    return {word.rstrip("s") for word in re.findall(r"[^\W_]{2,}", text.lower().replace("-", ""))}


def _written(section: _Section) -> str:
    """A section's steps; of a step that is a paragraph its first sentence; "" where it tells nothing to do."""
    if _NO_FIX.search(section.heading):
        return ""
    heading = [f"*{_NUMBERED.sub('', section.heading)}*"] if section.heading else []
    if section.steps:
        return "\n".join([*heading, *(f"{at}. {step}" for at, step in enumerate(section.steps[:_MAX_STEPS], 1))])
    prose = re.split(r"(?<=[.!])\s", " ".join(section.prose), maxsplit=1)[0]
    return "\n".join([*heading, prose]) if prose and _NUMBERED.match(section.heading) else ""


def _sections(article: Mapping[str, Any], device: str) -> list[_Section]:
    sections = [_Section()]
    for line in _fitting(first(article, "text", "snippet"), _families(device)):
        if found := _HEADING.match(line):
            sections.append(_Section(found[1].strip()))
        elif found := _DEVICE.match(line):
            sections.append(_Section(f"{sections[-1].heading.partition(' (')[0]} ({found[1]})"))
        elif sections[-1].steps and line.startswith(" "):
            sections[-1].steps[-1] += f" {line.strip().removeprefix('- ')}"
        elif found := _STEP.match(line):
            sections[-1].steps.append(found[1].strip())
        elif line.strip():
            sections[-1].prose.append(line.strip())
    return sections


def _fitting(text: str, device: set[str]) -> Iterator[str]:
    """The lines not meant for another family of devices, as the bold line or heading above them says."""
    marks = [mark[1] for line in text.splitlines() if (mark := _DEVICE.match(line) or _HEADING.match(line))]
    own = device & set().union(*map(_families, marks))
    under: set[str] = set()
    for line in text.splitlines():
        mark = _DEVICE.match(line)
        if mark or _HEADING.match(line):
            under = _families(line)
        if not own or not (mark or (under and not own & under)):
            yield line


def _families(text: str) -> set[str]:
    return {name for name, pattern in _FAMILIES.items() if pattern.search(text)}
