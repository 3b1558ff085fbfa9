"""What happens to a job, in the order it may happen. The last three are terminal; every job has exactly one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from inference.errors import InferenceError
from inference.request import Picture


@dataclass(frozen=True, slots=True)
class Queued:
    """Accepted by the engine; ``ahead`` jobs wait in front of it at this moment."""

    ahead: int


@dataclass(frozen=True, slots=True)
class Started:
    steps: int


@dataclass(frozen=True, slots=True)
class Progressed:
    """``step`` of ``steps`` denoising steps are done; ``remaining_seconds`` is measured, None before the first."""

    step: int
    steps: int
    remaining_seconds: float | None


@dataclass(frozen=True, slots=True)
class Previewed:
    """An early look: a small WebP file of what the model expects the picture to become.

    ``scores``: what the scorers measured on it, by name, 0 to 1, as on a finished picture. Whether it may be shown is
    for whoever shows it to decide.
    """

    step: int
    steps: int
    data: bytes = field(repr=False)
    width: int
    height: int
    scores: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Finished:
    picture: Picture


@dataclass(frozen=True, slots=True)
class Failed:
    error: InferenceError


@dataclass(frozen=True, slots=True)
class Cancelled:
    pass


TerminalEvent: TypeAlias = Finished | Failed | Cancelled
JobEvent: TypeAlias = Queued | Started | Progressed | Previewed | TerminalEvent
