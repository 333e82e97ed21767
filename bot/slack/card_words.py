"""Words of cards and forms, and of the buttons beside them, as far as they stand alone.

What is composed of a request is composed where its place on the card is (card.py, parts.py, progress.py), and sentences
about one are in announce.py.
"""

# to whoever pressed

FORGED = "This button leads nowhere: there is no such request. Nothing was changed."
NOT_OPENED = "The form could not be opened. Please press again."
NOT_STORED = "That did not reach me because of a problem on my side. Please press again."

# forms

NO_REASON = "Please say why, in a few words."
OUTDATED = ":warning: The arguments changed since this card was made. Please look at the newest card."
NOTHING_DIFFERENT = "Nothing is different yet."
EDITING = "Earlier votes no longer count. The person and the thing it touches cannot be changed."

#: what the schema's own complaints are called for people, by pydantic's name of them
COMPLAINTS = {"string_pattern_mismatch": "This does not have the right form.", "missing": "This is needed."}

# the brake, and authenticators

TAKEN = {
    "freeze": "I stop: nothing above low risk starts from now on. To go on takes two different approvers.",
    "unfreeze": "Noted. I go on as soon as two different approvers have said so; App Home says how things stand.",
}
CONFIRMED = "Your authenticator counts from now on."
UNSURE = "Noted. If you are an approver it takes effect at once; App Home says how things stand."

# cards

VERDICTS = {
    "approved": ":white_check_mark: *Approved*",
    "denied": ":no_entry: *Denied*",
    "expired": ":hourglass: *Expired*: nobody decided in time, nothing was done",
    "withdrawn": ":wastebasket: *Withdrawn*",
    "void": ":warning: *Closed*, nothing was done",
}

#: of a call that broke off
UNKNOWN = "nobody can say whether it took effect. It is not repeated; please check by hand."

ROLES = {
    "requester.manager": "the requester's manager",
    "subject.manager": "the manager of the person it is about",
    "resource.owner": "the owner of what it touches",
}

STEP_UP = {
    "everybody": "Approving needs a code.",
    "enrolled": "Whoever has an authenticator is asked for its code.",
}

#: said on every card while the policy lets people approve what they ask for
OWN = ":warning: The policy lets people approve what they ask for (`allow_self_approval`)."

#: what the shipped tools read, in words of people; of others the name is shown
SOURCES = {
    "lookup_user": "the directory",
    "list_my_access": "names of groups",
    "search_kb": "articles",
    "get_ticket": "a ticket",
    "list_my_tickets": "tickets",
    "request_status": "an earlier request",
    "read_more": "more of what a tool returned",
    "recall": "what it was asked to remember",
}
