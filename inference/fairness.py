"""Who has had how much of the device: the accounts by which lanes, and batch keys, take turns.

Start-time fair queueing (Goyal et al., SIGCOMM 1996): whoever has been served least goes next, and who was away comes
back at the level of the others, so that it can neither starve them nor be starved. Who leaves with more than the others
have had finds that debt again if it comes back before they have caught up.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

Account = TypeVar("Account", bound=Hashable)


class Accounts(Generic[Account]):
    def __init__(self) -> None:
        self._served: dict[Account, float] = {}
        self._active: dict[Account, int] = {}

    def __len__(self) -> int:
        """How many accounts are remembered."""
        return len(self._served)

    def open(self, account: Account) -> None:
        """One more job of this account. Opened and closed in pairs."""
        if account not in self._active:
            self._served[account] = max(self._level(), self._served.get(account, 0.0))
        self._active[account] = self._active.get(account, 0) + 1

    def close(self, account: Account) -> None:
        self._active[account] -= 1
        if self._active[account]:
            return
        del self._active[account]
        if not self._active:
            self._served.clear()  # nobody is left to whom anything could be owed
            return
        level = self._level()
        self._served = {
            known: served for known, served in self._served.items() if known in self._active or served > level
        }

    def served(self, account: Account) -> float:
        return self._served.get(account, 0.0)

    def charge(self, account: Account, seconds: float) -> None:
        """Negative gives back. Who is not active any more and owes nothing is not known."""
        if account in self._served:
            self._served[account] += seconds

    def _level(self) -> float:
        return min((self._served[account] for account in self._active), default=0.0)
