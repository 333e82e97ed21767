"""Sentences that people read in Slack, outside of cards. One place, so that tone and facts stay in step."""

# below an answer

SOLVED = "Solved?"
YES, NO = "Yes", "No"
HUMAN = "Get a human"

THANKS = "Thank you, that is noted."
SORRY = "Thank you, that is noted. I am sorry that this did not help: a person from IT can take over."
WANTED = "I pass this on to people in IT. The thread says when they were told."

# handing over

NOBODY_TOLD = ":warning: I could not make a ticket, so nobody in IT knows. Please contact IT directly."
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
    whom = by if by == author else f"{by} asks for a person for {author}"
    which = f" Ticket {ticket}." if ticket else " No ticket could be made."
    return f":raising_hand: {f'{whom} needs a person from IT' if by == author else whom}.{which}"


OWN_WORDS = "What they wrote last:"
AI_SUMMARY = ":robot_face: *Summary by the AI, nobody checked this:*"
DIRECT = "They wrote to me in a direct message, which nobody else can read. Please write to them."
