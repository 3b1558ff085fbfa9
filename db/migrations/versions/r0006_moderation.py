"""Moderation: restrictions, reports, removals, reviews, phrases, safety policies, and an audit that only grows."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    # Native ADD COLUMN: rebuilding the table would cost its triggers and, with foreign keys on, its children.
    op.add_column("generations", sa.Column("is_age_restricted", sa.Integer, nullable=False, server_default="0"))
    op.add_column("incidents", sa.Column("is_strike", sa.Integer, nullable=False, server_default="1"))
    op.create_index("ix_incidents_guild_id_at_ms", "incidents", ["guild_id", "at_ms"])
    _members()
    _pictures()
    _texts()
    _audit()


def _members() -> None:
    op.create_table(
        "restrictions",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("guild_id", BIG),
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("made_by", BIG),
        sa.Column("made_at_ms", BIG, nullable=False),
        sa.Column("expires_at_ms", BIG),
        sa.Column("lifted_at_ms", BIG),
        sa.CheckConstraint("kind IN ('pause', 'ban')", name=op.f("ck_restrictions_kind")),
        sqlite_strict=True,
    )
    op.create_index("ix_restrictions_user_id_guild_id", "restrictions", ["user_id", "guild_id"])


def _pictures() -> None:
    op.create_table(
        "reports",
        sa.Column("generation_id", BIG, nullable=False),
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("guild_id", BIG),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("made_at_ms", BIG, nullable=False),
        sa.PrimaryKeyConstraint("generation_id", "user_id"),
        sqlite_strict=True,
    )
    op.create_index("ix_reports_guild_id_made_at_ms", "reports", ["guild_id", "made_at_ms"])
    op.create_table(
        "removals",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("guild_id", BIG),
        sa.Column("recipe", sa.LargeBinary, nullable=False),
        sa.Column("look", BIG),
        sa.Column("made_by", BIG),
        sa.Column("made_at_ms", BIG, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("ix_removals_guild_id_recipe", "removals", ["guild_id", "recipe"])


def _texts() -> None:
    op.create_table(
        "reviews",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("guild_id", BIG, nullable=False),
        sa.Column("channel_id", BIG),
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("prompt", sa.Text, nullable=False),
        sa.Column("negative_prompt", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("score", sa.REAL, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("made_at_ms", BIG, nullable=False),
        sa.Column("expires_at_ms", BIG, nullable=False),
        sa.Column("decided_by", BIG),
        sa.Column("decided_at_ms", BIG),
        sa.Column("locale", sa.Text),
        sa.Column("used_by", BIG),
        sa.CheckConstraint("state IN ('open', 'approved', 'denied')", name=op.f("ck_reviews_state")),
        sqlite_strict=True,
    )
    op.create_index("ix_reviews_user_id_made_at_ms", "reviews", ["user_id", "made_at_ms"])
    op.create_index("ix_reviews_guild_id_made_at_ms", "reviews", ["guild_id", "made_at_ms"])
    op.create_table(
        "phrases",
        sa.Column("guild_id", BIG, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("made_by", BIG),
        sa.Column("made_at_ms", BIG, nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "text"),
        sa.CheckConstraint("kind IN ('allow', 'deny')", name=op.f("ck_phrases_kind")),
        sqlite_strict=True,
    )
    op.create_table(
        "safety_policies",
        sa.Column("guild_id", BIG, nullable=False),
        sa.Column("channel_id", BIG, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("preset", sa.Text, nullable=False),
        sa.Column("actions", sa.Text, nullable=False),
        sa.Column("made_by", BIG),
        sa.Column("made_at_ms", BIG, nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "channel_id", "version"),
        sqlite_strict=True,
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at_ms", BIG, nullable=False),
        sa.Column("guild_id", BIG),
        sa.Column("actor_id", BIG),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("user_id", BIG),
        sa.Column("generation_id", BIG),
        sa.Column("detail", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("ix_audit_guild_id_id", "audit", ["guild_id", "id"])
    op.create_index("ix_audit_user_id_id", "audit", ["user_id", "id"])
    op.create_index("ix_audit_generation_id", "audit", ["generation_id"])
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit "
            "BEGIN SELECT RAISE(ABORT, 'the audit only grows'); END"
        )
