"""What operators have switched: paused or not, for example, so that it outlives a restart."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "controls",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("set_by", BIG),
        sa.Column("set_at_ms", BIG, nullable=False),
        sqlite_strict=True,
    )
