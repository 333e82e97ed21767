"""The first schema: conversations and their log, the inbox, deliveries, projections, secrets; the embedded backends."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

#: full-text search over the articles; a copy, because a migration never changes
ARTICLE_SEARCH = (
    "CREATE VIRTUAL TABLE kb_title_fts USING fts5(title, content='kb_articles', content_rowid='id', tokenize='unicode61')",
    "CREATE VIRTUAL TABLE kb_body_fts USING fts5(description, tags, body, content='kb_articles', content_rowid='id', tokenize='unicode61')",
    "CREATE TRIGGER kb_articles_inserted AFTER INSERT ON kb_articles BEGIN INSERT INTO kb_title_fts(rowid, title) VALUES (new.id, new.title); INSERT INTO kb_body_fts(rowid, description, tags, body) VALUES (new.id, new.description, new.tags, new.body);  END",
    "CREATE TRIGGER kb_articles_deleted AFTER DELETE ON kb_articles BEGIN INSERT INTO kb_title_fts(kb_title_fts, rowid, title) VALUES ('delete', old.id, old.title); INSERT INTO kb_body_fts(kb_body_fts, rowid, description, tags, body) VALUES ('delete', old.id, old.description, old.tags, old.body);  END",
    "CREATE TRIGGER kb_articles_updated AFTER UPDATE ON kb_articles BEGIN INSERT INTO kb_title_fts(kb_title_fts, rowid, title) VALUES ('delete', old.id, old.title); INSERT INTO kb_body_fts(kb_body_fts, rowid, description, tags, body) VALUES ('delete', old.id, old.description, old.tags, old.body);  INSERT INTO kb_title_fts(rowid, title) VALUES (new.id, new.title); INSERT INTO kb_body_fts(rowid, description, tags, body) VALUES (new.id, new.description, new.tags, new.body);  END",
)


def upgrade() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("head", sa.Integer(), nullable=False),
        sa.Column("head_hash", sa.String(), nullable=False),
        sa.Column("wake_at", sa.Float(), nullable=True),
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
        "inbox",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
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
    op.create_table(
        "requests",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("tool", sa.String(), nullable=False),
        sa.Column("requester", sa.String(), nullable=False),
        sa.Column("opened_at", sa.Float(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_requests_number", "requests", ["conversation", "number"], unique=False)
    op.create_index(
        "ix_requests_open",
        "requests",
        ["opened_at"],
        unique=False,
        sqlite_where=sa.text("verdict IS NULL"),
        postgresql_where=sa.text("verdict IS NULL"),
    )
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
        "turns",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("started_at", sa.Float(), nullable=False),
        sa.Column("running", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("conversation", "turn", name="uq_turns_conversation"),
    )
    op.create_index("ix_turns_author", "turns", ["author", "started_at"], unique=False)
    op.create_table(
        "usage",
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("tokens_in", sa.Integer(), nullable=False),
        sa.Column("tokens_cached", sa.Integer(), nullable=False),
        sa.Column("tokens_out", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("person", "day", "model"),
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
        "kb_articles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("updated", sa.Date(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kb_articles")),
        sa.UniqueConstraint("slug", name=op.f("uq_kb_articles_slug")),
    )
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
        "people_groups",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("privileged", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_people_groups")),
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
        "people_memberships",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("group_name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["group_name"], ["people_groups.name"], name=op.f("fk_people_memberships_group_name")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_people_memberships_person_id")),
        sa.PrimaryKeyConstraint("person_id", "group_name", name=op.f("pk_people_memberships")),
    )
    op.create_index(op.f("ix_people_memberships_group_name"), "people_memberships", ["group_name"], unique=False)
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
        sa.ForeignKeyConstraint(["ticket_number"], ["tickets.number"], name=op.f("fk_ticket_changes_ticket_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_changes")),
        sa.UniqueConstraint("key", name=op.f("uq_ticket_changes_key")),
    )
    op.create_index(op.f("ix_ticket_changes_ticket_number"), "ticket_changes", ["ticket_number"], unique=False)
    for statement in ARTICLE_SEARCH:
        op.execute(sa.text(statement))
