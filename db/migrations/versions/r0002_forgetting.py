"""How large a picture is, and finding pictures by age and by their bytes: for keeping no more than is wanted."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # Native ADD COLUMN: rebuilding the table would cost its triggers and, with foreign keys on, its children.
    op.add_column("generations", sa.Column("image_bytes", sa.Integer))
    op.create_index(
        "ix_generations_pictured",
        "generations",
        ["id"],
        sqlite_where=sa.text("image_sha256 IS NOT NULL"),
        postgresql_where=sa.text("image_sha256 IS NOT NULL"),
    )
    op.create_index(
        "ix_generations_image_sha256",
        "generations",
        ["image_sha256"],
        sqlite_where=sa.text("image_sha256 IS NOT NULL"),
        postgresql_where=sa.text("image_sha256 IS NOT NULL"),
    )
