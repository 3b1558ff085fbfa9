"""The tables of moderation; like the others (db/models.py) STRICT, with times in milliseconds since 1970 UTC.

restrictions     members who may not ask for pictures, in a server or (without one) anywhere, until when and why
reports          pictures that members find wrong; removals: pictures and recipes that must not come back
reviews          prompts that a moderator was asked about, and what was decided
phrases          what a server allows or refuses besides the rules
safety_policies  every version of a server's or channel's choice of actions
audit            what moderators and Lienzo did to whom: rows are only ever added
"""

from __future__ import annotations

from sqlalchemy import (
    REAL,
    CheckConstraint,
    Column,
    ColumnElement,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    or_,
)

from db.models import Big, metadata

restrictions = Table(
    "restrictions",
    metadata,
    Column("id", Big, primary_key=True, autoincrement=False),  # the interaction's id: asked twice, imposed once
    Column("guild_id", Big),  # None: everywhere
    Column("user_id", Big, nullable=False),
    Column("kind", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("made_by", Big),  # None: Lienzo itself
    Column("made_at_ms", Big, nullable=False),
    Column("expires_at_ms", Big),  # None: never
    Column("lifted_at_ms", Big),
    CheckConstraint("kind IN ('pause', 'ban')", name="kind"),
    Index("ix_restrictions_user_id_guild_id", "user_id", "guild_id"),
    sqlite_strict=True,
)

reports = Table(
    "reports",
    metadata,
    # No foreign key: who reported a picture that is forgotten meanwhile still did.
    Column("generation_id", Big, nullable=False),
    Column("user_id", Big, nullable=False),
    Column("guild_id", Big),
    Column("reason", Text, nullable=False),
    Column("made_at_ms", Big, nullable=False),
    PrimaryKeyConstraint("generation_id", "user_id"),
    Index("ix_reports_guild_id_made_at_ms", "guild_id", "made_at_ms"),
    sqlite_strict=True,
)

removals = Table(
    "removals",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("guild_id", Big),  # None: not to be shown anywhere
    Column("recipe", LargeBinary, nullable=False),  # SHA-256 of everything that decides what is drawn
    Column("look", Big),  # a perceptual hash of 64 bits; None: its file was gone
    Column("made_by", Big),
    Column("made_at_ms", Big, nullable=False),
    Index("ix_removals_guild_id_recipe", "guild_id", "recipe"),
    sqlite_strict=True,
)

reviews = Table(
    "reviews",
    metadata,
    Column("id", Big, primary_key=True, autoincrement=False),  # of the interaction in which a moderator was asked
    Column("guild_id", Big, nullable=False),
    Column("channel_id", Big),
    Column("user_id", Big, nullable=False),
    Column("prompt", Text, nullable=False),  # emptied when it is no longer needed
    Column("negative_prompt", Text, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("category", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("score", REAL, nullable=False),
    Column("state", Text, nullable=False),
    Column("made_at_ms", Big, nullable=False),
    Column("expires_at_ms", Big, nullable=False),
    Column("decided_by", Big),
    Column("decided_at_ms", Big),
    Column("locale", Text),  # of the member who asked, who is told what was decided
    Column("used_by", Big),  # the generation that an approval let through
    CheckConstraint("state IN ('open', 'approved', 'denied')", name="state"),
    Index("ix_reviews_user_id_made_at_ms", "user_id", "made_at_ms"),
    Index("ix_reviews_guild_id_made_at_ms", "guild_id", "made_at_ms"),
    sqlite_strict=True,
)

phrases = Table(
    "phrases",
    metadata,
    Column("guild_id", Big, nullable=False),
    Column("text", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("made_by", Big),
    Column("made_at_ms", Big, nullable=False),
    PrimaryKeyConstraint("guild_id", "text"),
    CheckConstraint("kind IN ('allow', 'deny')", name="kind"),
    sqlite_strict=True,
)

safety_policies = Table(
    "safety_policies",
    metadata,
    Column("guild_id", Big, nullable=False),
    Column("channel_id", Big, nullable=False),  # 0: for the whole server
    Column("version", Integer, nullable=False),
    Column("preset", Text, nullable=False),  # empty: this choice was taken back
    Column("actions", Text, nullable=False),  # JSON: category -> action, where it is not the preset's
    Column("made_by", Big),
    Column("made_at_ms", Big, nullable=False),
    PrimaryKeyConstraint("guild_id", "channel_id", "version"),
    sqlite_strict=True,
)

# Triggers refuse every UPDATE and DELETE.
audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at_ms", Big, nullable=False),
    Column("guild_id", Big),
    Column("actor_id", Big),  # None: Lienzo itself
    Column("action", Text, nullable=False),
    Column("user_id", Big),
    Column("generation_id", Big),
    Column("detail", Text, nullable=False),
    Index("ix_audit_guild_id_id", "guild_id", "id"),
    Index("ix_audit_user_id_id", "user_id", "id"),
    Index("ix_audit_generation_id", "generation_id"),
    sqlite_strict=True,
)


def holds_in(table: Table, guild_id: int | None) -> ColumnElement[bool]:
    """The rows of the server, and those that hold everywhere."""
    return or_(table.c.guild_id.is_(None), table.c.guild_id == guild_id)
