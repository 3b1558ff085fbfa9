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
from dataclasses import dataclass
from enum import StrEnum


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """What was asked: the fields of an ImageRequest under the same names."""

    prompt: str
    negative_prompt: str
    seed: int
    width: int
    height: int
    steps: int
    guidance: float
    sampler: str
    checkpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGeneration:
    id: int
    origin: Origin
    parameters: Parameters
    cost_millicredits: int
    role_ids: frozenset[int] = frozenset()  # of the member, at this moment and there; they decide and are not kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """One row of the generations table. ``attempt`` is the fencing token of whoever works on it."""

    id: int
    origin: Origin
    parameters: Parameters
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
    """What the gate stopped. ``fingerprint``: SHA-256 of the canonical prompt; the text itself is not kept."""

    at_ms: int
    origin: Origin
    generation_id: int | None
    stage: str
    category: str
    rule: str
    fingerprint: bytes
