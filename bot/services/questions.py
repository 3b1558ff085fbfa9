"""Questions: what is asked back before many credits are spent, until it is answered.

They live in memory alone: nothing was promised and nothing is charged, so after a restart one only has to ask again.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.services.clock import NowMs
from bot.services.options import Wish

OPEN_MS = 14 * 60_000  # as long as the answer to the interaction can be reached
MOST_OPEN = 200  # each may hold a picture that was handed in


@dataclass(frozen=True, slots=True)
class Question:
    """eta_seconds: until the picture would be finished; None before anything was measured. left_millicredits: what the
    member has; None: unlimited."""

    wish: Wish
    cost_millicredits: int
    eta_seconds: float | None
    left_millicredits: int | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that is open. ``token``: of the interaction that it was asked in, by which its message is reached."""

    id: int
    wish: Wish
    token: str
    since_ms: int


class Questions:
    """One for each member: a newer one takes the older one's place."""

    def __init__(self, now_ms: NowMs) -> None:
        self._now_ms = now_ms
        self._open: dict[int, Asked] = {}  # by the member's id

    def ask(self, user_id: int, question_id: int, wish: Wish, token: str) -> None:
        self.put_back(user_id, Asked(question_id, wish, token, self._now_ms()))

    def put_back(self, user_id: int, asked: Asked) -> None:
        self._open.pop(user_id, None)
        self._open[user_id] = asked
        while len(self._open) > MOST_OPEN:
            self._open.pop(next(iter(self._open)))

    def take(self, user_id: int, question_id: int) -> Asked | None:
        """What the member said yes or no to, once; None if it is over."""
        asked = self._open.get(user_id)
        if asked is None or asked.id != question_id:
            return None
        del self._open[user_id]
        return asked if self._now_ms() < asked.since_ms + OPEN_MS else None
