"""How long until a picture is finished, from what the engine has measured of steps like its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from inference import Engine, ImageRequest

WEIGHT = 0.2  # of the newest picture in the average


class Estimate:
    """``beside_seconds`` is what a picture needs besides its steps: the checks, the file, the way to Discord."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._beside_seconds = 0.0
        self._usual_seconds: float | None = None

    def learn(self, request: ImageRequest, seconds: float, companions: int) -> None:
        """A picture took ``seconds`` while ``companions`` were drawn together, itself included."""
        each = seconds / max(1, companions)
        usual = self._usual_seconds
        self._usual_seconds = each if usual is None else usual + WEIGHT * (each - usual)
        steps = self._engine.seconds_for(request)
        if steps is not None and companions == 1:
            self._beside_seconds += WEIGHT * (max(0.0, seconds - steps) - self._beside_seconds)

    def until_finished(
        self, running: Iterable[ImageRequest], line: Iterable[Sequence[ImageRequest] | None]
    ) -> Iterator[float | None]:
        """For each of ``line`` in turn, which are drawn one after the other, once what is running now is half done on
        average. An entry is all pictures of one request. None from the first one on of which nothing is known: before
        anything was measured, or where the entry is None."""
        total = self._seconds(running)
        total = None if total is None else total / 2
        for requests in line:
            own = None if total is None or requests is None else self._seconds(requests)
            total = None if total is None or own is None else total + own
            yield None if total is None else total + self._beside_seconds

    def _seconds(self, requests: Iterable[ImageRequest]) -> float | None:
        total = 0.0
        for request in requests:
            seconds = self._engine.seconds_for(request)
            if seconds is None:
                seconds = self._usual_seconds
            if seconds is None:
                return None
            total += seconds
        return total
