"""The tables. Every one is STRICT; times are whole milliseconds since 1970 UTC; Discord's ids are integers.

generations   what was asked, its state and what became of it: the queue's entry first, the history's afterwards
files         what was handed in for one, and each of several pictures
favourites    whose favourites they are; gallery: which of them a server shows in its gallery
presets       prompts that a server keeps by name; server_settings: what its managers chose, also for one channel
member_defaults  what members want where they type nothing
prompts       (not here: SQLite's full-text index over the prompts, see db/search.py)
ledger        the quota's bookkeeping: a reservation, and what closed it
policies      what the managers of a server set: for its members, for a role, for all of it together
grants        bonus credits, for a member or a server, until they expire; grant_uses: what of them was used
incidents     what the gate stopped
(db/moderation_tables.py has those of moderation.)
command_sync  what Discord was last told about our commands
controls      what operators have switched
"""

from __future__ import annotations

from sqlalchemy import (
    REAL,
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    ForeignKey,
    FromClause,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    literal_column,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite's INTEGER holds 64 bits and STRICT tables know no other name; PostgreSQL needs to be asked for them.
Big = BigInteger().with_variant(Integer, "sqlite")

generations = Table(
    "generations",
    metadata,
    Column("id", Big, primary_key=True, autoincrement=False),  # the interaction's id, so newest first is id order
    Column("user_id", Big, nullable=False),
    Column("guild_id", Big),
    Column("channel_id", Big),
    Column("application_id", Big),
    Column("interaction_token", Text),
    Column("message_id", Big),
    Column("state", Text, nullable=False),
    Column("attempt", Integer, nullable=False),  # counts up with each claim: whoever holds an older one has lost it
    Column("interruptions", Integer, nullable=False),  # how often a crash took it away from us
    Column("prompt", Text, nullable=False),
    Column("negative_prompt", Text, nullable=False),
    Column("seed", Big, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("steps", Integer, nullable=False),
    Column("guidance", REAL, nullable=False),
    Column("sampler", Text, nullable=False),
    Column("checkpoint", Text, nullable=False),
    Column("cost_millicredits", Integer, nullable=False),
    Column("created_at_ms", Big, nullable=False),
    Column("changed_at_ms", Big, nullable=False),
    Column("image_sha256", LargeBinary),
    Column("image_extension", Text),
    Column("draw_seconds", REAL),
    Column("reason", Text),
    Column("image_bytes", Integer),
    Column("kind", Text, nullable=False, server_default="imagine"),
    Column("parent_id", Big),  # no foreign key: what came of a picture outlives it
    Column("parent_nth", Integer, nullable=False, server_default="0"),
    Column("count", Integer, nullable=False, server_default="1"),
    Column("is_private", Integer, nullable=False, server_default="0"),
    Column("locale", Text),
    Column("hidden_at_ms", Big),
    Column("options", Text, nullable=False, server_default="{}"),  # what few requests have: see db/parameters.py
    Column("is_age_restricted", Integer, nullable=False, server_default="0"),  # where it was asked
    CheckConstraint(
        "state IN ('queued', 'running', 'posting', 'done', 'failed', 'cancelled', 'blocked', 'expired')", name="state"
    ),
    # The queue and what is being worked on are few rows among many: partial indexes keep them cheap for ever.
    Index("ix_generations_queued", "id", sqlite_where=text("state = 'queued'"), postgresql_where="state = 'queued'"),
    Index(
        "ix_generations_active",
        "user_id",
        "state",
        sqlite_where=text("state IN ('queued', 'running', 'posting')"),
        postgresql_where="state IN ('queued', 'running', 'posting')",
    ),
    Index("ix_generations_user_id_id", "user_id", "id"),
    Index(
        "ix_generations_pictured",
        "id",
        sqlite_where=text("image_sha256 IS NOT NULL"),
        postgresql_where=text("image_sha256 IS NOT NULL"),
    ),
    Index(
        "ix_generations_image_sha256",
        "image_sha256",
        sqlite_where=text("image_sha256 IS NOT NULL"),
        postgresql_where=text("image_sha256 IS NOT NULL"),
    ),
    Index(
        "ix_generations_message_id",
        "message_id",
        sqlite_where=text("message_id IS NOT NULL"),
        postgresql_where=text("message_id IS NOT NULL"),
    ),
    Index(
        "ix_generations_parent_id",
        "parent_id",
        sqlite_where=text("parent_id IS NOT NULL"),
        postgresql_where=text("parent_id IS NOT NULL"),
    ),
    sqlite_strict=True,
)

# The files of a generation beside the one that is posted: what was handed in (source, mask), and where there are
# several pictures, each of them.
files = Table(
    "files",
    metadata,
    Column("generation_id", Big, ForeignKey("generations.id", ondelete="CASCADE"), nullable=False),
    Column("role", Text, nullable=False),
    Column("nth", Integer, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("extension", Text, nullable=False),
    Column("bytes", Integer, nullable=False),
    PrimaryKeyConstraint("generation_id", "role", "nth"),
    CheckConstraint("role IN ('source', 'mask', 'picture')", name="role"),
    Index("ix_files_sha256", "sha256"),
    sqlite_strict=True,
)

favourites = Table(
    "favourites",
    metadata,
    Column("user_id", Big, nullable=False),
    Column("generation_id", Big, ForeignKey("generations.id", ondelete="CASCADE"), nullable=False),
    Column("made_at_ms", Big, nullable=False),
    PrimaryKeyConstraint("user_id", "generation_id"),
    Index("ix_favourites_generation_id", "generation_id"),
    sqlite_strict=True,
)

gallery = Table(
    "gallery",
    metadata,
    Column(
        "generation_id", Big, ForeignKey("generations.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    Column("channel_id", Big, nullable=False),
    Column("message_id", Big),  # None: about to be posted
    sqlite_strict=True,
)

presets = Table(
    "presets",
    metadata,
    Column("guild_id", Big, nullable=False),
    Column("name", Text, nullable=False),
    Column("prompt", Text, nullable=False),
    Column("negative_prompt", Text, nullable=False),
    Column("made_by", Big),
    Column("made_at_ms", Big, nullable=False),
    PrimaryKeyConstraint("guild_id", "name"),
    sqlite_strict=True,
)

server_settings = Table(
    "server_settings",
    metadata,
    Column("guild_id", Big, nullable=False),
    Column("channel_id", Big, nullable=False),  # 0: for the whole server
    Column("name", Text, nullable=False),
    Column("value", Text, nullable=False),  # JSON
    Column("set_by", Big),
    Column("set_at_ms", Big, nullable=False),
    PrimaryKeyConstraint("guild_id", "channel_id", "name"),
    sqlite_strict=True,
)

member_defaults = Table(
    "member_defaults",
    metadata,
    Column("user_id", Big, nullable=False),
    Column("name", Text, nullable=False),
    Column("value", Text, nullable=False),  # JSON
    Column("set_at_ms", Big, nullable=False),
    PrimaryKeyConstraint("user_id", "name"),
    sqlite_strict=True,
)


def is_active(table: FromClause) -> ColumnElement[bool]:
    """In the very words of the partial index: only so does SQLite see that it holds all of them."""
    return table.c.state.in_([literal_column(f"'{state}'") for state in ("queued", "running", "posting")])


ledger = Table(
    "ledger",
    metadata,
    Column("generation_id", Big, ForeignKey("generations.id", ondelete="CASCADE"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("user_id", Big, nullable=False),
    Column("millicredits", Integer, nullable=False),
    # When it counts in the rolling window: what gives back counts when the reservation did, or it would outlive it.
    Column("counts_at_ms", Big, nullable=False),
    Column("made_at_ms", Big, nullable=False),
    Column("guild_id", Big),
    # How much of millicredits was paid by grants; it says so itself, because grants are forgotten sooner.
    Column("bonus_millicredits", Integer, nullable=False, server_default="0"),
    PrimaryKeyConstraint("generation_id", "kind"),
    CheckConstraint("kind IN ('reserve', 'settle', 'release')", name="kind"),
    # With the amounts, so that the sum of a busy member or a whole server is read from the index alone.
    Index(
        "ix_ledger_user_id_counts_at_ms", "user_id", "counts_at_ms", "millicredits", "bonus_millicredits", "guild_id"
    ),
    Index("ix_ledger_guild_id_counts_at_ms", "guild_id", "counts_at_ms", "millicredits", "bonus_millicredits"),
    # A reservation is closed once, by one of the two.
    Index(
        "uq_ledger_closed_once",
        "generation_id",
        unique=True,
        sqlite_where=text("kind IN ('settle', 'release')"),
        postgresql_where="kind IN ('settle', 'release')",
    ),
    sqlite_strict=True,
)

policies = Table(
    "policies",
    metadata,
    Column("guild_id", Big, nullable=False),
    Column("scope", Text, nullable=False),
    Column("subject_id", Big, nullable=False),  # the role's id; 0 for members and the server
    Column("window_seconds", Integer, nullable=False),  # 0 for an unlimited one
    Column("millicredits", Big),  # None: unlimited
    Column("max_waiting", Integer),
    Column("set_by", Big),
    Column("set_at_ms", Big, nullable=False),
    PrimaryKeyConstraint("guild_id", "scope", "subject_id", "window_seconds"),
    CheckConstraint("scope IN ('member', 'role', 'server')", name="scope"),
    sqlite_strict=True,
)

grants = Table(
    "grants",
    metadata,
    Column("id", Big, primary_key=True, autoincrement=False),  # the interaction's id: asked twice, granted once
    Column("user_id", Big),  # None: for everybody there
    Column("guild_id", Big),  # None: to be used anywhere
    Column("millicredits", Big, nullable=False),
    Column("reason", Text, nullable=False),
    Column("granted_by", Big),
    Column("granted_at_ms", Big, nullable=False),
    Column("expires_at_ms", Big, nullable=False),
    Index("ix_grants_user_id_expires_at_ms", "user_id", "expires_at_ms"),
    sqlite_strict=True,
)

grant_uses = Table(
    "grant_uses",
    metadata,
    # No foreign key to generations: what was used stays used when the history is forgotten before the grant expires.
    Column("generation_id", Big, nullable=False),
    Column("kind", Text, nullable=False),
    Column("grant_id", Big, ForeignKey("grants.id", ondelete="CASCADE"), nullable=False),
    Column("millicredits", Big, nullable=False),
    PrimaryKeyConstraint("generation_id", "kind", "grant_id"),
    CheckConstraint("kind IN ('reserve', 'release')", name="kind"),
    Index("ix_grant_uses_grant_id", "grant_id"),
    sqlite_strict=True,
)

incidents = Table(
    "incidents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at_ms", Big, nullable=False),
    Column("user_id", Big, nullable=False),
    Column("guild_id", Big),
    Column("channel_id", Big),
    Column("generation_id", Big),
    Column("stage", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    CheckConstraint("stage IN ('prompt', 'image')", name="stage"),
    Column("is_strike", Integer, nullable=False, server_default="1"),  # counts against its member
    Index("ix_incidents_user_id_at_ms", "user_id", "at_ms"),
    Index("ix_incidents_guild_id_at_ms", "guild_id", "at_ms"),
    sqlite_strict=True,
)

command_sync = Table(
    "command_sync",
    metadata,
    Column("application_id", Big, primary_key=True, autoincrement=False),
    Column("payload_sha256", LargeBinary, nullable=False),
    sqlite_strict=True,
)

controls = Table(
    "controls",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("set_by", Big),
    Column("set_at_ms", Big, nullable=False),
    sqlite_strict=True,
)
