"""Sentences that decisions are told in, to people and to the model. One place, so that tone and facts stay in step."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import assert_never

from bot.core.budget import Used
from bot.core.items import ModelFailed, Request
from bot.core.thread import Ask

#: how a sentence begins that tells the model what to do
_ORDER = re.compile(r"Tell the person|Tell them|Do not |Answer |Use what|Correct them|Make them")

# to the person who clicked

UNKNOWN_REQUEST = "This request is closed. Nothing was changed."
NOT_YOURS = "Only the person who asked can withdraw this request. Nothing was changed."
NOT_APPROVER = "You are not one of the approvers of this request. Nothing was changed."
OLD_VERSION = "The arguments changed since this card was made. Please look at the newest card; nothing was counted."
VOTED = "You have already approved this request; it takes somebody else as well."

SAME_PERSON = (
    "You cannot decide this request: in the directory you are one of the people it is about or who led to it. "
    "Somebody else has to; nothing was changed."
)
NO_CODE = "This approval needs a code of your authenticator. Press Approve again and enter it; nothing was counted."
NOT_VERIFIED = (
    "Approving this needs an answer first: choose above the buttons how you made sure, outside of Slack, that the "
    "person wants it. Nothing was counted."
)
PRESSED_LONG_AGO = "You pressed this more than an hour ago, while I was not there. Please look again, and press again."
FROZEN_VOTE = (
    "Everything that changes something stands still just now. Approve it when it goes on; nothing was counted."
)
NOTHING_TO_UNDO = "There is nothing here that I could take back. Nothing was changed."
UNDONE = "This was taken back already. Nothing was changed."
UNDO_ASKED = "Somebody asked to take this back already; it waits for its own approval."


# to the person who stopped us, and about it

NOT_YOUR_TURN = "I am working for somebody else here, and only they can stop me. Nothing was changed."
NOTHING_TO_STOP = "There is nothing here that I could stop."
STOPPED = "Stopped."


def not_edited(reason: str) -> str:
    """Why the edited arguments are not taken."""
    why = reason.removeprefix("Not run: ")
    return f"Not changed: {why[:1].lower()}{why[1:]}"


def barred(request: Request, actor: str) -> str:
    """Why somebody involved cannot decide."""
    if actor == request.requester:
        role = "you asked for it"
    elif request.subject and actor == request.subject.slack_user:
        role = "it is about you"
    elif actor == request.edited_by:
        role = "you changed its arguments"
    else:
        role = "your messages were part of what led to it"
    return f"You cannot decide this request because {role}. Somebody else has to; nothing was changed."


def already_closed(ask: Ask) -> str:
    """Who ended the request, and when."""
    assert ask.close
    assert ask.closed_at
    by = f" by <@{ask.close.by}>" if ask.close.by else ""
    at = f"{ask.closed_at:%-d %b %Y at %H:%M} UTC"
    return f"This request was already {ask.close.verdict}{by} on {at}. Nothing was changed."


# to somebody at a command line

NOBODY_ASKS = "Not run: the policy wants an approval for it, and nobody in Slack asks for it. Say in whose name: --for"
NO_SUCH_COLLEAGUE = "Not run: in whose name it was asked is no active member of this workspace."


# to the model, as the output of a call

NOT_RUN_STOPPED = "Not run: the person stopped me before it could start. Do not run it unless they ask again."
STOPPED_RUNNING = "The person stopped me while this ran. Do not run it again unless they ask."
TURN_ENDED = "Not run: this turn has no steps left. Answer with what you have."
REPEATED = "Not run: you asked for exactly this twice already. Use what you have, try something else, or answer."
TOOL_GONE = "what it asked for is no longer offered"
CHANGED = "Not run: what it rests on changed again after it was approved. It has to be asked for again."
SUBJECT_LEFT = "Not run: the person it touches is no longer active in Slack."
OTHER_TOOL = "Not run: the tool takes other arguments now than when it was approved. It has to be asked for again."
FROZEN = "Not run: an approver has stopped everything that changes something. Tell the person to ask again later."
NOT_ENROLLED = (
    "Not run: its approval needs codes of authenticators, and not enough approvers have one. "
    "Tell the person that IT has to enroll approvers first."
)
DENIED_BEFORE = (
    "Not run: the same thing was denied within the last hour, and nobody has asked again since. "
    "Tell the person; do not ask for it in other words."
)
TOO_LATE = "Not run: it could not start within an hour of its approval. It has to be asked for again."
NOT_LOOKED_UP = (
    "Not run: whom it touches or who may approve it could not be looked up. Tell the person to try again later."
)
TOO_LONG_TO_SHOW = "Not run: approvers must see all arguments, and these are too long for a card. Make them shorter."
NOBODY_LEFT = (
    "Not run: not enough people are left who may approve it. Approvers must be somebody else than the requester, the "
    "person it touches, and everybody who wrote in this thread. Tell the person to ask IT to name more approvers, "
    "or to ask again in a direct message."
)

VISITOR = (
    "Not run: the person is from another company, or an app, and may use only what is of low risk. "
    "Tell them to ask a colleague of this workspace."
)


def too_many_open(limit: int) -> str:
    return (
        f"Not run: the person has {limit} open requests, which is the limit. "
        "Tell them to wait for a decision or to withdraw one."
    )


def unknown_tool(names: Iterable[str]) -> str:
    return f"Not run: there is no such tool. The tools are: {', '.join(names)}."


def bad_arguments(error: Exception) -> str:
    return f"Not run: the arguments do not fit. {error}. Correct them or answer without."


def for_people(reason: str) -> str:
    """What people read of a sentence that is meant for the model: no orders to it."""
    kept = [each for each in re.split(r"(?<=[.!?]) ", reason.removeprefix("Not run: ")) if not _ORDER.match(each)]
    text = " ".join(kept)
    return text[:1].upper() + text[1:]


# why an approved request is asked anew, on its card

OTHER_NOW = "whom or what it touches changed after it was approved"
VOTER_LOST = "somebody who approved it is no longer an approver"
STRICTER_NOW = "more is required for it now than when it was approved"

# to the person who froze or unfroze

NO_SWITCH = "Only approvers can stop and resume what I do. Nothing was changed."
FROZEN_ALREADY = "Everything above low risk stands still already."
NOT_FROZEN = "Nothing stands still just now, so there is nothing to resume."
SOMEBODY_ELSE = "You have already said that I may go on; it takes another approver as well."

# to people, in the thread

OUT_OF_STEPS = (
    "I stopped here: this took more steps than I may take for one message. Tell me which part to go on with, "
    "or ask me to hand it to a human."
)


def out_of_steps(decided: Iterable[Ask]) -> str:
    """The end of a turn that has no steps left, with what became of its requests meanwhile."""
    told = [
        f"Your request for `{ask.request.tool}` was {ask.close.verdict}; its card says more."
        for ask in decided
        if ask.close
    ]
    return "\n".join(told) or OUT_OF_STEPS


def gave_up(tool: str) -> str:
    return f"I stopped here because {tool} did not work. Please try again later, or ask me to hand it to a human."


def failed(failure: ModelFailed | None) -> str:
    """How the end of a turn without a model is told; without a failure a model is left that refused earlier."""
    match failure.why if failure else "rejected":
        case "unavailable":
            return "I could not answer: the language model was not reachable for 30 minutes. Please ask me again."
        case "rejected":
            return "I could not answer: the language model refuses my requests. Please tell IT and try later."
        case "empty" | "stopped":
            return "I have no answer to that. Please say it in other words, or ask me to hand it to a human."
        case never:
            assert_never(never)


FLAGGED_QUESTION = (
    "I cannot help with that here. If it is about your work, please say it in other words, or ask me for a human."
)
FLAGGED_ANSWER = "My answer was held back by a check of its content. Please ask in other words, or ask me for a human."

AUTHOR_UNKNOWN = "I could not look you up in Slack, so I cannot work for you just now. Please try again later."
CLICK_UNKNOWN = "I could not look you up just now, so nothing was counted. Please press again in a minute."
START_UNKNOWN = "Not run: what the approval rests on could not be looked up again. It has to be asked for again."
FAULT = (
    "I could not answer because of a fault of mine. IT finds it in my log. Please ask again in other words, "
    "or contact IT directly."
)

LINK_LOST = (
    "The one-time link could not be delivered to the person it is for, so nobody has it. Please make sure that they "
    "can get direct messages from me, and ask again."
)


def not_lately(tool: str, seconds: int) -> str:
    """To the model, and on cards: the system behind a tool is left alone for a while."""
    return f"Not run: {tool} has not worked lately; try again in {seconds} s."


MODEL_DOWN = "The language model is not answering just now. I keep trying and will answer here as soon as it is back."
BUSY = "I am still at your other questions, and will answer this one after them. You need not ask again."


_ASKED = {"user": "You have", "workspace": "People of this workspace have", "token": "This token of the API has"}
_SPENT = {
    "user": "You have used up what one person",
    "workspace": "This workspace has used up what it",
    "token": "This token of the API has used up what it",
}


def over_budget(used: Used) -> str:
    """Why a turn is not taken, and when one will be."""
    budget = used.budget
    if budget.unit == "turns":
        why = f"{_ASKED[budget.of]} asked me {budget.limit} things within an hour, which is my limit."
    else:
        why = f"{_SPENT[budget.of]} may spend on me in a {budget.per}."
    again = f"I can work for you again from {moment(used.until)} ({used.until:%-d %b, %H:%M} UTC)."
    return f"{why} {again} If it cannot wait, please contact IT directly."


def moment(at: datetime) -> str:
    """The time in the reader's own zone, UTC where Slack cannot tell it."""
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} at {{time}}|{at:%-d %b %Y, %H:%M} UTC>"


NOT_A_COLLEAGUE = "I only help people of this workspace."

# why a file was not read, to its sender and to the model

FILE_KIND = "I read text files and pictures (PNG, JPEG, GIF, WebP) only. Please paste the part that matters."
FILE_ELSEWHERE = "It is not kept in this workspace. Please upload it here."
FILE_GONE = "It is not there any more."
FILE_NOT_GIVEN = "Slack did not give it to me. Please send it again."
NO_TEXT = "It is no text, whatever its name says."
NO_PICTURE = "It is no PNG, JPEG, GIF or WebP picture, whatever its name says."
NO_SIGHT = "The language model I work with cannot see pictures. Please tell me in words what it shows."
PICTURES_FULL = "I have as many pictures of this thread before me as I can. Please start a new thread for more."


def file_too_large(limit: int) -> str:
    """`limit` in bytes."""
    size = f"{limit // 1024} KB" if limit < 1024 * 1024 else f"{limit // (1024 * 1024)} MB"
    return f"It is larger than {size}, which is my limit. Please send a smaller part of it."


def too_many_pictures(limit: int) -> str:
    return f"I look at no more than {limit} pictures in one message."
