"""Approvals, complete: versions of requests, what rules count, what the clock ends, the house, who is who."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("requests") as batch:
        batch.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        batch.add_column(sa.Column("touches", sa.String(), nullable=False, server_default=""))
        batch.add_column(sa.Column("approvers", sa.Text(), nullable=False, server_default="[]"))
        batch.add_column(sa.Column("closed_at", sa.Float(), nullable=True))
        batch.add_column(sa.Column("closed_by", sa.String(), nullable=True))
        batch.add_column(sa.Column("reason", sa.Text(), nullable=True))
    op.create_index("ix_requests_touches", "requests", ["tool", "touches", "closed_at"])
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
    op.create_index("ix_starts_requester", "starts", ["requester", "tool", "at"])
    op.create_index("ix_starts_subject", "starts", ["subject", "at"])
    op.create_table(
        "endings",
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("call", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("conversation", "call"),
    )
    op.create_index("ix_endings_person", "endings", ["person"])
    op.create_table(
        "house",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=True),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
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
    op.create_index("ix_people_links_record", "people_links", ["record"])
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
