"""Generations, the quota's ledger, incidents, and what Discord knows of our commands."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "generations",
        sa.Column("id", BIG, primary_key=True, autoincrement=False),
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("guild_id", BIG),
        sa.Column("channel_id", BIG),
        sa.Column("application_id", BIG),
        sa.Column("interaction_token", sa.Text),
        sa.Column("message_id", BIG),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("interruptions", sa.Integer, nullable=False),
        sa.Column("prompt", sa.Text, nullable=False),
        sa.Column("negative_prompt", sa.Text, nullable=False),
        sa.Column("seed", BIG, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("steps", sa.Integer, nullable=False),
        sa.Column("guidance", sa.REAL, nullable=False),
        sa.Column("sampler", sa.Text, nullable=False),
        sa.Column("checkpoint", sa.Text, nullable=False),
        sa.Column("cost_millicredits", sa.Integer, nullable=False),
        sa.Column("created_at_ms", BIG, nullable=False),
        sa.Column("changed_at_ms", BIG, nullable=False),
        sa.Column("image_sha256", sa.LargeBinary),
        sa.Column("image_extension", sa.Text),
        sa.Column("draw_seconds", sa.REAL),
        sa.Column("reason", sa.Text),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'posting', 'done', 'failed', 'cancelled', 'blocked', 'expired')",
            name=op.f("ck_generations_state"),
        ),
        sqlite_strict=True,
    )
    queued = sa.text("state = 'queued'")
    active = sa.text("state IN ('queued', 'running', 'posting')")
    op.create_index("ix_generations_queued", "generations", ["id"], sqlite_where=queued, postgresql_where=queued)
    op.create_index(
        "ix_generations_active", "generations", ["user_id", "state"], sqlite_where=active, postgresql_where=active
    )
    op.create_index("ix_generations_user_id_id", "generations", ["user_id", "id"])
    op.create_table(
        "ledger",
        sa.Column("generation_id", BIG, sa.ForeignKey("generations.id", ondelete="CASCADE"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("millicredits", sa.Integer, nullable=False),
        sa.Column("counts_at_ms", BIG, nullable=False),
        sa.Column("made_at_ms", BIG, nullable=False),
        sa.PrimaryKeyConstraint("generation_id", "kind"),
        sa.CheckConstraint("kind IN ('reserve', 'settle', 'release')", name=op.f("ck_ledger_kind")),
        sqlite_strict=True,
    )
    closed = sa.text("kind IN ('settle', 'release')")
    op.create_index("ix_ledger_user_id_counts_at_ms", "ledger", ["user_id", "counts_at_ms"])
    op.create_index(
        "uq_ledger_closed_once",
        "ledger",
        ["generation_id"],
        unique=True,
        sqlite_where=closed,
        postgresql_where=closed,
    )
    op.create_table(
        "incidents",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at_ms", BIG, nullable=False),
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("guild_id", BIG),
        sa.Column("channel_id", BIG),
        sa.Column("generation_id", BIG),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.CheckConstraint("stage IN ('prompt', 'image')", name=op.f("ck_incidents_stage")),
        sqlite_strict=True,
    )
    op.create_index("ix_incidents_user_id_at_ms", "incidents", ["user_id", "at_ms"])
    op.create_table(
        "command_sync",
        sa.Column("application_id", BIG, primary_key=True, autoincrement=False),
        sa.Column("payload_sha256", sa.LargeBinary, nullable=False),
        sqlite_strict=True,
    )


def downgrade() -> None:
    for table in ("command_sync", "incidents", "ledger", "generations"):
        op.drop_table(table)
