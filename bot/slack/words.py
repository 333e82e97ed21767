"""Sentences that people read in Slack, outside of cards. One place, so that tone and facts stay in step."""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from datetime import timedelta

from bot.core.files import FileRead
from bot.core.sources import Source
from bot.slack.text import label, link

# below an answer

SOLVED = "Solved?"
YES, NO = "Yes", "No"
HUMAN = "Get a human"

THANKS = "Thank you, that is noted."
SORRY = "Thank you, that is noted. I am sorry that this did not help: a person from IT can take over."
WANTED = "I pass this on to people in IT, with what was asked and answered here. The thread says when they were told."


def looked_up(sources: Iterable[Source], trusted: AbstractSet[str]) -> str:
    """Below an answer that does not name what it rests on; an address is a link where it is trusted."""
    named = (link(each.url, label(each.title)) if each.url in trusted else label(each.title) for each in sources)
    return f":books: I read: {' · '.join(named)}"


# handing over

NOBODY_TOLD = ":warning: I could not make a ticket, so nobody in IT knows. Please contact IT directly."
UNTOLD = ":warning: I could not tell anybody in IT after all, so I go on here."
QUIET = "I stay quiet here until you mention me."


def told(ticket: str | None, group: str, *, quiet: bool) -> str:
    """In the thread, once people in IT were told; `group` is how they are called."""
    which = f" The ticket is {ticket}." if ticket else ""
    return f":raising_hand: A person from {group} has been told.{which}{f' {QUIET}' if quiet else ''}"


def queued(ticket: str) -> str:
    """In the thread, where the ticket alone tells people."""
    return f":raising_hand: Ticket {ticket} is in the queue that people in IT read first."


def needed(by: str, author: str, ticket: str | None) -> str:
    """Where people in IT read it: who needs them. Both are mentions."""
    who = f"{by} needs a person from IT" if by == author else f"{by} asks for a person for {author}"
    which = f"Ticket {ticket}." if ticket else "No ticket could be made."
    return f":raising_hand: {who}. {which}"


BRIEFING = "What they wrote, what was tried, and what the AI answered:"
TYPED = "What somebody wrote at a command line in their name:"
AI_SUMMARY = ":robot_face: *Summary by the AI, nobody checked this:*"
BY_API = "They asked through the API, with the token *{}*. Please write to them."
AT_TERMINAL = "It was asked for at a command line. Please write to them."
DIRECT = "They wrote to me in a direct message, which nobody else can read. Please write to them."

# /helpdesk

HELP = (
    "*/helpdesk tickets*: your open tickets, and those that you follow.\n"
    "*/helpdesk approvals*: what waits for your approval, and what you asked for.\n"
    "*/helpdesk freeze*: nothing above low risk starts any more. Any approver may do that.\n"
    "*/helpdesk unfreeze*: it goes on. That takes two different approvers.\n"
    "*/helpdesk authenticator*: confirm a new authenticator with its first code.\n"
    "*/helpdesk help*: this. For anything else mention me in a channel, or write me a direct message."
)


def no_such_command(typed: str) -> str:
    """What was typed is nothing that we know; `typed` is shown as it stands."""
    return f"I do not know “{typed}”. What I know:\n{HELP}"


# lists

WAITING, ASKED, TICKETS = "Waiting for me", "Asked by me", "My open tickets"
NOTHING_WAITS = "Nothing waits for you."
NOTHING_ASKED = "You asked for nothing that needs an approval in the last 7 days."
NO_TICKETS = "You have no open tickets."
MORE_TICKETS = "These are the newest ones; there are more."
NO_RECORD = "I do not know who you are in the directory, so I cannot find your tickets. Please ask IT."
NOT_NOW = "I cannot look that up just now. Please try again in a minute."


def more(left: int) -> str:
    """Behind a list that is cut."""
    return f"… and {left} more."


# App Home

MEMORIES = "What I remember of you"
NO_MEMORIES = "Nothing. Ask me to remember something, and it is here for you to delete."
FOREIGN = "Written while other people's words were read."
FORGET_ALL = "Forget all of it?", "What I remember of you is deleted for good."

TIPS = (
    "*Three tips*\n"
    "1. Say what you see, what you tried, and how urgent it is: one question, one thread.\n"
    "2. If somebody else wrote it, use *Ask helpdesk* in the menu of their message.\n"
    "3. If I do not help, press *Get a human* below my answer."
)
AI = ":robot_face: I am an AI and may be wrong. Please check what matters before you rely on it."


def stored(content: timedelta | None = None, decisions: timedelta | None = None) -> str:
    """What is kept, and how long after the last thing that happened in a conversation; None: until somebody decides."""
    lasts = min((each for each in (content, decisions) if each), default=None)
    until = f"goes {lasts.days} days after the last thing that happened there" if lasts else "until IT throws it away"
    proof = f"is kept for {decisions.days} days" if decisions else "is kept"
    return (
        ":floppy_disk: What you write and send to me and what I answer is kept in the helpdesk's own database, and the "
        f"language model that IT chose gets it. Pictures stay for 30 days at most; all else that was said {until}. Who "
        f"asked for and decided what, and when, {proof}, under your Slack id, as proof. "
        "Who runs that database can read it; approvers see what stands on their cards. Delete a message of yours here "
        "in Slack, and its words are erased there, too; my answers are not. To have all that is kept about you handed "
        "to you, or erased, ask IT: `helpdesk privacy` does both. The messages here in Slack are not erased by that."
    )


DEMO = ":test_tube: This is a trial: its people, groups and devices are made up."

# asking about a message

ABOUT_THIS = "You ask about this message:"
WORDLESS = "_(a message without text)_"
QUESTION = "Your question"
QUESTION_HINT = "I answer in your direct messages with me. The other person is not told."
NO_QUESTION = "Please write your question."
AN_APP, A_DIRECT_MESSAGE = "an app", "a direct message"


def asks(who: str) -> str:
    """What begins the conversation; `who` is a mention."""
    return f"{who} asks:"


def about(who: str, where: str, address: str) -> str:
    """Whose message it is about; `address` may be empty."""
    return f"About {link(address, 'a message') if address else 'a message'} by {who} in {where}:"


def asked_here(address: str) -> str:
    """In the form, once the question is taken; `address` may be empty."""
    there = link(address, "our direct messages") if address else "our direct messages"
    return f":speech_balloon: I am on it. The answer comes in {there}."


# while it works

#: behind our name, where a workspace has no agent sessions
THINKING = "is thinking…"


#: what people could ask, as buttons in their direct message with us; manifest.yml says the same to Slack
PROMPTS = (
    {"title": "My Wi-Fi is down", "message": "My laptop will not connect to wifi."},
    {"title": "I am locked out", "message": "My account is locked, can you unlock it?"},
    {"title": "Open a ticket", "message": "Please open a ticket for my broken keyboard."},
    {"title": "Talk to a person", "message": "I would like to talk to a person in IT."},
)


# who else reads it

#: in a thread that other companies read, too
SHARED = "I answer by direct message here, because other companies read this channel."

#: to whoever calls us where we do not work
NOT_HERE = "I do not work in this channel. Please write me a direct message, or ask in a channel where IT helps."


def in_reply(address: str, channel: str) -> str:
    """Above an answer that stands somewhere else than its question."""
    return f"To {link(address, 'what you asked')} in <#{channel}>"


# installing it

#: where something arrives from a workspace that we have no token for
NOT_INSTALLED = "The helpdesk is not installed in this workspace any more. Please ask IT to install it again."

# the pages that whoever installs it sees at the end: a title, and a sentence

INSTALLED = (
    "The helpdesk is installed",
    "You can close this page. Mention it in a channel, or write it a direct message.",
)
NOT_ALLOWED = "Not for this workspace", "This helpdesk does not serve your workspace, so nothing was installed."
ANOTHER_TEAM = (
    "Another workspace has it already",
    "A workspace of your organisation has this helpdesk. Please install it for the whole organisation instead.",
)
ROTATING = (
    "Not installed",
    "Token rotation is on for this Slack app. Please turn it off under OAuth & Permissions, and install it again.",
)
CANCELLED = "Not installed", "You did not agree, so nothing was changed."
STALE = "Please begin again", "This page was opened too late, twice, or in another browser than the one you began in."
NOT_INSTALLED_NOW = "That did not work", "Slack or the helpdesk did not answer. Please try it again in a moment."

# files


def not_read(files: Iterable[FileRead]) -> Iterator[str]:
    """For each file that was not read, which it is and why."""
    for file in files:
        if file.content == "refused":
            yield f":paperclip: I could not read “{label(file.name)}”. {file.reason}"
