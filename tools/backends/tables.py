"""The tables of the embedded backends (SQLAlchemy Core); migrations are made from this metadata.

People, accounts, devices, tickets and articles are systems of their own, so no key crosses from one to another.
"""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
)

from tools.backends.columns import Text, Utc

#: every constraint has a name, because a migration can only change what it can name
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

people = Table(
    "people",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False, unique=True),
    Column("device", Text),
    Column("location", Text),
    Column("department", Text),
    Column("manager_id", Text, ForeignKey("people.id")),
    CheckConstraint("email = lower(email)", name="email_lower_case"),
)

people_groups = Table(
    "people_groups",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("privileged", Boolean, nullable=False),
    Column("owner_id", Text, ForeignKey("people.id")),
    sqlite_autoincrement=True,  # what was approved for one group must not fit another, whatever its name
)

#: members of the child are members of the parent
people_nesting = Table(
    "people_nesting",
    metadata,
    Column("child_number", Integer, ForeignKey("people_groups.number"), primary_key=True),
    Column("parent_number", Integer, ForeignKey("people_groups.number"), primary_key=True, index=True),
)

people_memberships = Table(
    "people_memberships",
    metadata,
    Column("person_id", Text, ForeignKey("people.id"), primary_key=True),
    Column("group_number", Integer, ForeignKey("people_groups.number"), primary_key=True, index=True),
    #: grants alone gave it, so it ends with the last of them
    Column("granted", Boolean, nullable=False, default=False),
)

#: who was given access and for how long; no keys to people and groups, because it outlives both
access_grants = Table(
    "access_grants",
    metadata,
    Column("key", Text, primary_key=True),
    Column("person_id", Text, nullable=False, index=True),
    Column("group_id", Text, nullable=False),
    Column("until", Utc),
    #: false: the person was a permanent member, so it holds nothing
    Column("added", Boolean, nullable=False),
    Column("granted_at", Utc, nullable=False),
    Column("ended_at", Utc),
    #: false: what it asks of a directory elsewhere was not yet seen to be so there
    Column("settled", Boolean, nullable=False, default=True),
)

access_revocations = Table(
    "access_revocations",
    metadata,
    Column("key", Text, primary_key=True),
    Column("person_id", Text, nullable=False),
    Column("group_id", Text, nullable=False),
    Column("was_member", Boolean, nullable=False),
    Column("at", Utc, nullable=False),
    #: as in access_grants
    Column("settled", Boolean, nullable=False, default=True),
)

devices = Table(
    "devices",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("model", Text, nullable=False),
    Column("person_id", Text, index=True),
    Column("last_seen", Utc),
    Column("wiped_at", Utc),
    Column("wipe_key", Text, unique=True),
    sqlite_autoincrement=True,  # the id of a device that is gone must not name another one
)

#: steps of the demo's seed that were taken; none is taken twice
seed_steps = Table("seed_steps", metadata, Column("step", Integer, primary_key=True, autoincrement=False))

accounts = Table(
    "accounts",
    metadata,
    Column("person_id", Text, primary_key=True),
    Column("locked", Boolean, nullable=False),
    Column("reset_hash", Text, unique=True),
    Column("reset_expires_at", Utc),
    Column("password_changed_at", Utc),
)

#: what was done to accounts and under which key; a key that is here is never acted on again
account_changes = Table(
    "account_changes",
    metadata,
    Column("key", Text, primary_key=True),
    Column("person_id", Text, ForeignKey("accounts.person_id"), nullable=False, index=True),
    Column("change", Text, nullable=False),
    Column("effective", Boolean, nullable=False),
    Column("at", Utc, nullable=False),
    CheckConstraint("change in ('unlock', 'reset_link')", name="change"),
)

#: one-time links for passwords that are on a server elsewhere
reset_links = Table(
    "reset_links",
    metadata,
    Column("key", Text, primary_key=True),
    Column("person_id", Text, nullable=False, index=True),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("expires_at", Utc, nullable=False),
    #: false: a newer one took its place, or it was used, as far as anybody knows
    Column("usable", Boolean, nullable=False),
)

#: who was unlocked on a server elsewhere
account_unlocks = Table(
    "account_unlocks",
    metadata,
    Column("key", Text, primary_key=True),
    Column("person_id", Text, nullable=False, index=True),
    Column("was_locked", Boolean, nullable=False),
    Column("at", Utc, nullable=False),
    #: as in access_grants
    Column("settled", Boolean, nullable=False, default=True),
)

tickets = Table(
    "tickets",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("requester", Text, index=True),
    Column("queue", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("priority", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("updated_at", Utc, nullable=False),
    Column("thread", Text),
    #: whose words may be in it, as JSON lists
    Column("authors", Text, nullable=False),
    Column("speakers", Text, nullable=False),
    CheckConstraint("queue in ('helpdesk', 'human')", name="queue"),
    CheckConstraint("priority in ('low', 'normal', 'high', 'urgent')", name="priority"),
    CheckConstraint("status in ('open', 'in_progress', 'resolved', 'closed')", name="status"),
    sqlite_autoincrement=True,  # a number that people have seen is never given to another ticket
)

#: the history of every ticket; its notes are the changes that carry one
ticket_changes = Table(
    "ticket_changes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("ticket_number", Integer, ForeignKey("tickets.number"), nullable=False, index=True),
    Column("author", Text),
    Column("status", Text),
    Column("priority", Text),
    Column("note", Text),
    Column("at", Utc, nullable=False),
    #: as in tickets
    Column("authors", Text, nullable=False),
    Column("speakers", Text, nullable=False),
)

#: who follows a ticket beside its requester; a person is a directory id
ticket_watchers = Table(
    "ticket_watchers",
    metadata,
    Column("ticket_number", Integer, ForeignKey("tickets.number"), primary_key=True),
    Column("person", Text, primary_key=True, index=True),
)

#: what was asked of a Request Tracker elsewhere; words are there only
rt_changes = Table(
    "rt_changes",
    metadata,
    #: SHA-256 of the key, in hex: it stands there, too
    Column("marker", Text, primary_key=True),
    Column("ticket", Integer, index=True),
    #: the last transaction of the ticket before
    Column("since", Integer, nullable=False),
    #: what was written
    Column("transaction_id", Integer, unique=True),
    Column("author", Text),
    #: false: it was not yet seen to be so there
    Column("settled", Boolean, nullable=False),
    Column("at", Utc, nullable=False),
    #: as in tickets
    Column("authors", Text, nullable=False),
    Column("speakers", Text, nullable=False),
)

#: what people wanted to be known of them the next time; dropping one erases it
memories = Table(
    "memories",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("workspace", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("fact", Text, nullable=False),
    #: other people's words may be in it; and who they are, as Memory says, each a JSON list
    Column("tainted", Boolean, nullable=False),
    Column("authors", Text, nullable=False),
    Column("speakers", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Index(None, "workspace", "person"),
    sqlite_autoincrement=True,  # a number that was forgotten must not name another memory
)

kb_articles = Table(
    "kb_articles",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("slug", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("tags", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("updated", Date, nullable=False),
    Column("body", Text, nullable=False),
    #: somebody answerable read it before it came in
    Column("reviewed", Boolean, nullable=False),
    Column("digest", Text, nullable=False),
)

#: the groups whose members may read an article; everybody may read one that has none
kb_audiences = Table(
    "kb_audiences",
    metadata,
    Column("article_id", Integer, ForeignKey("kb_articles.id"), primary_key=True),
    Column("audience", Text, primary_key=True),
    Index(None, "audience"),
)
