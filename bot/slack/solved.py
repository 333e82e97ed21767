"""What stands below an answer: whether it helped, and a way to a person. Pure; feedback.py hears what is pressed.

Buttons name the turn that was answered. That is not to be trusted: anybody could send any name.
"""

import re
from dataclasses import dataclass
from typing import Literal

from bot.core import items
from bot.slack import blocks, words
from bot.slack.blocks import Block

#: a conversation and a turn, as `Answer` writes them
_VALUE = re.compile(r"(?:(good|bad) )?([A-Z0-9]{1,30}:[A-Z0-9]{1,30}:[0-9]{1,12}\.[0-9]{1,9})/([1-9][0-9]{0,8})")

#: block ids
SOLVED, FEEDBACK = "solved", "feedback"

Verdict = Literal["good", "bad"]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of a turn."""

    conversation: str
    turn: int

    def __str__(self) -> str:
        return f"{self.conversation}/{self.turn}"


def read(value: object) -> tuple[Answer, Verdict | None] | None:
    """Which answer a button names, and what it says about it; None for what we never wrote."""
    found = _VALUE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    verdict: Verdict | None = "good" if found[1] == "good" else "bad" if found[1] else None
    return Answer(found[2], int(found[3])), verdict


def is_final(output: items.ModelOutput) -> bool:
    """It is an answer, whole, and nothing follows by itself."""
    calls = any(isinstance(part, items.CallHere) for part in output.parts)
    return output.status == "complete" and bool(output.text) and not calls


def foot(answer: Answer) -> list[Block]:
    """The blocks below the answer."""
    choices = {
        "positive_button": _choice(words.YES, "good", answer),
        "negative_button": _choice(words.NO, "bad", answer),
    }
    voting = {"type": "feedback_buttons", "action_id": "feedback", **choices}
    return [
        {**blocks.section(words.SOLVED, human(answer)), "block_id": SOLVED},
        {"type": "context_actions", "block_id": FEEDBACK, "elements": [voting]},
    ]


def human(answer: Answer) -> Block:
    """The button that hands over."""
    return blocks.button(words.HUMAN, "human", str(answer))


def _choice(label: str, verdict: Verdict, answer: Answer) -> Block:
    return {"text": {"type": "plain_text", "text": label}, "value": f"{verdict} {answer}"}


def without_feedback(shown: list[Block]) -> list[Block]:
    """The blocks for a Slack that does not know all of them."""
    return [each for each in shown if each["type"] != "context_actions"]
