"""Verdict: what the gate decided about a text or a picture, and why."""

from __future__ import annotations

import enum
from dataclasses import dataclass

UNAVAILABLE = "unavailable"
BROKEN_PICTURE = "broken_picture"
UNCHECKED = "unchecked"


class Action(enum.StrEnum):
    """What is done, from the mildest to the strictest."""

    ALLOW = "allow"
    STEER = "steer"
    SPOILER = "spoiler"
    REVIEW = "review"
    BLOCK = "block"

    @property
    def severity(self) -> int:
        return _SEVERITY[self]

    @property
    def stops(self) -> bool:
        """Whether nothing is drawn or shown, for now at least."""
        return self in (Action.REVIEW, Action.BLOCK)


# No moderator can let these pass: rules that nobody may switch off, faults, and what was withheld or taken down before.
_FINAL_CATEGORIES = frozenset(
    {
        *("minors_sexual", "upload_sexual", "real_person_sexual", "withheld_before", "taken_down"),
        *(UNAVAILABLE, BROKEN_PICTURE, UNCHECKED),
    }
)

_SEVERITY = {action: severity for severity, action in enumerate(Action)}


@dataclass(frozen=True, slots=True)
class Verdict:
    """``stage``: prompt or image. ``category`` is what people are told, ``rule`` what is recorded; both are empty if
    nothing was found.

    is_our_fault: the check itself failed, or the picture came out broken; the member is not to blame and not charged.
    score: how sure, 0 to 1; a rule of words is always sure.
    """

    stage: str
    category: str
    rule: str
    is_our_fault: bool = False
    action: Action = Action.BLOCK
    score: float = 1.0

    @property
    def may_be_appealed(self) -> bool:
        """Whether a moderator may let it pass. A withheld picture is not kept, so there is nothing to look at."""
        return self.stage == "prompt" and not self.is_our_fault and self.category not in _FINAL_CATEGORIES
