"""What came of a picture and for whom, files beside the posted one, favourites, presets, settings, and a search."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    # Native ADD COLUMN: rebuilding the table would cost its triggers and, with foreign keys on, its children.
    for added in (
        sa.Column("kind", sa.Text, nullable=False, server_default="imagine"),
        sa.Column("parent_id", BIG),
        sa.Column("parent_nth", sa.Integer, nullable=False, server_default="0"),
        sa.Column("count", sa.Integer, nullable=False, server_default="1"),
        sa.Column("is_private", sa.Integer, nullable=False, server_default="0"),
        sa.Column("locale", sa.Text),
        sa.Column("hidden_at_ms", BIG),
        sa.Column("options", sa.Text, nullable=False, server_default="{}"),
    ):
        op.add_column("generations", added)
    for column in ("message_id", "parent_id"):
        is_there = sa.text(f"{column} IS NOT NULL")
        name = f"ix_generations_{column}"
        op.create_index(name, "generations", [column], sqlite_where=is_there, postgresql_where=is_there)
    op.create_table(
        "files",
        sa.Column("generation_id", BIG, sa.ForeignKey("generations.id", ondelete="CASCADE"), nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("nth", sa.Integer, nullable=False),
        sa.Column("sha256", sa.LargeBinary, nullable=False),
        sa.Column("extension", sa.Text, nullable=False),
        sa.Column("bytes", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("generation_id", "role", "nth"),
        sa.CheckConstraint("role IN ('source', 'mask', 'picture')", name=op.f("ck_files_role")),
        sqlite_strict=True,
    )
    op.create_index("ix_files_sha256", "files", ["sha256"])
    op.create_table(
        "favourites",
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("generation_id", BIG, sa.ForeignKey("generations.id", ondelete="CASCADE"), nullable=False),
        sa.Column("made_at_ms", BIG, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "generation_id"),
        sqlite_strict=True,
    )
    op.create_index("ix_favourites_generation_id", "favourites", ["generation_id"])
    op.create_table(
        "gallery",
        sa.Column("generation_id", BIG, sa.ForeignKey("generations.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("channel_id", BIG, nullable=False),
        sa.Column("message_id", BIG),
        sqlite_strict=True,
    )
    op.create_table(
        "presets",
        sa.Column("guild_id", BIG, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("prompt", sa.Text, nullable=False),
        sa.Column("negative_prompt", sa.Text, nullable=False),
        sa.Column("made_by", BIG),
        sa.Column("made_at_ms", BIG, nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "name"),
        sqlite_strict=True,
    )
    op.create_table(
        "server_settings",
        sa.Column("guild_id", BIG, nullable=False),
        sa.Column("channel_id", BIG, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("set_by", BIG),
        sa.Column("set_at_ms", BIG, nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "channel_id", "name"),
        sqlite_strict=True,
    )
    _cover_the_sums()
    _index_the_prompts()


def _cover_the_sums() -> None:
    op.drop_index("ix_ledger_user_id_counts_at_ms", "ledger")
    op.drop_index("ix_ledger_guild_id_counts_at_ms", "ledger")
    amounts = ["counts_at_ms", "millicredits", "bonus_millicredits"]
    op.create_index("ix_ledger_user_id_counts_at_ms", "ledger", ["user_id", *amounts, "guild_id"])
    op.create_index("ix_ledger_guild_id_counts_at_ms", "ledger", ["guild_id", *amounts])


def _index_the_prompts() -> None:
    op.execute(
        "CREATE VIRTUAL TABLE prompts USING fts5(prompt, negative_prompt, content='generations', content_rowid='id', "
        'tokenize="unicode61 remove_diacritics 2")'
    )
    # An index over another table's content is kept by triggers: https://sqlite.org/fts5.html#external_content_tables
    add = "INSERT INTO prompts(rowid, prompt, negative_prompt) VALUES (new.id, new.prompt, new.negative_prompt);"
    remove = (
        "INSERT INTO prompts(prompts, rowid, prompt, negative_prompt) "
        "VALUES ('delete', old.id, old.prompt, old.negative_prompt);"
    )
    op.execute(f"CREATE TRIGGER prompts_insert AFTER INSERT ON generations BEGIN {add} END")
    op.execute(f"CREATE TRIGGER prompts_delete AFTER DELETE ON generations BEGIN {remove} END")
    op.execute(
        f"CREATE TRIGGER prompts_update AFTER UPDATE OF prompt, negative_prompt ON generations BEGIN {remove} {add} END"
    )
    op.execute("INSERT INTO prompts(prompts) VALUES ('rebuild')")
