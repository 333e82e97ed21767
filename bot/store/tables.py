"""All tables of the bot. Times are seconds since the epoch (UTC, float).

JSON is text, so that what was hashed is what is kept.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

METADATA = MetaData()

#: counted up by the database; SQLite counts only what it calls INTEGER, which has 64 bits there
_Counted = BigInteger().with_variant(Integer, "sqlite")


def _some(name: str, columns: tuple[str, ...], condition: str) -> Index:
    """An index that holds only rows of this condition, on either database."""
    return Index(name, *columns, sqlite_where=text(condition), postgresql_where=text(condition))


#: one row a conversation; `wake_at`: when there is something to do (0: at once; NULL: only when something arrives)
conversations = Table(
    "conversations",
    METADATA,
    Column("id", String, primary_key=True),
    Column("head", Integer, nullable=False),
    Column("head_hash", String, nullable=False),
    Column("wake_at", Float),
    #: items up to this one were purged, with this signature of who had the key; see docs/audit.md
    Column("purged_to", Integer, nullable=False, server_default="0"),
    Column("tombstone", String),
    #: content up to this item was erased, so nothing is computed from what stands there any more
    Column("erased_to", Integer, nullable=False, server_default="0"),
    Index("ix_conversations_wake_at", "wake_at"),
)

#: the log; the primary key is what makes two writers impossible. `nonce` hides erased content from guessing
log = Table(
    "log",
    METADATA,
    Column("conversation", String, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", Float, nullable=False),
    Column("kind", String, nullable=False),
    Column("turn", Integer),
    Column("call", Integer),
    Column("tool", String),
    Column("actor", String),
    Column("body", Text),
    Column("nonce", LargeBinary),
    Column("commitment", String, nullable=False),
    Column("prev_hash", String, nullable=False),
    Column("hash", String, nullable=False),
    _some("ix_log_pressed", ("actor",), "kind IN ('click', 'switch')"),
)

#: what arrived; a row stays as the proof that its key was seen, its body goes when it is admitted to the log
inbox = Table(
    "inbox",
    METADATA,
    Column("id", _Counted, primary_key=True, autoincrement=True),
    Column("key", String, nullable=False),
    Column("conversation", String, nullable=False),
    Column("sent_at", Float, nullable=False),
    Column("received_at", Float, nullable=False),
    #: a message that alone does not begin a conversation (a reply in a thread that nobody called us into)
    Column("needs_thread", Integer, nullable=False),
    Column("body", Text),
    UniqueConstraint("key", name="uq_inbox_key"),
    _some("ix_inbox_waiting", ("conversation",), "body IS NOT NULL"),
    _some("ix_inbox_admitted", ("received_at",), "body IS NULL"),
)

#: what Slack is to show, and what it shows; due where the digests differ
deliveries = Table(
    "deliveries",
    METADATA,
    Column("conversation", String, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("target", String, primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("created_at", Float, nullable=False),
    #: which process made the row, or took it over: only that one knows whether a post was ever tried
    Column("made_by", String, nullable=False),
    Column("content", Text),
    Column("wanted", String, nullable=False),
    Column("shown", String),
    Column("channel", String),
    Column("ts", String),
    Column("failed", String),
    #: when the stream was begun that it completes; NULL: none
    Column("streamed", Float),
    _some("ix_deliveries_due", ("conversation",), "due = 1"),
    Column("due", Integer, nullable=False),
)

#: every version of every approval request: what buttons lead to, and what lists show
requests = Table(
    "requests",
    METADATA,
    Column("id", String, primary_key=True),
    Column("conversation", String, nullable=False),
    Column("number", Integer, nullable=False),
    #: where the version stands in the log; version 1 stands at the number
    Column("seq", Integer, nullable=False, server_default="0"),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("tool", String, nullable=False),
    Column("requester", String, nullable=False),
    #: ids of the subject and the resource: what a denial of the same thing is found by
    Column("touches", String, nullable=False, server_default=""),
    #: Slack users who are asked, as a JSON list
    Column("approvers", Text, nullable=False, server_default="[]"),
    #: those who approved it, likewise
    Column("voted", Text, nullable=False, server_default="[]"),
    Column("opened_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
    #: `edited` for a version that another one took the place of; NULL while it is open
    Column("verdict", String),
    Column("closed_at", Float),
    Column("closed_by", String),
    Column("reason", Text),
    Index("ix_requests_number", "conversation", "number"),
    _some("ix_requests_open", ("requester", "opened_at"), "verdict IS NULL"),
    Index("ix_requests_requester", "requester", "opened_at"),
    Index("ix_requests_touches", "tool", "touches", "closed_at"),
)

#: one row a call above low risk that was started: what rules count
starts = Table(
    "starts",
    METADATA,
    Column("conversation", String, primary_key=True),
    Column("call", Integer, primary_key=True),
    Column("tool", String, nullable=False),
    Column("requester", String, nullable=False),
    Column("subject", String),
    Column("at", Float, nullable=False),
    Index("ix_starts_requester", "requester", "tool", "at"),
    Index("ix_starts_subject", "subject", "at"),
)

#: what the clock is to end, by the person (directory id) who was given it
endings = Table(
    "endings",
    METADATA,
    Column("conversation", String, primary_key=True),
    Column("call", Integer, primary_key=True),
    Column("person", String, nullable=False),
    Index("ix_endings_person", "person"),
)

#: how things are in the house: `freeze` (1 or 0), `frozen …` (the same, by house), `policy` (its digest), `prompts`
#: (what is rolled out), `alert …`
house = Table(
    "house",
    METADATA,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
    Column("actor", String),
    Column("at", Float, nullable=False),
)

#: the versions of the prompt that were ever rolled out; none is changed or deleted
prompts = Table(
    "prompts",
    METADATA,
    Column("version", String, primary_key=True),
    Column("text", Text, nullable=False),
    Column("added_at", Float, nullable=False),
)

#: which directory record a Slack user is; `disputed` where somebody else claims the record too, `pinned` by an admin
people_links = Table(
    "people_links",
    METADATA,
    Column("slack_user", String, primary_key=True),
    Column("record", String, nullable=False),
    Column("disputed", Integer, nullable=False),
    Column("pinned", Integer, nullable=False),
    Column("at", Float, nullable=False),
    Index("ix_people_links_record", "record"),
)

#: one row a turn, in the order they began: how many a person had, and which still run
turns = Table(
    "turns",
    METADATA,
    Column("id", _Counted, primary_key=True, autoincrement=True),
    Column("conversation", String, nullable=False),
    Column("turn", Integer, nullable=False),
    Column("tenant", String, nullable=False),
    Column("author", String, nullable=False),
    Column("started_at", Float, nullable=False),
    Column("running", Integer, nullable=False),
    #: 1: it was not taken, so it counts for nothing
    Column("refused", Integer, nullable=False),
    #: the tenant and the name of the API's token it came by
    Column("token", String),
    UniqueConstraint("conversation", "turn", name="uq_turns_conversation"),
    Index("ix_turns_author", "author", "started_at"),
    Index("ix_turns_tenant", "tenant", "started_at"),
    _some("ix_turns_token", ("token", "started_at"), "token IS NOT NULL"),
    _some("ix_turns_running", ("conversation",), "running = 1"),
)

#: requests to the model by tenant, UTC day, who asked (a Slack user), and model
usage = Table(
    "usage",
    METADATA,
    Column("tenant", String, primary_key=True),
    Column("day", String, primary_key=True),
    Column("principal", String, primary_key=True),
    Column("model", String, primary_key=True),
    #: version of the prompt; empty where there was no answer
    Column("prompt", String, primary_key=True),
    #: failed ones and repeated ones included
    Column("calls", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("repeated", Integer, nullable=False),
    Column("tokens_in", BigInteger, nullable=False),
    Column("tokens_cached", BigInteger, nullable=False),
    Column("tokens_out", BigInteger, nullable=False),
    #: micro-USD of what has a price, and how many requests took tokens that have none
    Column("cost", BigInteger, nullable=False),
    Column("unpriced", Integer, nullable=False),
    #: milliseconds, all together
    Column("ms", BigInteger, nullable=False),
)

#: attempts to run a tool that ended, likewise
tool_usage = Table(
    "tool_usage",
    METADATA,
    Column("tenant", String, primary_key=True),
    Column("day", String, primary_key=True),
    Column("principal", String, primary_key=True),
    Column("tool", String, primary_key=True),
    Column("calls", Integer, nullable=False),
    #: the system behind it did not do its part; nobody knows whether it did; nobody asked it
    Column("failed", Integer, nullable=False),
    Column("unknown", Integer, nullable=False),
    Column("cached", Integer, nullable=False),
    Column("ms", BigInteger, nullable=False),
)

#: one-time secrets, encrypted, until their reader has them
sealed = Table(
    "sealed",
    METADATA,
    Column("conversation", String, primary_key=True),
    Column("call", Integer, primary_key=True),
    Column("ciphertext", LargeBinary, nullable=False),
    Column("expires_at", Float, nullable=False),
    Index("ix_sealed_expires_at", "expires_at"),
)

#: pictures that people sent, by the message they came with; the log has only their SHA-256
attachments = Table(
    "attachments",
    METADATA,
    Column("conversation", String, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("sha256", String, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("at", Float, nullable=False),
    Index("ix_attachments_at", "at"),
)

#: one row an approver with an authenticator, or with one still to be confirmed
authenticators = Table(
    "authenticators",
    METADATA,
    Column("slack_user", String, primary_key=True),
    #: encrypted
    Column("seed", LargeBinary, nullable=False),
    Column("confirmed", Integer, nullable=False),
    #: the newest step whose code was taken; only later ones are
    Column("last_step", Integer, nullable=False),
    #: wrong codes in a row
    Column("failures", Integer, nullable=False),
    #: until then no code is looked at
    Column("locked_until", Float, nullable=False),
    Column("enrolled_at", Float, nullable=False),
)

#: which worker has which conversation; only where several work on one database
claims = Table(
    "claims",
    METADATA,
    Column("conversation", String, primary_key=True),
    Column("worker", String, nullable=False),
    Index("ix_claims_worker", "worker"),
)

#: one row a worker that runs, or did lately; times are the database's own
workers = Table(
    "workers",
    METADATA,
    Column("id", String, primary_key=True),
    Column("beat_at", Float, nullable=False),
)

#: how far the fold of a long conversation had come: made again from the log wherever it does not fit
snapshots = Table(
    "snapshots",
    METADATA,
    Column("conversation", String, primary_key=True),
    #: the thread behind this item
    Column("seq", Integer, nullable=False),
    #: that item's hash; with another one the snapshot is of another past
    Column("hash", String, nullable=False),
    #: of the code that made it
    Column("version", String, nullable=False),
    Column("body", Text, nullable=False),
)

#: until when Slack wants no more calls of a method; `channel` is empty where it counts them for the whole team
pauses = Table(
    "pauses",
    METADATA,
    Column("team", String, primary_key=True),
    Column("method", String, primary_key=True),
    Column("channel", String, primary_key=True),
    Column("until", Float, nullable=False),
)

#: messages that grow in Slack while the model speaks; a row is made before Slack is asked for one
streams = Table(
    "streams",
    METADATA,
    Column("id", _Counted, primary_key=True, autoincrement=True),
    Column("conversation", String, nullable=False),
    #: whose limits it counts for
    Column("team", String, nullable=False),
    #: NULL until Slack answered
    Column("ts", String),
    Column("started_at", Float, nullable=False),
    Column("made_by", String, nullable=False),
    #: 1 until a delivery takes its place, or nothing will
    Column("open", Integer, nullable=False),
    _some("ix_streams_open", ("conversation",), "open = 1"),
    Index("ix_streams_team", "team", "started_at"),
)

#: where the bot was installed by OAuth: one row a tenant
installations = Table(
    "installations",
    METADATA,
    Column("tenant", String, primary_key=True),
    #: NULL: in a whole organisation
    Column("team", String),
    #: encrypted: who we are there, and the token
    Column("sealed", LargeBinary, nullable=False),
    Column("installed_at", Float, nullable=False),
)

#: what installing began with and was used, each once; forgotten when it would be too old anyway
used_states = Table(
    "used_states",
    METADATA,
    #: SHA-256
    Column("digest", String, primary_key=True),
    Column("until", Float, nullable=False),
)

#: who left, as long as a system behind the tools may still remember something of them
leavers = Table(
    "leavers",
    METADATA,
    Column("tenant", String, primary_key=True),
    Column("slack_user", String, primary_key=True),
    Column("at", Float, nullable=False),
)

#: who may use the API; a token itself is nowhere
api_tokens = Table(
    "api_tokens",
    METADATA,
    Column("id", String, primary_key=True),
    #: whose conversations it reads: one that takes another one's place has the same
    Column("name", String, nullable=False),
    #: NULL: the only workspace there is
    Column("tenant", String),
    #: SHA-256 of the token
    Column("digest", String, nullable=False),
    #: the Slack user who answers for it
    Column("owner", String, nullable=False),
    #: in whose name it may ask: a JSON list of Slack users and directory ids; `*`: everybody
    Column("acts_for", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float),
    Column("revoked_at", Float),
    #: to the hour
    Column("last_used_at", Float),
    UniqueConstraint("digest", name="uq_api_tokens_digest"),
    Index("ix_api_tokens_name", "name"),
)

#: requests to the model by UTC day and token of the API (tenant and name); they are in `usage`, too
token_usage = Table(
    "token_usage",
    METADATA,
    Column("token", String, primary_key=True),
    Column("day", String, primary_key=True),
    #: micro-USD, and tokens in and out
    Column("cost", BigInteger, nullable=False),
    Column("tokens", BigInteger, nullable=False),
)
