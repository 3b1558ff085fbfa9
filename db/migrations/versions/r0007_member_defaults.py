"""What members want where they type nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "member_defaults",
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("set_at_ms", BIG, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "name"),
        sqlite_strict=True,
    )
