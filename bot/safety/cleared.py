"""Cleared: the mark of the gate. Who sends something takes a ``Cleared``; only the gate can make one."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")

# Whoever wants to forge a Cleared has to reach for this name, and the architecture test forbids that outside the gate.
_SEAL = object()


class Cleared(Generic[T]):
    """A value that the gate has checked and let pass."""

    __slots__ = ("_value",)

    def __init__(self, value: T, seal: object) -> None:
        if seal is not _SEAL:
            raise TypeError("only the gate clears values")
        self._value = value

    @property
    def value(self) -> T:
        return self._value
