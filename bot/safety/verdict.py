"""Verdict: why the gate stopped something."""

from __future__ import annotations

from dataclasses import dataclass

UNAVAILABLE = "unavailable"
BROKEN_PICTURE = "broken_picture"
UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A refusal. ``stage``: prompt or image. ``category`` is what people are told, ``rule`` what is recorded.

    is_our_fault: the check itself failed, or the picture came out broken; the member is not to blame and not charged.
    """

    stage: str
    category: str
    rule: str
    is_our_fault: bool = False
