"""The first schema: conversations and their log, the inbox, deliveries, projections, secrets; the embedded backends."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

#: the oldest revision whose code works with this schema
works_with = "0001"

_COUNTED = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

#: full-text search over the articles, by database; tools/backends/fts_*.py search it
ARTICLE_SEARCH = {
    "sqlite": (
        "CREATE VIRTUAL TABLE kb_title_fts USING fts5(title, content='kb_articles', content_rowid='id', tokenize='unicode61 remove_diacritics 2')",
        "CREATE VIRTUAL TABLE kb_body_fts USING fts5(description, tags, body, content='kb_articles', content_rowid='id', tokenize='unicode61 remove_diacritics 2')",
        # how many articles each word is in
        "CREATE VIRTUAL TABLE kb_body_fts_words USING fts5vocab(kb_body_fts, row)",
        # FTS5 keeps no copy of the text, so it must be told what it forgets (https://sqlite.org/fts5.html#the_delete_command)
        "CREATE TRIGGER kb_articles_inserted AFTER INSERT ON kb_articles BEGIN INSERT INTO kb_title_fts(rowid, title) VALUES (new.id, new.title); INSERT INTO kb_body_fts(rowid, description, tags, body) VALUES (new.id, new.description, new.tags, new.body);  END",
        "CREATE TRIGGER kb_articles_deleted AFTER DELETE ON kb_articles BEGIN INSERT INTO kb_title_fts(kb_title_fts, rowid, title) VALUES ('delete', old.id, old.title); INSERT INTO kb_body_fts(kb_body_fts, rowid, description, tags, body) VALUES ('delete', old.id, old.description, old.tags, old.body);  END",
        "CREATE TRIGGER kb_articles_updated AFTER UPDATE ON kb_articles BEGIN INSERT INTO kb_title_fts(kb_title_fts, rowid, title) VALUES ('delete', old.id, old.title); INSERT INTO kb_body_fts(kb_body_fts, rowid, description, tags, body) VALUES ('delete', old.id, old.description, old.tags, old.body);  INSERT INTO kb_title_fts(rowid, title) VALUES (new.id, new.title); INSERT INTO kb_body_fts(rowid, description, tags, body) VALUES (new.id, new.description, new.tags, new.body);  END",
    ),
    "postgresql": (
        "ALTER TABLE kb_articles ADD COLUMN title_fts tsvector, ADD COLUMN body_fts tsvector",
        "CREATE INDEX ix_kb_articles_title_fts ON kb_articles USING gin (title_fts)",
        "CREATE INDEX ix_kb_articles_body_fts ON kb_articles USING gin (body_fts)",
    ),
}


def upgrade() -> None:
    _create_our_own()
    _create_backends()
    # there from the beginning, because only a row that is there can be held
    op.execute("INSERT INTO house (name, value, at) VALUES ('freeze', '0', 0)")
    for statement in ARTICLE_SEARCH[op.get_bind().dialect.name]:
        op.execute(sa.text(statement))


def _create_our_own() -> None:
    op.create_table(
        "authenticators",
        sa.Column("slack_user", sa.String(), nullable=False),
        sa.Column("seed", sa.LargeBinary(), nullable=False),
        sa.Column("confirmed", sa.Integer(), nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.Float(), nullable=False),
        sa.Column("enrolled_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("slack_user"),
    )
    op.create_table(
        "claims",
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("worker", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("conversation"),
    )
    op.create_index("ix_claims_worker", "claims", ["worker"], unique=False)
    op.create_table(
        "conversations",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("head", sa.Integer(), nullable=False),
        sa.Column("head_hash", sa.String(), nullable=False),
        sa.Column("wake_at", sa.Float(), nullable=True),
        sa.Column("purged_to", sa.Integer(), server_default="0", nullable=False),
        sa.Column("tombstone", sa.String(), nullable=True),
        sa.Column("erased_to", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_conversations_wake_at", "conversations", ["wake_at"], unique=False)
    op.create_table(
        "deliveries",
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("wanted", sa.String(), nullable=False),
        sa.Column("shown", sa.String(), nullable=True),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("ts", sa.String(), nullable=True),
        sa.Column("failed", sa.String(), nullable=True),
        sa.Column("streamed", sa.Float(), nullable=True),
        sa.Column("due", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("conversation", "seq", "target", "part"),
    )
    op.create_index(
        "ix_deliveries_due",
        "deliveries",
        ["conversation"],
        unique=False,
        sqlite_where=sa.text("due = 1"),
        postgresql_where=sa.text("due = 1"),
    )
    op.create_table(
        "endings",
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("call", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("conversation", "call"),
    )
    op.create_index("ix_endings_person", "endings", ["person"], unique=False)
    op.create_table(
        "house",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=True),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "inbox",
        sa.Column("id", _COUNTED, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("sent_at", sa.Float(), nullable=False),
        sa.Column("received_at", sa.Float(), nullable=False),
        sa.Column("needs_thread", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key", name="uq_inbox_key"),
    )
    op.create_index(
        "ix_inbox_waiting",
        "inbox",
        ["conversation"],
        unique=False,
        sqlite_where=sa.text("body IS NOT NULL"),
        postgresql_where=sa.text("body IS NOT NULL"),
    )
    op.create_index(
        "ix_inbox_admitted",
        "inbox",
        ["received_at"],
        unique=False,
        sqlite_where=sa.text("body IS NULL"),
        postgresql_where=sa.text("body IS NULL"),
    )
    op.create_table(
        "log",
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=True),
        sa.Column("call", sa.Integer(), nullable=True),
        sa.Column("tool", sa.String(), nullable=True),
        sa.Column("actor", sa.String(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("nonce", sa.LargeBinary(), nullable=True),
        sa.Column("commitment", sa.String(), nullable=False),
        sa.Column("prev_hash", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("conversation", "seq"),
    )
    op.create_index(
        "ix_log_pressed",
        "log",
        ["actor"],
        unique=False,
        sqlite_where=sa.text("kind IN ('click', 'switch')"),
        postgresql_where=sa.text("kind IN ('click', 'switch')"),
    )
    op.create_table(
        "installations",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("installed_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("tenant"),
    )
    op.create_table(
        "used_states",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("until", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "pauses",
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("until", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("team", "method", "channel"),
    )
    op.create_table(
        "prompts",
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("added_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("version"),
    )
    op.create_table(
        "people_links",
        sa.Column("slack_user", sa.String(), nullable=False),
        sa.Column("record", sa.String(), nullable=False),
        sa.Column("disputed", sa.Integer(), nullable=False),
        sa.Column("pinned", sa.Integer(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("slack_user"),
    )
    op.create_index("ix_people_links_record", "people_links", ["record"], unique=False)
    op.create_table(
        "requests",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), server_default="0", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("tool", sa.String(), nullable=False),
        sa.Column("requester", sa.String(), nullable=False),
        sa.Column("touches", sa.String(), server_default="", nullable=False),
        sa.Column("approvers", sa.Text(), server_default="[]", nullable=False),
        sa.Column("voted", sa.Text(), server_default="[]", nullable=False),
        sa.Column("opened_at", sa.Float(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=True),
        sa.Column("closed_at", sa.Float(), nullable=True),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_requests_number", "requests", ["conversation", "number"], unique=False)
    op.create_index(
        "ix_requests_open",
        "requests",
        ["requester", "opened_at"],
        unique=False,
        sqlite_where=sa.text("verdict IS NULL"),
        postgresql_where=sa.text("verdict IS NULL"),
    )
    op.create_index("ix_requests_requester", "requests", ["requester", "opened_at"], unique=False)
    op.create_index("ix_requests_touches", "requests", ["tool", "touches", "closed_at"], unique=False)
    op.create_table(
        "sealed",
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("call", sa.Integer(), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("conversation", "call"),
    )
    op.create_index("ix_sealed_expires_at", "sealed", ["expires_at"], unique=False)
    op.create_table(
        "snapshots",
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("conversation"),
    )
    op.create_table(
        "attachments",
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("conversation", "seq", "sha256"),
    )
    op.create_index("ix_attachments_at", "attachments", ["at"])
    op.create_table(
        "starts",
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("call", sa.Integer(), nullable=False),
        sa.Column("tool", sa.String(), nullable=False),
        sa.Column("requester", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("conversation", "call"),
    )
    op.create_index("ix_starts_requester", "starts", ["requester", "tool", "at"], unique=False)
    op.create_index("ix_starts_subject", "starts", ["subject", "at"], unique=False)
    op.create_table(
        "streams",
        sa.Column("id", _COUNTED, autoincrement=True, nullable=False),
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("ts", sa.String(), nullable=True),
        sa.Column("started_at", sa.Float(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("open", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_streams_open",
        "streams",
        ["conversation"],
        unique=False,
        sqlite_where=sa.text("open = 1"),
        postgresql_where=sa.text("open = 1"),
    )
    op.create_index("ix_streams_team", "streams", ["team", "started_at"], unique=False)
    op.create_table(
        "turns",
        sa.Column("id", _COUNTED, autoincrement=True, nullable=False),
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("started_at", sa.Float(), nullable=False),
        sa.Column("running", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("conversation", "turn", name="uq_turns_conversation"),
    )
    op.create_index(
        "ix_turns_token",
        "turns",
        ["token", "started_at"],
        unique=False,
        sqlite_where=sa.text("token IS NOT NULL"),
        postgresql_where=sa.text("token IS NOT NULL"),
    )
    op.create_index("ix_turns_author", "turns", ["author", "started_at"], unique=False)
    op.create_index("ix_turns_tenant", "turns", ["tenant", "started_at"], unique=False)
    op.create_index(
        "ix_turns_running",
        "turns",
        ["conversation"],
        unique=False,
        sqlite_where=sa.text("running = 1"),
        postgresql_where=sa.text("running = 1"),
    )
    op.create_table(
        "tool_usage",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("principal", sa.String(), nullable=False),
        sa.Column("tool", sa.String(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("unknown", sa.Integer(), nullable=False),
        sa.Column("cached", sa.Integer(), nullable=False),
        sa.Column("ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "day", "principal", "tool"),
    )
    op.create_table(
        "usage",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("principal", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("prompt", sa.String(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("repeated", sa.Integer(), nullable=False),
        sa.Column("tokens_in", sa.BigInteger(), nullable=False),
        sa.Column("tokens_cached", sa.BigInteger(), nullable=False),
        sa.Column("tokens_out", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("unpriced", sa.Integer(), nullable=False),
        sa.Column("ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "day", "principal", "model", "prompt"),
    )
    op.create_table(
        "workers",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("beat_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "leavers",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("slack_user", sa.String(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "slack_user"),
    )
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("acts_for", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=True),
        sa.Column("revoked_at", sa.Float(), nullable=True),
        sa.Column("last_used_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest", name="uq_api_tokens_digest"),
    )
    op.create_index("ix_api_tokens_name", "api_tokens", ["name"], unique=False)
    op.create_table(
        "token_usage",
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token", "day"),
    )


def _create_backends() -> None:
    op.create_table(
        "access_grants",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("added", sa.Boolean(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_access_grants")),
    )
    op.create_index(op.f("ix_access_grants_person_id"), "access_grants", ["person_id"], unique=False)
    op.create_table(
        "access_revocations",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("was_member", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_access_revocations")),
    )
    op.create_table(
        "accounts",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("reset_hash", sa.Text(), nullable=True),
        sa.Column("reset_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("password_changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("reset_hash", name=op.f("uq_accounts_reset_hash")),
    )
    op.create_table(
        "reset_links",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("usable", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_reset_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_reset_links_token_hash")),
    )
    op.create_index(op.f("ix_reset_links_person_id"), "reset_links", ["person_id"], unique=False)
    op.create_table(
        "account_unlocks",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("was_locked", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_account_unlocks")),
    )
    op.create_index(op.f("ix_account_unlocks_person_id"), "account_unlocks", ["person_id"], unique=False)
    op.create_table(
        "devices",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=True),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wiped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wipe_key", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_devices")),
        sa.UniqueConstraint("wipe_key", name=op.f("uq_devices_wipe_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_devices_person_id"), "devices", ["person_id"], unique=False)
    op.create_table(
        "kb_articles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("updated", sa.Date(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("reviewed", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kb_articles")),
        sa.UniqueConstraint("slug", name=op.f("uq_kb_articles_slug")),
    )
    op.create_table(
        "kb_audiences",
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["kb_articles.id"], name=op.f("fk_kb_audiences_article_id")),
        sa.PrimaryKeyConstraint("article_id", "audience", name=op.f("pk_kb_audiences")),
    )
    op.create_index(op.f("ix_kb_audiences_audience"), "kb_audiences", ["audience"], unique=False)
    op.create_table(
        "people",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=True),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("manager_id", sa.Text(), nullable=True),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_people_email_lower_case")),
        sa.ForeignKeyConstraint(["manager_id"], ["people.id"], name=op.f("fk_people_manager_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("email", name=op.f("uq_people_email")),
    )
    op.create_table(
        "memories",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("fact", sa.Text(), nullable=False),
        sa.Column("tainted", sa.Boolean(), nullable=False),
        sa.Column("authors", sa.Text(), nullable=False),
        sa.Column("speakers", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_memories")),
        sa.UniqueConstraint("key", name=op.f("uq_memories_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_memories_workspace_person"), "memories", ["workspace", "person"], unique=False)
    op.create_table(
        "rt_changes",
        sa.Column("marker", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Integer(), nullable=True),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("transaction_id", sa.Integer(), nullable=True),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("authors", sa.Text(), nullable=False),
        sa.Column("speakers", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("marker", name=op.f("pk_rt_changes")),
        sa.UniqueConstraint("transaction_id", name=op.f("uq_rt_changes_transaction_id")),
    )
    op.create_index(op.f("ix_rt_changes_ticket"), "rt_changes", ["ticket"], unique=False)
    op.create_table(
        "seed_steps",
        sa.Column("step", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("step", name=op.f("pk_seed_steps")),
    )
    op.create_table(
        "tickets",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("requester", sa.Text(), nullable=True),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("thread", sa.Text(), nullable=True),
        sa.Column("authors", sa.Text(), nullable=False),
        sa.Column("speakers", sa.Text(), nullable=False),
        sa.CheckConstraint("priority in ('low', 'normal', 'high', 'urgent')", name=op.f("ck_tickets_priority")),
        sa.CheckConstraint("queue in ('helpdesk', 'human')", name=op.f("ck_tickets_queue")),
        sa.CheckConstraint("status in ('open', 'in_progress', 'resolved', 'closed')", name=op.f("ck_tickets_status")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_tickets")),
        sa.UniqueConstraint("key", name=op.f("uq_tickets_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_tickets_requester"), "tickets", ["requester"], unique=False)
    op.create_table(
        "account_changes",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("effective", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("change in ('unlock', 'reset_link')", name=op.f("ck_account_changes_change")),
        sa.ForeignKeyConstraint(["person_id"], ["accounts.person_id"], name=op.f("fk_account_changes_person_id")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_account_changes")),
    )
    op.create_index(op.f("ix_account_changes_person_id"), "account_changes", ["person_id"], unique=False)
    op.create_table(
        "people_groups",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("privileged", sa.Boolean(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["people.id"], name=op.f("fk_people_groups_owner_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_people_groups")),
        sa.UniqueConstraint("name", name=op.f("uq_people_groups_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "ticket_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("ticket_number", sa.Integer(), nullable=False),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("priority", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("authors", sa.Text(), nullable=False),
        sa.Column("speakers", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_number"], ["tickets.number"], name=op.f("fk_ticket_changes_ticket_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_changes")),
        sa.UniqueConstraint("key", name=op.f("uq_ticket_changes_key")),
    )
    op.create_index(op.f("ix_ticket_changes_ticket_number"), "ticket_changes", ["ticket_number"], unique=False)
    op.create_table(
        "ticket_watchers",
        sa.Column("ticket_number", sa.Integer(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_number"], ["tickets.number"], name=op.f("fk_ticket_watchers_ticket_number")),
        sa.PrimaryKeyConstraint("ticket_number", "person", name=op.f("pk_ticket_watchers")),
    )
    op.create_index(op.f("ix_ticket_watchers_person"), "ticket_watchers", ["person"], unique=False)
    op.create_table(
        "people_memberships",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("group_number", sa.Integer(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_number"], ["people_groups.number"], name=op.f("fk_people_memberships_group_number")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_people_memberships_person_id")),
        sa.PrimaryKeyConstraint("person_id", "group_number", name=op.f("pk_people_memberships")),
    )
    op.create_index(op.f("ix_people_memberships_group_number"), "people_memberships", ["group_number"], unique=False)
    op.create_table(
        "people_nesting",
        sa.Column("child_number", sa.Integer(), nullable=False),
        sa.Column("parent_number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["child_number"], ["people_groups.number"], name=op.f("fk_people_nesting_child_number")
        ),
        sa.ForeignKeyConstraint(
            ["parent_number"], ["people_groups.number"], name=op.f("fk_people_nesting_parent_number")
        ),
        sa.PrimaryKeyConstraint("child_number", "parent_number", name=op.f("pk_people_nesting")),
    )
    op.create_index(op.f("ix_people_nesting_parent_number"), "people_nesting", ["parent_number"], unique=False)
