"""Quotas by role and server, bonus credits, and which server a charge was in."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    # Native ADD COLUMN: rebuilding the table would cost its triggers and, with foreign keys on, its children.
    op.add_column("ledger", sa.Column("guild_id", BIG))
    op.add_column("ledger", sa.Column("bonus_millicredits", sa.Integer, nullable=False, server_default="0"))
    op.execute(
        "UPDATE ledger SET guild_id = (SELECT guild_id FROM generations WHERE generations.id = ledger.generation_id)"
    )
    op.create_index("ix_ledger_guild_id_counts_at_ms", "ledger", ["guild_id", "counts_at_ms", "millicredits"])
    op.create_table(
        "policies",
        sa.Column("guild_id", BIG, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("subject_id", BIG, nullable=False),
        sa.Column("window_seconds", sa.Integer, nullable=False),
        sa.Column("millicredits", BIG),
        sa.Column("max_waiting", sa.Integer),
        sa.Column("set_by", BIG),
        sa.Column("set_at_ms", BIG, nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "scope", "subject_id", "window_seconds"),
        sa.CheckConstraint("scope IN ('member', 'role', 'server')", name=op.f("ck_policies_scope")),
        sqlite_strict=True,
    )
    op.create_table(
        "grants",
        sa.Column("id", BIG, primary_key=True, autoincrement=False),
        sa.Column("user_id", BIG),
        sa.Column("guild_id", BIG),
        sa.Column("millicredits", BIG, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("granted_by", BIG),
        sa.Column("granted_at_ms", BIG, nullable=False),
        sa.Column("expires_at_ms", BIG, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("ix_grants_user_id_expires_at_ms", "grants", ["user_id", "expires_at_ms"])
    op.create_table(
        "grant_uses",
        sa.Column("generation_id", BIG, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("grant_id", BIG, sa.ForeignKey("grants.id", ondelete="CASCADE"), nullable=False),
        sa.Column("millicredits", BIG, nullable=False),
        sa.PrimaryKeyConstraint("generation_id", "kind", "grant_id"),
        sa.CheckConstraint("kind IN ('reserve', 'release')", name=op.f("ck_grant_uses_kind")),
        sqlite_strict=True,
    )
    op.create_index("ix_grant_uses_grant_id", "grant_uses", ["grant_id"])
