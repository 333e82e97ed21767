"""Groups get a number, an owner and nesting; access that was granted, devices, and what the demo's seed did."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _number_the_groups()
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
    _create_access()
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
        "seed_steps",
        sa.Column("step", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("step", name=op.f("pk_seed_steps")),
    )


def _number_the_groups() -> None:
    """Groups and memberships anew, because SQLite cannot change a primary key; numbers follow the names' order."""
    op.rename_table("people_memberships", "old_memberships")
    op.rename_table("people_groups", "old_groups")
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
    op.execute("INSERT INTO people_groups (name, privileged) SELECT name, privileged FROM old_groups ORDER BY name")
    op.execute(
        "INSERT INTO people_memberships (person_id, group_number, granted) SELECT old.person_id, people_groups.number, 0 "
        "FROM old_memberships AS old JOIN people_groups ON people_groups.name = old.group_name"
    )
    op.drop_table("old_memberships")
    op.drop_table("old_groups")


def _create_access() -> None:
    op.create_table(
        "access_grants",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("group_number", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("added", sa.Boolean(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_access_grants")),
    )
    op.create_index(op.f("ix_access_grants_person_id"), "access_grants", ["person_id"], unique=False)
    op.create_table(
        "access_revocations",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("group_number", sa.Integer(), nullable=False),
        sa.Column("was_member", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_access_revocations")),
    )
