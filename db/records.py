"""The frozen dataclasses that leave this package; rows never do.

The life of a Generation. Every arrow is one guarded UPDATE (db/generations.py), which changes the row that is still in
the state and the attempt it was read in, or nothing:

     accept          claim           begin_posting        finish_posting
    ────────> queued ──────> running ──────────────> posting ──────────────> done
               │  ^           │  │                      │
               │  └───────────┘  │                      └──> failed: there is nowhere to post it
               │   hand_back,    │
               │   recover       │
               └──────┬──────────┘
                      v  end, expire; recover after too many interruptions
        failed, cancelled, blocked, expired

Its quota: ``accept`` reserves the cost. What leaves queued or running for an end is released (or settled, if it was
blocked by the member's doing); begin_posting settles, whatever becomes of the posting. Once each, in that transaction.

After a crash, and at every start: queued waits on; running waits again (``interruptions`` counts it); posting is
delivered from the stored picture; an end whose ``interaction_token`` is still there has not been shown to its member,
and is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from db.parameters import Parameters

DISCORD_EPOCH_MS = 1_420_070_400_000


def first_id_since(since_ms: int) -> int:
    """Ids of interactions, and so of generations, carry the milliseconds since Discord's epoch in their upper bits
    (Discord's documentation, Reference, Snowflakes): no smaller one is from then on."""
    return (since_ms - DISCORD_EPOCH_MS) << 22


class GenerationState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    POSTING = "posting"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    BLOCKED = "blocked"
    EXPIRED = "expired"

    @property
    def is_final(self) -> bool:
        return not MOVES[self]


_S = GenerationState
MOVES: Mapping[GenerationState, frozenset[GenerationState]] = {
    _S.QUEUED: frozenset({_S.RUNNING, _S.FAILED, _S.CANCELLED, _S.BLOCKED, _S.EXPIRED}),
    _S.RUNNING: frozenset({_S.QUEUED, _S.POSTING, _S.FAILED, _S.CANCELLED, _S.BLOCKED, _S.EXPIRED}),
    _S.POSTING: frozenset({_S.DONE, _S.FAILED}),  # failed: drawn and stored, but there is nowhere left to post it
    _S.DONE: frozenset(),
    _S.FAILED: frozenset(),
    _S.CANCELLED: frozenset(),
    _S.BLOCKED: frozenset(),
    _S.EXPIRED: frozenset(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a request came from, as plain ids: enough to answer it after a restart."""

    user_id: int
    guild_id: int | None
    channel_id: int | None
    application_id: int | None
    interaction_token: str | None


class Kind(StrEnum):
    """How it came to be asked for."""

    IMAGINE = "imagine"
    REROLL = "reroll"
    VARIATION = "variation"
    UPSCALE = "upscale"
    EDIT = "edit"
    REMIX = "remix"


@dataclass(frozen=True, slots=True, kw_only=True)
class Descent:
    """Where a request comes from, if not from nothing: its parent, and which of its pictures (0 is the first)."""

    kind: Kind
    parent_id: int
    parent_nth: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGeneration:
    id: int
    origin: Origin
    parameters: Parameters
    cost_millicredits: int
    count: int = 1  # pictures, the first with the seed that was asked for, each next one with the next seed
    is_private: bool = False
    descent: Descent | None = None
    locale: str | None = None  # of the text that everybody there sees, as Discord names languages
    is_age_restricted: bool = False  # the channel it is asked in
    source_bytes: Mapping[bytes, int] = field(default_factory=dict)  # size of what was handed in, by its SHA-256
    role_ids: frozenset[int] = frozenset()  # of the member, at this moment and there; they decide and are not kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """One row of the generations table. ``attempt`` is the fencing token of whoever works on it.

    image_sha256, image_extension, image_bytes: of the file that is posted. Of several pictures that is a sheet of them,
    and db/pictures.py has each. hidden_at_ms: when it was taken away, from its channel and from every list.
    """

    id: int
    origin: Origin
    parameters: Parameters
    kind: Kind
    parent_id: int | None
    parent_nth: int
    count: int
    is_private: bool
    locale: str | None
    is_age_restricted: bool
    hidden_at_ms: int | None
    cost_millicredits: int
    state: GenerationState
    attempt: int
    interruptions: int
    message_id: int | None
    created_at_ms: int
    changed_at_ms: int
    image_sha256: bytes | None
    image_extension: str | None
    image_bytes: int | None
    draw_seconds: float | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """What the gate stopped. ``fingerprint``: SHA-256 of the canonical prompt; the text itself is not kept.
    ``is_strike``: it counts against its member, who is to blame for it."""

    at_ms: int
    origin: Origin
    generation_id: int | None
    stage: str
    category: str
    rule: str
    fingerprint: bytes
    is_strike: bool = True
