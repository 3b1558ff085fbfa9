"""Cleared: the mark of the gate. Who sends something takes a ``Cleared``; only the gate can make one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.safety.verdict import Verdict

T = TypeVar("T")

# Whoever wants to forge a Cleared has to reach for this name, and the architecture test forbids that outside the gate.
_SEAL = object()


@dataclass(frozen=True, slots=True)
class Conditions:
    """On which something was let pass. ``verdict``: the strictest of what was found, None if nothing was.

    steering: words that the model is to be led away from. is_spoiler: it is posted behind a spoiler.
    """

    verdict: Verdict | None = None
    steering: str = ""
    is_spoiler: bool = False


NONE = Conditions()


class Cleared(Generic[T]):
    """A value that the gate has checked and let pass, and on which conditions."""

    __slots__ = ("_conditions", "_value")

    def __init__(self, value: T, seal: object, conditions: Conditions = NONE) -> None:
        if seal is not _SEAL:
            raise TypeError("only the gate clears values")
        self._value = value
        self._conditions = conditions

    @property
    def value(self) -> T:
        return self._value

    @property
    def conditions(self) -> Conditions:
        return self._conditions
