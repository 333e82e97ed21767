"""What came of a run: each case, and how it was run. Values."""

from dataclasses import dataclass
from typing import Literal

from bot.eval.case import Case
from bot.eval.play import Played

Mode = Literal["live", "record", "replay"]


@dataclass(frozen=True, slots=True)
class Result:
    """A case that was played."""

    case: Case
    played: Played
    #: requests to the model, and their tokens in and out
    requests: int
    tokens: tuple[int, int]
    model: str

    @property
    def passed(self) -> bool:
        return not self.played.problems


@dataclass(frozen=True, slots=True)
class Run:
    """All cases, by name."""

    results: tuple[Result, ...]
    mode: Mode
    #: the version that led
    prompt: str
    #: the offline demo model, because no model is configured
    offline: bool

    @property
    def passed(self) -> int:
        return sum(each.passed for each in self.results)

    @property
    def models(self) -> str:
        """Whom the words are of."""
        return ", ".join(sorted({each.model for each in self.results})) or "nobody"

    def told(self) -> str:
        """By whom and how, in a sentence."""
        match self.mode:
            case "replay":
                return f"Replayed from recordings of {self.models}, prompt {self.prompt}; no model was asked."
            case _ if self.offline:
                return (
                    f"Prompt: {self.prompt}. Model: {self.models}, the small offline stand-in, because neither "
                    "OPENAI_API_KEY nor OPENAI_BASE_URL is set. It shows what the product enforces, and little "
                    "about a real model."
                )
        return f"Prompt: {self.prompt}. Model: {self.models}."

    def summary(self) -> str:
        """How many passed, in a sentence."""
        failed = [each.case.name for each in self.results if not each.passed]
        ending = f" Failed: {', '.join(failed)}." if failed else ""
        return f"{self.passed} of {len(self.results)} cases passed.{ending}"
